/**
 * Studies as the page sees them: which there are, what of each is done, and the one that is run here. Whole results stay
 * in the worker; the page is handed the report that is made of them.
 */
import type { StudyCell } from '../cells.ts'
import type { StudyReport } from '../report.ts'

/** A study that can be run here, or the results of one that was run elsewhere. */
export interface StudySummary {
  /** Of this page; the same after a reload. */
  id: string
  name: string
  about: string
  /** `study`: can be run here. `results`: only its report is here. */
  kind: 'study' | 'results'
  /** It came with the page; what a person has opened can be removed. */
  builtIn: boolean
  /** What its tables are made of, and of these what is done. */
  cells: number
  done: number
}

/** A cell, and whether it is done. */
export interface StudyCellState extends StudyCell {
  done: boolean
}

/** A study before it is run. */
export interface StudyView {
  summary: StudySummary
  /** Every combination inside a block is a cell for each seed. */
  blocks: { arms: string[]; students: string[]; amounts: string[]; worlds: string[] }[]
  students: Record<string, { layers: number; width: number; heads: number }>
  amounts: Record<string, number>
  cells: StudyCellState[]
  /** Cells by which arms with candidates are chosen, on the validation split. */
  candidates: StudyCellState[]
  /** The teachers of its worlds, as it names them. */
  teachers: string[]
  /** Finished cells outlive the page; false where the browser keeps nothing. */
  lasting: boolean
  /** Mean over the cells that were done on a device like the open one; null where there is none. */
  secondsPerCell: number | null
}

export type StudyRunState = 'running' | 'paused' | 'stopping' | 'finished' | 'stopped' | 'failed'

/** The study that is run here, or was last. */
export interface StudyStatus {
  id: string
  state: StudyRunState
  /** The cell under way, or what comes before the cells; null where nothing is. */
  cell: string | null
  /** What is being done of it, in a few words, and how far it is. */
  doing?: { what: string; done: number; of: number }
  /** Of the cells that were asked for, those that are done. */
  done: number
  cells: number
  /** Estimated from the cells that were done here; undefined before the first. */
  remainingMs?: number
  /** What a person should know of what is being done; sentences. */
  notices: string[]
  /** Why it ended; a sentence. */
  message?: string
}

/** The part of the lab's API that is about studies. */
export interface StudyApi {
  /** Those that came with the page, and those that a person has opened; looked up when this is called first. */
  studies(): Promise<StudySummary[]>
  /**
   * Opens a study (its JSON file), the report of one (results.json), or the folder of one as a zip, whose finished cells are
   * taken in beside those that are here. Which it is is told by its content.
   */
  openStudy(file: File): Promise<StudySummary>
  /** Puts away what a person has opened; of a study that came with the page, its finished cells. */
  removeStudy(id: string): Promise<void>
  studyView(id: string): Promise<StudyView>
  /** Null where nothing is done yet. */
  studyReport(id: string): Promise<StudyReport | null>
  /** The report as `lab study` writes it: tables, CSV, figures, by the names of their files. */
  studyFiles(id: string): Promise<Record<string, string>>
  /** The folder of a study as a zip; `lab study` goes on with it, and `openStudy` takes it in. */
  exportStudy(id: string): Promise<Blob>
  /**
   * Runs cells of a study one after another on the open device, those that are done left out. Refused while a run, a
   * capture or another study is under way.
   *
   * @param cells ids of cells of its tables; what they need beforehand (teachers' episodes, choices) is done as well
   * @returns once it has begun
   */
  runStudy(id: string, cells: readonly string[]): Promise<void>
  pauseStudy(): void
  resumeStudy(): void
  /** Ends it where it is; finished cells stay, and what was under way is done anew next time. */
  stopStudy(): Promise<void>
}
