import type { StateCreator } from 'zustand'
import { messageOf, type TrajectoryList, type TrajectoryQuery } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { attempt, complain } from '../lab/notices.ts'
import type { LabState } from '../lab/store.ts'
import { without } from './filters.ts'
import { SummaryCache } from './summaryCache.ts'

export interface ListSlice {
  query: TrajectoryQuery
  /** What the query found, under the newest library that was asked; null until the first answer. */
  list: TrajectoryList | null
  /** The query that it answers. */
  listed: TrajectoryQuery
  /** An answer to the query as it stands is still to come. */
  listing: boolean
  /** Trajectories are being excluded or included. */
  excluding: boolean

  /** Looks for something else; what is shown stays until the answer is there. */
  setQuery(query: TrajectoryQuery): void
  /** Changes the words that are looked for, and looks once no more are typed. */
  search(words: string): void
  /** Shows one file only, or all files again. */
  toggleFile(file: string): void
  /** Asks anew because the library has changed. */
  refreshList(): void
  /** Says which of the listed trajectories are in sight, by their places in the list. */
  look(from: number, to: number): void
  setExcluded(ids: Int32Array | number[], excluded: boolean): Promise<void>
  /** Excludes the selected trajectory, or takes it in again. */
  toggleExcluded(): Promise<void>
}

/** Milliseconds without a key before a search begins. */
const REST = 150
/** Trajectories made ready at the top of a new list before it is shown. */
const FIRST_SIGHT = 60

/** The summaries of what is in sight; everything else of the library stays in the worker. */
export const summaries = new SummaryCache((ids) => lab.summaries(ids))

export const createListSlice: StateCreator<LabState, [], [], ListSlice> = (set, get) => {
  /** Counts the queries, so that a late answer to an earlier one is dropped. */
  let asked = 0
  let underWay = false
  /** The library has changed since the last question. */
  let changed = false
  let timer: ReturnType<typeof setTimeout> | undefined
  let sight = { from: 0, to: FIRST_SIGHT }

  /** Another query overtakes the one under way; another library waits for it, or a search would never end. */
  const ask = async (sameQuery: boolean) => {
    if (sameQuery && underWay) return
    const question = ++asked
    underWay = true
    changed = false
    try {
      const { query } = get()
      const list = await lab.list(query)
      if (question !== asked) return
      if (!sameQuery) sight = { from: 0, to: FIRST_SIGHT }
      const { selected } = get()
      await prepare(list, selected)
      if (question !== asked) return
      set({ list, listed: query, listing: false })
      // Whoever has selected another one meanwhile knows that it is there.
      if (get().selected === selected) reselect(list, selected)
    } catch (thrown) {
      if (question === asked) set({ listing: false })
      complain(messageOf(thrown))
    } finally {
      if (question === asked) {
        underWay = false
        if (changed) void ask(true)
      }
    }
  }

  /** Rows that will be in sight are there when the list is, and so is what is known of the selected one. */
  const prepare = ({ ids, version }: TrajectoryList, selected: number | null) => {
    const ready = [...ids.subarray(sight.from, sight.to), ...(selected === null ? [] : [selected])]
    return summaries.bring(Int32Array.from(ready), version)
  }

  /** Keeps the selected trajectory while it is loaded, listed or not; else takes the first of the list. */
  const reselect = (list: TrajectoryList, selected: number | null) => {
    const { view, select } = get()
    const summary = selected === null ? undefined : summaries.get(selected)
    const first = list.ids[0]
    if (!summary) {
      // A list that was overtaken by a removal is followed by another.
      if (first === undefined || summaries.get(first)) void select(first ?? null)
    } else if (view?.summary.id === selected && JSON.stringify(view.summary) !== JSON.stringify(summary)) {
      const before = JSON.stringify({ ...view.summary, excluded: summary.excluded })
      // Corrected elsewhere, by a file or in another of the same text: its spans are others, too.
      if (before !== JSON.stringify(summary)) void select(view.summary.id)
      else set({ view: { ...view, summary } })
    }
  }

  return {
    query: {},
    list: null,
    listed: {},
    listing: false,
    excluding: false,

    setQuery(query) {
      clearTimeout(timer)
      set({ query, listing: true })
      void ask(false)
    },
    search(words) {
      clearTimeout(timer)
      const rest = without(get().query, ['search'])
      set({ query: words === '' ? rest : { ...rest, search: words }, listing: true })
      timer = setTimeout(() => ask(false), REST)
    },
    toggleFile(file) {
      const { query, setQuery } = get()
      setQuery(query.file === file ? without(query, ['file']) : { ...query, file })
    },
    refreshList() {
      changed = true
      void ask(true)
    },
    look(from, to) {
      const { list } = get()
      if (!list) return
      sight = { from, to }
      summaries.want(list.ids.slice(from, to), list.version)
    },
    async setExcluded(ids, excluded) {
      if (get().excluding) return
      set({ excluding: true })
      await attempt(lab.setExcluded(ids, excluded))
      set({ excluding: false })
    },
    async toggleExcluded() {
      const { selected, view, setExcluded } = get()
      if (selected === null) return
      const summary = view?.summary.id === selected ? view.summary : summaries.get(selected)
      if (summary) await setExcluded([selected], !summary.excluded)
    },
  }
}
