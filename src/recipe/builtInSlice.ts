import * as Comlink from 'comlink'
import type { StateCreator } from 'zustand'
import type { BuiltInTeacher } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { attempt } from '../lab/notices.ts'
import type { LabState } from '../lab/store.ts'

export interface BuiltInSlice {
  /** The teachers that come with the lab; none until they were asked for. */
  builtIns: BuiltInTeacher[]
  /** The one that is being fetched, and how much of it has come, in bytes. */
  fetchingBuiltIn: { name: string; bytesDone: number; bytesTotal: number } | null

  loadBuiltIns(): Promise<void>
  /** @returns whether it is loaded */
  fetchBuiltIn(name: string): Promise<boolean>
}

export const createBuiltInSlice: StateCreator<LabState, [], [], BuiltInSlice> = (set, get) => ({
  builtIns: [],
  fetchingBuiltIn: null,

  async loadBuiltIns() {
    const builtIns = await attempt(lab.builtInTeachers())
    if (builtIns) set({ builtIns })
  },
  async fetchBuiltIn(name) {
    if (get().fetchingBuiltIn) return false
    set({ fetchingBuiltIn: { name, bytesDone: 0, bytesTotal: 0 } })
    const hear = (bytesDone: number, bytesTotal: number) => {
      if (get().fetchingBuiltIn) set({ fetchingBuiltIn: { name, bytesDone, bytesTotal } })
    }
    const teacher = await attempt(lab.addBuiltInTeacher(name, Comlink.proxy(hear)))
    set({ fetchingBuiltIn: null })
    return teacher !== undefined
  },
})

/** What a recipe and the list of teachers call one of them. */
export function builtInSource(name: string): string {
  return `built-in:${name}`
}
