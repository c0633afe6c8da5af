import { LabError, messageOf } from '../errors.ts'
import type {
  FileSample,
  LibraryState,
  LoadingStatus,
  LoadReport,
  MappingPreview,
  TrajectoryList,
  TrajectoryView,
} from '../protocol.ts'
import { readSource } from '../trajectories/read.ts'
import { DEFAULT_READING, type Mapping, type Reading } from '../trajectories/reading.ts'
import type { FileProblem, Trajectory } from '../trajectories/trajectory.ts'
import { Corrections, isCorrections } from './corrections.ts'
import { Corrector } from './corrector.ts'
import { Library } from './library.ts'
import { previewOf, sampleOf } from './mappingPreview.ts'
import type { TrajectoryQuery, TrajectorySummary } from './query.ts'
import { openTextStore } from './textStore.ts'

/** What trajectories are read from; a `File` costs no memory until it is read. */
export interface Source {
  name: string
  blob: Blob
}

export interface CollectionListener {
  loading(status: LoadingStatus | null): void
  changed(state: LibraryState): void
}

/** Milliseconds between two reports of a loading, and the trajectories for which one more is waited. */
const REPORT_INTERVAL = 200
const TRAJECTORIES_PER_MS = 100
/** A file of corrections is held in memory as a whole. */
const LARGEST_CORRECTIONS = 64 * 2 ** 20
const CORRECTIONS = /^\uFEFF?\s*\{\s*"version"\s*:\s*\d+\s*,\s*"corrections"\s*:/

/** The loaded files, what they hold, and what a person corrected in it. */
export class Collection {
  private library = new Library()
  private opened: Promise<void> | undefined
  private readonly corrections = new Corrections()
  /** What a person does to what is loaded. */
  readonly corrector = new Corrector(
    this.corrections,
    () => this.library,
    () => this.changed(),
  )
  private sources: Source[] = []
  private reading: Reading = DEFAULT_READING
  /** Loadings run one after another. */
  private queue: Promise<unknown> = Promise.resolve()
  private abort = new AbortController()

  constructor(private readonly listener: CollectionListener) {}

  get version(): number {
    return this.library.version
  }

  state(): LibraryState {
    const { version } = this.library
    return { version, ...this.library.state(), ...this.corrector.next(), reading: this.reading }
  }

  private changed(): void {
    this.listener.changed(this.state())
  }

  // Loading

  load(sources: Source[]): Promise<LoadReport> {
    return this.queued(async (signal) => {
      this.opened ??= this.openStore()
      await this.opened
      this.sources.push(...sources)
      const report = await this.read(sources, this.library, this.reading, signal)
      this.changed()
      return report
    })
  }

  cancelLoading(): void {
    this.abort.abort()
    this.abort = new AbortController()
  }

  private queued<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.abort
    const result = this.queue.then(() => work(signal))
    this.queue = result.catch(() => {})
    return result
  }

  /** Small sets stay in memory; the store is opened before the first file, as opening takes its time. */
  private async openStore(): Promise<void> {
    this.library = new Library(await openTextStore(), this.library.nextId)
  }

  private async read(
    sources: Source[],
    library: Library,
    reading: Reading,
    signal: AbortSignal,
  ): Promise<LoadReport> {
    const report: LoadReport = { files: 0, added: 0, problems: [] }
    const bytesTotal = sources.reduce((sum, { blob }) => sum + blob.size, 0)
    let bytesBefore = 0
    let reported = 0
    let shown = 0
    for (const { name, blob } of sources) {
      const progress = (bytesRead: number) => {
        if (performance.now() - reported < REPORT_INTERVAL) return
        reported = performance.now()
        this.listener.loading({
          file: name,
          filesDone: report.files,
          files: sources.length,
          bytesDone: Math.min(bytesTotal, bytesBefore + bytesRead),
          bytesTotal,
          trajectories: report.added,
        })
        // A longer list takes longer to show, so it is shown less often.
        const due = REPORT_INTERVAL + library.size / TRAJECTORIES_PER_MS
        if (library !== this.library || reported - shown < due) return
        shown = reported
        this.changed()
      }
      if (signal.aborted) break
      progress(0)
      await this.readOne({ name, blob }, library, reading, signal, report, progress)
      bytesBefore += blob.size
      report.files++
    }
    if (signal.aborted) report.cancelled = true
    this.listener.loading(null)
    return report
  }

  private async readOne(
    source: Source,
    library: Library,
    reading: Reading,
    signal: AbortSignal,
    report: LoadReport,
    progress: (bytesRead: number) => void,
  ): Promise<void> {
    const problem = (found: FileProblem) => report.problems.push(found)
    try {
      if (await this.readCorrections(source)) return
      await readSource(
        source,
        { reading },
        {
          trajectory: (read) => {
            library.add(read, this.corrector.decisionOn(read))
            report.added++
          },
          problem,
          progress,
          signal,
        },
      )
    } catch (error) {
      problem({ file: source.name, message: `${source.name} could not be read: ${messageOf(error)}` })
    }
  }

  /** @returns whether the file was one of corrections */
  private async readCorrections({ name, blob }: Source): Promise<boolean> {
    if (blob.size > LARGEST_CORRECTIONS || !CORRECTIONS.test(await blob.slice(0, 200).text())) return false
    const json: unknown = await blob
      .text()
      .then(JSON.parse)
      .catch(() => null)
    if (!isCorrections(json)) return false
    this.corrections.merge(json, name)
    this.sources = this.sources.filter((source) => source.blob !== blob)
    for (const id of this.library.ids()) this.corrector.recall(id)
    return true
  }

  remove(file?: string): void {
    this.library.remove(file)
    this.sources = file === undefined ? [] : this.sources.filter(({ name }) => !comesFrom(file, name))
    this.changed()
  }

  /** What was read with another reading is read anew, aside; the old set stays until all of it is there. */
  setReading(reading: Reading): Promise<LoadReport> {
    return this.queued(async (signal) => {
      const nothing: LoadReport = { files: 0, added: 0, problems: [] }
      if (JSON.stringify(reading) === JSON.stringify(this.reading)) return nothing
      if (this.sources.length === 0) {
        this.reading = reading
        this.changed()
        return nothing
      }
      const next = new Library(await openTextStore(), this.library.nextId)
      const report = await this.read(this.sources, next, reading, signal)
      if (report.cancelled) {
        await next.close()
        return { ...nothing, cancelled: true }
      }
      const before = this.library
      next.version += before.version
      this.library = next
      this.reading = reading
      this.corrector.forget()
      this.changed()
      await before.close()
      return report
    })
  }

  // Looking

  async list(query: TrajectoryQuery): Promise<TrajectoryList> {
    const { version } = this.library
    const byFile = new Map<string, number[]>()
    for (const id of await this.library.find(query)) {
      const file = this.library.facts(id)?.file
      if (file === undefined) continue
      const group = byFile.get(file)
      if (group) group.push(id)
      else byFile.set(file, [id])
    }
    const ids: number[] = []
    const files = [...byFile].map(([file, group]) => {
      const start = ids.length
      for (const id of group) ids.push(id)
      return { file, start }
    })
    return { version, ids: Int32Array.from(ids), files }
  }

  summaries(ids: Iterable<number>): TrajectorySummary[] {
    return Array.from(ids, (id) => this.library.summary(id)).filter((summary) => summary !== undefined)
  }

  view(id: number): TrajectoryView {
    const { text, spans, warnings } = this.loaded(id)
    return { summary: this.library.summary(id)!, text, spans, warnings }
  }

  /** @throws LabError `not-now` for an id that is no longer loaded */
  loaded(id: number): Trajectory {
    return this.library.loaded(id)
  }

  included() {
    return this.library.included()
  }

  /** `corrections.json`; null when nothing was corrected. */
  correctionsFile(): string | null {
    return this.corrections.toFile()
  }

  // Mapping by hand

  fileSample(file: string): Promise<FileSample> {
    return sampleOf(this.sourceOf(file))
  }

  previewMapping(file: string, mapping: Mapping): Promise<MappingPreview> {
    return previewOf(this.sourceOf(file), { ...this.reading, mappings: [mapping] })
  }

  private sourceOf(file: string): Source {
    const source = this.sources.findLast(({ name }) => comesFrom(file, name))
    if (source) return source
    throw new LabError('not-now', `${file} is no longer loaded; add it again.`)
  }
}

/** Whether what is called `file` was read from the source `name`: the file itself, or inside an archive. */
function comesFrom(file: string, name: string): boolean {
  return file === name || file.startsWith(`${name}/`)
}
