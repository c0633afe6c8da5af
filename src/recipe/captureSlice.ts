import type { StateCreator } from 'zustand'
import type { CaptureStatus, CaptureSummary } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { attempt, tell } from '../lab/notices.ts'
import { save } from '../lab/save.ts'
import type { LabState } from '../lab/store.ts'

/** What a capture's file is called behind its name. */
const CAPTURE_SUFFIX = '.capture'

export interface CaptureSlice {
  captures: CaptureSummary[]
  /** The capture under way. */
  capture: CaptureStatus | null
  /** Likeliest tokens that the next capture keeps of each prediction; NaN while the field is empty. */
  captureK: number

  showCaptures(captures: CaptureSummary[]): void
  setCaptureK(k: number): void
  /** Captures a teacher over all trajectories that are not excluded, and chooses what comes of it. */
  captureTeacher(teacher: string): Promise<void>
  cancelCapture(): Promise<void>
  exportCapture(name: string): Promise<void>
  importCapture(file: File): Promise<void>
  removeCapture(name: string): Promise<void>
}

export const createCaptureSlice: StateCreator<LabState, [], [], CaptureSlice> = (set, get) => {
  const choose = ({ name }: CaptureSummary) =>
    get().edit((recipe) => {
      recipe.teacher = { kind: 'stored', source: name }
    })

  return {
    captures: [],
    capture: null,
    captureK: 16,

    showCaptures(captures) {
      set({ captures })
      get().refreshEstimate()
    },
    setCaptureK(captureK) {
      set({ captureK })
    },
    async captureTeacher(teacher) {
      const made = await attempt(lab.capture({ teacher, k: get().captureK }))
      if (!made) return
      choose(made)
      tell(`What “${teacher}” predicts is captured as “${made.name}” and chosen in the recipe.`)
    },
    async cancelCapture() {
      await attempt(lab.cancelCapture())
    },
    async exportCapture(name) {
      const file = await attempt(lab.exportCapture(name))
      if (file) save(`${name}${CAPTURE_SUFFIX}`, file)
    },
    async importCapture(file) {
      const name = file.name.endsWith(CAPTURE_SUFFIX) ? file.name.slice(0, -CAPTURE_SUFFIX.length) : file.name
      const made = await attempt(lab.importCapture(name.slice(name.lastIndexOf('/') + 1), file))
      if (made) choose(made)
    },
    async removeCapture(name) {
      await attempt(lab.removeCapture(name))
    },
  }
}
