import type { StateCreator } from 'zustand'
import {
  DEFAULT_READING,
  DEMO_FILE,
  type FileProblem,
  type LibraryState,
  type LoadingStatus,
  type LoadReport,
  messageOf,
  type SpanKind,
  type TokenView,
  type TrajectoryView,
} from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { counted } from '../lab/format.ts'
import { attempt, complain, tell } from '../lab/notices.ts'
import type { LabState } from '../lab/store.ts'
import { sortPicked } from './pickedFiles.ts'

export interface TrajectoriesSlice {
  /** What is loaded, in numbers; the trajectories themselves stay in the worker. */
  library: LibraryState
  /** The loading under way. */
  loading: LoadingStatus | null
  /** Loadings that are not over, the one under way included. */
  loads: number
  /** A person cancelled them, and they are coming to an end. */
  cancelling: boolean
  /** What could not be read, kept until cleared. */
  problems: FileProblem[]
  /** The id of the trajectory on show. */
  selected: number | null
  view: TrajectoryView | null
  /** Its token boundaries under the tokenizer of the recipe; null while they are not known. */
  tokens: TokenView | null
  /** Why they are not known; a sentence. */
  tokensMessage: string | undefined
  /** Kinds that are not highlighted. */
  plainKinds: SpanKind[]
  showTokens: boolean

  loadDemo(): Promise<void>
  /** Files as picked or dropped; student folders among them become teachers. */
  loadFiles(files: File[]): Promise<void>
  loadText(name: string, text: string): Promise<void>
  /** @returns whether the address could be loaded */
  loadUrl(url: string): Promise<boolean>
  remove(file?: string): Promise<void>
  clearProblems(): void
  /** Ends every loading; what has been read stays. */
  cancelLoading(): Promise<void>
  showLibrary(library: LibraryState): void
  select(id: number | null): Promise<void>
  findTokens(): Promise<void>
  toggleKind(kind: SpanKind): void
  setShowTokens(shown: boolean): void
}

/** The demo: enough for a tiny student to learn from, little enough to be there at once. */
const DEMO = { seed: 1, trajectories: 200 }

/** Milliseconds that a trajectory is on show before its tokens are asked for: whoever walks the list needs none. */
const REST = 150

const EMPTY: LibraryState = {
  version: 0,
  trajectories: 0,
  excluded: 0,
  corrected: 0,
  logprobs: 0,
  characters: 0,
  files: [],
  moreFiles: 0,
  formats: [],
  environments: [],
  taskTypes: [],
  warnings: [],
  outcomes: { succeeded: 0, failed: 0, unknown: 0 },
  reading: DEFAULT_READING,
}

export const createTrajectoriesSlice: StateCreator<LabState, [], [], TrajectoriesSlice> = (set, get) => {
  let resting: ReturnType<typeof setTimeout> | undefined

  /** Keeps the problems of a loading; a loading that failed as a whole is one, too. */
  const load = async (name: string, call: Promise<LoadReport>): Promise<boolean> => {
    const demoOnly = holdsDemoOnly(get().library)
    set({ loads: get().loads + 1 })
    try {
      const report = await call
      if (demoOnly && report.added > 0 && holdsDemo(get().library)) await putDemoAway()
      if (report.cancelled && report.added > 0) {
        tell(`Loading was cancelled; ${counted(report.added, 'trajectory', 'trajectories')} had been read.`)
      }
      if (report.problems.length > 0) set({ problems: get().problems.concat(report.problems) })
      return true
    } catch (thrown) {
      const message = messageOf(thrown)
      set({ problems: [...get().problems, { file: name, message }] })
      complain(message)
      return false
    } finally {
      const loads = get().loads - 1
      set(loads > 0 ? { loads } : { loads, loading: null, cancelling: false })
    }
  }

  return {
    library: EMPTY,
    loading: null,
    loads: 0,
    cancelling: false,
    problems: [],
    selected: null,
    view: null,
    tokens: null,
    tokensMessage: undefined,
    plainKinds: [],
    showTokens: false,

    async loadDemo() {
      await load('The demo', lab.loadDemo(DEMO))
    },
    async loadFiles(files) {
      const { trajectories: others, students, runs } = sortPicked(files)
      const trajectories: File[] = []
      for (const file of others) {
        if (await isRun(file)) runs.push({ name: file.name.replace(/^.*\/|\.zip$/gi, ''), files: [file] })
        else trajectories.push(file)
      }
      if (runs.length > 1) complain(`These are ${runs.length} runs: take one at a time to show it.`)
      else for (const run of runs) await get().offerRun(run)
      for (const { name, files: members } of students) await get().addTeacher(name, members)
      if (trajectories.length > 0) {
        await load(
          trajectories.length === 1 ? trajectories[0]!.name : 'These files',
          lab.loadFiles(trajectories),
        )
      }
    },
    async loadText(name, text) {
      await load(name, lab.loadText(name, text))
    },
    loadUrl: (url) => load(url, lab.loadUrl(url)),
    async remove(file) {
      await attempt(lab.removeTrajectories(file))
    },
    clearProblems: () => set({ problems: [] }),

    async cancelLoading() {
      set({ cancelling: true })
      await attempt(lab.cancelLoading())
    },
    showLibrary(library) {
      set({ library })
      get().refreshList()
      // While more comes in, any estimate would be of a part.
      if (get().loading === null) get().refreshEstimate()
    },
    async select(id) {
      set({ selected: id, tokens: null, tokensMessage: undefined })
      if (id === null) return set({ view: null })
      const view = await attempt(lab.trajectory(id))
      if (get().selected !== id) return
      set({ view: view ?? null })
      clearTimeout(resting)
      resting = setTimeout(() => get().findTokens(), REST)
    },
    async findTokens() {
      const { selected, recipe, issues, loading } = get()
      if (selected === null || issues.length > 0 || loading !== null) return
      const stale = () => get().selected !== selected || get().recipe !== recipe
      try {
        const tokens = await lab.tokens(selected, recipe)
        if (!stale()) set({ tokens, tokensMessage: undefined })
      } catch (thrown) {
        if (!stale()) set({ tokens: null, tokensMessage: messageOf(thrown) })
      }
    },
    toggleKind(kind) {
      const { plainKinds } = get()
      const plain = plainKinds.includes(kind)
      set({ plainKinds: plain ? plainKinds.filter((other) => other !== kind) : [...plainKinds, kind] })
    },
    setShowTokens: (showTokens) => set({ showTokens }),
  }
}

/** Whether a file is the zip of a run; what cannot be opened is told of where it is read. */
async function isRun(file: File): Promise<boolean> {
  return /\.zip$/i.test(file.name) && (await lab.holdsRun(file).catch(() => false))
}

/** A person's own files are not to be trained on together with the demo they came upon. */
export async function putDemoAway(): Promise<void> {
  await lab.removeTrajectories(DEMO_FILE)
  tell('The demo was put away; to bring it back, remove your files and press “Try the demo”.')
}

export function holdsDemoOnly(library: LibraryState): boolean {
  return library.files.length === 1 && holdsDemo(library)
}

function holdsDemo({ files }: LibraryState): boolean {
  return files.some(({ file }) => file === DEMO_FILE)
}
