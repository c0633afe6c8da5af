import type { StateCreator } from 'zustand'
import type { EpisodeTask, WorldSummary } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import type { LabState } from '../lab/store.ts'
import { attemptAt } from './inPlace.ts'

export interface WorldsSlice {
  /** The worlds that can be acted in; none until they were asked for. */
  worlds: WorldSummary[]
  /** The task that is described in the picker; its seed is NaN while the field is empty. */
  wantedTask: EpisodeTask
  /** A world's files are being read. */
  addingWorld: boolean

  /** Asks which there are, once somebody wants to see them. */
  loadWorlds(): Promise<void>
  /** Opens a world on files of a person's own, and chooses it. */
  addWorld(files: File[]): Promise<void>
  removeWorld(name: string): Promise<void>
  wantTask(change: Partial<EpisodeTask>): void
}

/** A task that nobody has trained on. */
const FIRST: EpisodeTask = { world: 'household', split: 'test', seed: 1 }

export const createWorldsSlice: StateCreator<LabState, [], [], WorldsSlice> = (set, get) => ({
  worlds: [],
  wantedTask: FIRST,
  addingWorld: false,

  async loadWorlds() {
    const worlds = await attemptAt(set, 'world', lab.worlds())
    if (worlds) set({ worlds })
  },
  async addWorld(files) {
    set({ addingWorld: true })
    const added = await attemptAt(set, 'world', lab.addWorld(files))
    set({ addingWorld: false })
    if (!added) return
    const others = get().worlds.filter(({ name }) => name !== added.name)
    set({ worlds: [...others, added] })
    get().wantTask({ world: added.name })
  },
  async removeWorld(name) {
    await attemptAt(set, 'world', lab.removeWorld(name))
    set({ worlds: get().worlds.filter((world) => world.name !== name) })
    if (get().wantedTask.world === name) get().wantTask({ world: FIRST.world })
  },
  wantTask(change) {
    const { wantedTask } = get()
    const elsewhere = change.world !== undefined && change.world !== wantedTask.world
    const { taskType: _, ...withoutType } = wantedTask
    set({ wantedTask: { ...(elsewhere ? withoutType : wantedTask), ...change } })
  },
})

/** The world of that name; undefined while worlds are not loaded, and where it was removed. */
export function worldNamed(worlds: readonly WorldSummary[], name: string): WorldSummary | undefined {
  return worlds.find((world) => world.name === name)
}
