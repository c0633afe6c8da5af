import type { StateCreator } from 'zustand'
import type { SpanEdit, TrajectoryView } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { attempt } from '../lab/notices.ts'
import type { LabState } from '../lab/store.ts'
import { sameSpans, wordsOfEdit } from './editWords.ts'

/** What is picked out in the text of a trajectory: from where to where the person went, UTF-16 offsets; equal for a caret. */
export interface TextPick {
  id: number
  anchor: number
  focus: number
}

export interface EditSlice {
  pick: TextPick | null
  /** What the last edit did, for those who do not see it; a sentence. */
  editSaid: string

  setPick(pick: TextPick | null): void
  /** Changes the spans of the trajectory on show. */
  editSpans(edit: SpanEdit): Promise<void>
  /** Gives the trajectory on show the spans that the segmenter drew. */
  resetSpans(): Promise<void>
  undo(): Promise<void>
  redo(): Promise<void>
}

export const createEditSlice: StateCreator<LabState, [], [], EditSlice> = (set, get) => {
  const show = (view: TrajectoryView) => {
    if (get().selected === view.summary.id) set({ view })
  }
  /** Takes back or repeats a change, and shows the trajectory that it was made to. */
  const travel = async (to: 'undo' | 'redo', did: string) => {
    const { selected, library } = get()
    const what = library?.[to]
    if (what === undefined) return
    const id = await attempt(lab[to]())
    set({ editSaid: `${did}: ${what}.` })
    if (id !== undefined && get().selected === selected) await get().select(id)
  }

  return {
    pick: null,
    editSaid: '',

    setPick: (pick) => set({ pick }),
    async editSpans(edit) {
      const before = get().view
      if (!before) return
      const view = await attempt(lab.editSpans(before.summary.id, edit))
      if (!view) return
      show(view)
      set({ editSaid: wordsOfEdit(edit, before, view) })
    },
    async resetSpans() {
      const before = get().view
      if (!before) return
      const view = await attempt(lab.resetSpans(before.summary.id))
      if (!view) return
      show(view)
      const same = sameSpans(before.spans, view.spans)
      set({ editSaid: same ? 'The spans are the segmenter’s own.' : 'The spans are the segmenter’s again.' })
    },
    undo: () => travel('undo', 'Undone'),
    redo: () => travel('redo', 'Done again'),
  }
}
