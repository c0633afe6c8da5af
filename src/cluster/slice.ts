import * as Comlink from 'comlink'
import type { StateCreator } from 'zustand'
import { type ClusterPlan, messageOf, type PackStatus, RUN_ZIP } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { attempt, complain, tell } from '../lab/notices.ts'
import { save } from '../lab/save.ts'
import type { LabState } from '../lab/store.ts'
import { presetOf } from '../recipe/presets.ts'
import { isActive } from '../training/slice.ts'
import type { RunFolder } from '../trajectories/pickedFiles.ts'

export interface ClusterSlice {
  /** The dialog with what a run needs elsewhere is open. */
  clusterOpen: boolean
  /** How far the packing of a run is that is under way. */
  packing: PackStatus | null
  /** A run from elsewhere that waits for the person's word, as it would take the place of something. */
  returned: RunFolder | null

  openCluster(): void
  closeCluster(): void
  /** Packs the recipe's run and hands it to the person. */
  packRun(plan: ClusterPlan, teacherLeftOut: boolean): Promise<void>
  cancelPacking(): void
  /** Shows a run from elsewhere; asks before it takes the place of a run or a recipe. */
  offerRun(run: RunFolder): Promise<void>
  takeInReturned(): Promise<void>
  leaveReturned(): void
}

export const createClusterSlice: StateCreator<LabState, [], [], ClusterSlice> = (set, get) => {
  let cancelled = false

  const takeIn = async ({ name, files }: RunFolder) => {
    const recipe = await attempt(lab.takeInRun(name, files))
    if (!recipe) return
    set({ runCurriculum: null })
    get().setRecipe(recipe)
    tell(`The run “${name}” is on show, and its recipe in the fields.`)
  }

  return {
    clusterOpen: false,
    packing: null,
    returned: null,

    openCluster: () => set({ clusterOpen: true }),
    closeCluster: () => set({ clusterOpen: false }),
    async packRun(plan, teacherLeftOut) {
      cancelled = false
      set({ packing: { file: RUN_ZIP, done: 0, of: 1 } })
      const hear = (packing: PackStatus) => {
        if (!cancelled) set({ packing })
      }
      try {
        const zip = await lab.packRun(get().recipe, { plan, teacherLeftOut }, Comlink.proxy(hear))
        save(RUN_ZIP, zip)
      } catch (thrown) {
        if (!cancelled) complain(messageOf(thrown))
      } finally {
        cancelled = true
        set({ packing: null })
      }
    },
    cancelPacking() {
      cancelled = true
      void attempt(lab.cancelPacking())
    },
    async offerRun(run) {
      const { run: shown, recipe } = get()
      // The worker refuses while a run is active: nothing needs to be asked then.
      if (isActive(shown) || (shown.state === 'idle' && presetOf(recipe))) await takeIn(run)
      else set({ returned: run })
    },
    async takeInReturned() {
      const { returned } = get()
      set({ returned: null })
      if (returned) await takeIn(returned)
    },
    leaveReturned: () => set({ returned: null }),
  }
}
