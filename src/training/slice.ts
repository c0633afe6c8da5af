import type { StateCreator } from 'zustand'
import type { CurriculumView, Recipe, RunStatus } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { attempt } from '../lab/notices.ts'
import type { LabState } from '../lab/store.ts'
import { presetRecipe } from '../recipe/presets.ts'
import type { NatMeasure, SeriesKind, ShareMeasure } from './spanSeries.ts'

export interface TrainingSlice {
  run: RunStatus
  /** The curriculum of the run that began last. */
  runCurriculum: CurriculumView | null
  /** The measure in the left chart. */
  measure: NatMeasure
  /** The measure in the right chart. */
  shareMeasure: ShareMeasure
  /** Kinds drawn in the charts. */
  drawnKinds: SeriesKind[]
  drawHeldOut: boolean

  train(): Promise<void>
  /** Trains the quick preset on what is loaded; loads the demo where nothing is. */
  tryDemo(): Promise<void>
  pause(): Promise<void>
  step(): Promise<void>
  resume(): Promise<void>
  stop(): Promise<void>
  /** Tells the active run of a λ that was moved, once it rests; without one, and of what is no weight, nothing. */
  steer(change: Partial<Lambda>): void
  setMeasure(measure: NatMeasure): void
  setShareMeasure(measure: ShareMeasure): void
  toggleDrawn(kind: SeriesKind): void
  toggleHeldOut(): void
}

type Lambda = Recipe['objective']['lambda']

/** Milliseconds without a change before the run is told of a λ. */
const STEER_REST = 150

let moved: Partial<Lambda> = {}
let steering: ReturnType<typeof setTimeout> | undefined

/** Whether a run is under way, paused or not. */
export function isActive({ state }: RunStatus): boolean {
  return state === 'preparing' || state === 'running' || state === 'paused'
}

export const createTrainingSlice: StateCreator<LabState, [], [], TrainingSlice> = (set, get) => ({
  runCurriculum: null,
  run: { state: 'idle', step: 0, steps: 0, hasStudent: false },
  measure: 'loss',
  shareMeasure: 'agreement',
  drawnKinds: ['reason', 'act'],
  drawHeldOut: true,

  async train() {
    await attempt(lab.train(get().recipe))
  },
  async tryDemo() {
    if (get().library.trajectories === 0) await get().loadDemo()
    get().setRecipe({ ...presetRecipe('quick'), reading: get().recipe.reading })
    await get().train()
  },
  async pause() {
    await attempt(lab.pause())
  },
  async step() {
    await attempt(lab.step())
  },
  async resume() {
    await attempt(lab.resume())
  },
  async stop() {
    await attempt(lab.stop())
  },
  steer(change) {
    moved = { ...moved, ...change }
    clearTimeout(steering)
    steering = setTimeout(() => {
      const weights = Object.entries(moved).filter(([, weight]) => weight >= 0)
      moved = {}
      if (weights.length > 0 && isActive(get().run)) void attempt(lab.setLambda(Object.fromEntries(weights)))
    }, STEER_REST)
  },
  setMeasure: (measure) => set({ measure }),
  setShareMeasure: (shareMeasure) => set({ shareMeasure }),
  toggleDrawn(kind) {
    const { drawnKinds } = get()
    const drawn = drawnKinds.includes(kind)
    set({ drawnKinds: drawn ? drawnKinds.filter((other) => other !== kind) : [...drawnKinds, kind] })
  },
  toggleHeldOut: () => set({ drawHeldOut: !get().drawHeldOut }),
})
