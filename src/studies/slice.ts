import type { StateCreator } from 'zustand'
import type { StudyReport, StudyStatus, StudySummary, StudyView } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { attempt, complain } from '../lab/notices.ts'
import { save } from '../lab/save.ts'
import type { LabState } from '../lab/store.ts'
import { zipFolder } from '../training/zipFolder.ts'

export interface StudiesSlice {
  studies: StudySummary[]
  /** The one that is run here, or was last. */
  studyStatus: StudyStatus | null
  /** The id of the study on show. */
  shownStudy: string | null
  /** What it is made of; null for results without their study. */
  studyView: StudyView | null
  /** Null while it is not made, and where nothing is done yet. */
  studyReport: StudyReport | null
  /** It is being made. */
  reporting: boolean
  /** Files are being opened. */
  openingStudy: boolean

  /** Asks which there are, once somebody wants to see them. */
  loadStudies(): Promise<void>
  /** Hears which there are and how much of them is done. */
  hearStudies(studies: StudySummary[]): void
  showStudy(id: string): void
  openStudyFiles(files: File[]): Promise<void>
  removeStudy(id: string): Promise<void>
  runStudy(id: string, cells: readonly string[]): Promise<void>
  pauseStudy(): Promise<void>
  resumeStudy(): Promise<void>
  stopStudy(): Promise<void>
  /** Hands a file of the report to the person; all of them, or all of a folder, as a zip. */
  downloadReport(what: string): Promise<void>
  /** Hands the folder of the study to the person. */
  exportStudy(): Promise<void>
}

/** Whether a study is under way, paused or not. */
export function isStudying(status: StudyStatus | null): boolean {
  return status !== null && ['running', 'paused', 'stopping'].includes(status.state)
}

export const createStudiesSlice: StateCreator<LabState, [], [], StudiesSlice> = (set, get) => {
  /** Ids of what is being fetched, and whether it has changed meanwhile. */
  const fetching = new Map<string, { stale: boolean }>()
  let waiting: ReturnType<typeof setTimeout> | undefined
  /** Milliseconds that the last report took. */
  let took = 0

  /** Fetches a study that is on show; what changes meanwhile is fetched once it is there. */
  const refresh = async (id: string) => {
    const same = () => get().shownStudy === id
    if (same()) set({ reporting: true })
    const before = fetching.get(id)
    if (before) {
      before.stale = true
      return
    }
    const state = { stale: true }
    fetching.set(id, state)
    try {
      while (state.stale && same()) {
        state.stale = false
        const began = performance.now()
        const kind = get().studies.find((study) => study.id === id)?.kind
        const view = kind === 'study' ? await attempt(lab.studyView(id)) : null
        if (same()) set({ studyView: view ?? null })
        const report = same() ? await attempt(lab.studyReport(id)) : null
        if (same()) set({ studyReport: report ?? null })
        took = performance.now() - began
      }
    } finally {
      fetching.delete(id)
      if (same()) set({ reporting: false })
    }
  }

  /** The same, but not more than half of the time while cells are done one after another. */
  const refreshSoon = (id: string) => {
    clearTimeout(waiting)
    waiting = setTimeout(() => refresh(id), took)
  }

  return {
    studies: [],
    studyStatus: null,
    shownStudy: null,
    studyView: null,
    studyReport: null,
    reporting: false,
    openingStudy: false,

    async loadStudies() {
      const studies = await attempt(lab.studies())
      if (studies) get().hearStudies(studies)
    },
    hearStudies(studies) {
      const { shownStudy, studies: before } = get()
      const find = (list: StudySummary[]) => list.find(({ id }) => id === shownStudy)
      const changed = JSON.stringify(find(before)) !== JSON.stringify(find(studies))
      set({ studies })
      if (shownStudy !== null && find(studies) === undefined) {
        return set({ shownStudy: null, studyView: null, studyReport: null })
      }
      if (shownStudy !== null && changed) refreshSoon(shownStudy)
    },
    showStudy(id) {
      if (id === get().shownStudy) return
      set({ shownStudy: id, studyView: null, studyReport: null, reporting: false })
      void refresh(id)
    },
    async openStudyFiles(files) {
      set({ openingStudy: true })
      for (const file of files) {
        const opened = await attempt(lab.openStudy(file))
        if (opened) get().showStudy(opened.id)
      }
      set({ openingStudy: false })
    },
    async removeStudy(id) {
      await attempt(lab.removeStudy(id))
    },
    async runStudy(id, cells) {
      await attempt(lab.runStudy(id, cells))
    },
    async pauseStudy() {
      await attempt(lab.pauseStudy())
    },
    async resumeStudy() {
      await attempt(lab.resumeStudy())
    },
    async stopStudy() {
      await attempt(lab.stopStudy())
    },
    async downloadReport(what) {
      const { shownStudy, studyReport } = get()
      const files = shownStudy === null ? undefined : await attempt(lab.studyFiles(shownStudy))
      if (files === undefined) return
      const content = files[what]
      if (content !== undefined) return save(what, content)
      const within = Object.entries(files).filter(([name]) => what === '' || name.startsWith(`${what}/`))
      if (within.length === 0) return complain(`This report has no ${what}: they are made of its cells.`)
      const name = `${studyReport?.study.name ?? 'study'}-results`
      const text = new TextEncoder()
      const bytes = Object.fromEntries(within.map(([path, own]) => [path, text.encode(own)]))
      save(`${name}.zip`, await zipFolder(name, bytes))
    },
    async exportStudy() {
      const { shownStudy, studyView } = get()
      const zip = shownStudy === null ? undefined : await attempt(lab.exportStudy(shownStudy))
      if (zip) save(`${studyView?.summary.name ?? 'study'}.zip`, zip)
    },
  }
}
