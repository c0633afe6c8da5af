import type { StateCreator } from 'zustand'
import type { Mapping } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { attempt, tell } from '../lab/notices.ts'
import type { LabState } from '../lab/store.ts'
import { isActive } from '../training/slice.ts'
import { holdsDemoOnly, putDemoAway } from '../trajectories/slice.ts'

export interface MappingSlice {
  /** The file whose parts are being told apart by hand; null while that dialog is closed. */
  mappedFile: string | null

  /** Opens the dialog for a loaded or refused file. */
  openMapping(file: string): void
  closeMapping(): void
  /** Puts a mapping into the recipe, before those that are there; what is loaded is read anew with it. */
  addMapping(mapping: Mapping): void
  removeMapping(index: number): void
  /** Reads what is loaded as the recipe says; called again when the run ends that it has to wait for. */
  readAnew(): Promise<void>
}

export const createMappingSlice: StateCreator<LabState, [], [], MappingSlice> = (set, get) => ({
  mappedFile: null,

  openMapping: (file) => set({ mappedFile: file }),
  closeMapping: () => set({ mappedFile: null }),
  addMapping(mapping) {
    const same = JSON.stringify(mapping)
    get().edit(({ reading }) => {
      reading.mappings = [mapping, ...reading.mappings.filter((one) => JSON.stringify(one) !== same)]
    })
  },
  removeMapping(index) {
    get().edit(({ reading }) => {
      reading.mappings.splice(index, 1)
    })
  },
  async readAnew() {
    if (isActive(get().run)) return tell('The files are read anew when the run has ended.')
    const demoOnly = holdsDemoOnly(get().library)
    set({ loads: get().loads + 1 })
    const report = await attempt(lab.setReading(get().recipe.reading))
    const loads = get().loads - 1
    set(loads > 0 ? { loads } : { loads, loading: null, cancelling: false })
    if (report?.cancelled) {
      tell('Reading anew was cancelled; the files are as they were, and are read anew before training.')
    }
    // Every file was asked again, so what was wrong before is no longer known to be.
    else if (report && report.files > 0) set({ problems: report.problems })
    // Asked, for what the worker tells of its library may come after its answer.
    if (demoOnly && report && (await lab.list({})).files.length > 1) await putDemoAway()
  },
})
