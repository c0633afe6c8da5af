import type { StateCreator } from 'zustand'
import {
  DEMO_FILE,
  type FileProblem,
  type LoadReport,
  messageOf,
  type SpanKind,
  type TokenView,
  type TrajectorySummary,
  type TrajectoryView,
} from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { attempt, complain, tell } from '../lab/notices.ts'
import type { LabState } from '../lab/store.ts'
import { sortPicked } from './pickedFiles.ts'

export interface TrajectoriesSlice {
  trajectories: TrajectorySummary[]
  loading: { file: string; done: number; total: number } | null
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
  showTrajectories(trajectories: TrajectorySummary[]): void
  select(id: number | null): Promise<void>
  findTokens(): Promise<void>
  toggleKind(kind: SpanKind): void
  setShowTokens(shown: boolean): void
}

/** The demo: enough for a tiny student to learn from, little enough to be there at once. */
const DEMO = { seed: 1, trajectories: 200 }

export const createTrajectoriesSlice: StateCreator<LabState, [], [], TrajectoriesSlice> = (set, get) => {
  /** Keeps the problems of a loading; a loading that failed as a whole is one, too. */
  const load = async (name: string, call: Promise<LoadReport>): Promise<boolean> => {
    const demoOnly =
      get().trajectories.length > 0 && get().trajectories.every(({ file }) => file === DEMO_FILE)
    try {
      const report = await call
      // A person's own files are not to be trained on together with the demo they came upon.
      if (demoOnly && report.added > 0) {
        await lab.removeTrajectories(DEMO_FILE)
        tell('The demo was put away; to bring it back, remove your files and press “Try the demo”.')
      }
      if (report.problems.length > 0) set({ problems: [...get().problems, ...report.problems] })
      return true
    } catch (thrown) {
      const message = messageOf(thrown)
      set({ problems: [...get().problems, { file: name, message }] })
      complain(message)
      return false
    } finally {
      set({ loading: null })
    }
  }

  return {
    trajectories: [],
    loading: null,
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
      const { trajectories, students } = sortPicked(files)
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

    showTrajectories(trajectories) {
      set({ trajectories })
      const { selected } = get()
      const kept = trajectories.some(({ id }) => id === selected)
      if (!kept) get().select(trajectories[0]?.id ?? null)
      else get().findTokens()
      get().refreshEstimate()
    },
    async select(id) {
      set({ selected: id, tokens: null, tokensMessage: undefined })
      if (id === null) return set({ view: null })
      const view = await attempt(lab.trajectory(id))
      if (get().selected !== id) return
      set({ view: view ?? null })
      get().findTokens()
    },
    async findTokens() {
      const { selected, recipe, issues } = get()
      if (selected === null || issues.length > 0) return
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
