import type { StateCreator } from 'zustand'
import type { LabState } from './store.ts'

/** The view that is shown where the address names none. */
export const FIRST_VIEW = 'train'

export interface ViewSlice {
  /** The `id` of the view that is shown; the page shows the first one where there is none of that name. */
  shownView: string
  /** Shows a view and writes it into the address, so that reloading and going back find it again. */
  showView(view: string): void
}

export const createViewSlice: StateCreator<LabState, [], [], ViewSlice> = (set, get) => ({
  shownView: viewInAddress(globalThis.location?.hash ?? ''),
  showView(view) {
    if (view === get().shownView) return
    const fragment = view === FIRST_VIEW ? '' : `#${view}`
    history.pushState(null, '', `${location.pathname}${location.search}${fragment}`)
    set({ shownView: view })
  },
})

/** The view named by the fragment of the page's address, e.g. `#act`. */
export function viewInAddress(hash: string): string {
  return hash.slice(1) || FIRST_VIEW
}
