import type { StateCreator } from 'zustand'
import type { LabState } from '../lab/store.ts'
import { type BesideSlice, createBesideSlice } from './besideSlice.ts'
import { createEpisodeSlice, type EpisodeSlice } from './episodeSlice.ts'
import { createEvaluationSlice, type EvaluationSlice } from './evaluationSlice.ts'
import type { InPlaceSlice } from './inPlace.ts'
import { createWorldsSlice, type WorldsSlice } from './worldsSlice.ts'

/** What the tab shows: one episode, or what comes of many. */
export type ActingMode = 'episode' | 'evaluation'

/** The tab "Act": worlds, the open episode, what another would do in it, and evaluations. */
export type ActingSlice = WorldsSlice &
  EpisodeSlice &
  BesideSlice &
  EvaluationSlice &
  InPlaceSlice & {
    actingMode: ActingMode
    setActingMode(mode: ActingMode): void
  }

export const createActingSlice: StateCreator<LabState, [], [], ActingSlice> = (...parts) => {
  const [set] = parts
  return {
    ...createWorldsSlice(...parts),
    ...createEpisodeSlice(...parts),
    ...createBesideSlice(...parts),
    ...createEvaluationSlice(...parts),
    actingErrors: {},
    actingMode: 'episode',
    setActingMode: (actingMode) => set({ actingMode }),
  }
}
