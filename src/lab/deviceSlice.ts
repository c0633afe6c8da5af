import type { StateCreator } from 'zustand'
import { BACKEND_CHOICES, type BackendChoice, type DeviceReport } from '../../workers/protocol.ts'
import { lab } from './client.ts'
import { attempt } from './notices.ts'
import type { LabState } from './store.ts'

export interface DeviceSlice {
  /** The device in use; null while none is open. */
  device: DeviceReport | null
  /** Why there is none; a sentence. */
  deviceMessage: string | undefined
  backendChoice: BackendChoice
  /** A backend is being opened. */
  opening: boolean
  /** Why the worker died; a sentence. */
  crash: string | undefined
  chooseBackend(choice: BackendChoice): Promise<void>
}

export const createDeviceSlice: StateCreator<LabState, [], [], DeviceSlice> = (set, get) => ({
  device: null,
  deviceMessage: undefined,
  backendChoice: 'automatic',
  opening: false,
  crash: undefined,
  async chooseBackend(choice) {
    const before = get().backendChoice
    set({ backendChoice: choice, opening: true })
    // biome-ignore lint/correctness/useHookAtTopLevel: a call to the worker that only sounds like a hook
    const device = await attempt(lab.useBackend(choice))
    set(
      device
        ? { device, deviceMessage: undefined, opening: false }
        : { backendChoice: before, opening: false },
    )
  },
})

/** The backend named by `?backend=` in the page's address. */
export function backendInAddress(search: string): BackendChoice {
  const named = new URLSearchParams(search).get('backend')
  return BACKEND_CHOICES.find((choice) => choice === named) ?? 'automatic'
}
