import { type ComponentType, lazy } from 'react'
import { TrainView } from './TrainView.tsx'
import { FIRST_VIEW } from './viewSlice.ts'

export interface View {
  /** Stands in the address's fragment. */
  id: string
  /** Stands on the tab. */
  title: string
  component: ComponentType
  /** The view takes dropped files itself; elsewhere they are trajectories. */
  takesDrops?: boolean
}

/** The tabs of the page. All but the first are fetched when they are shown first. */
export const VIEWS: readonly View[] = [
  { id: FIRST_VIEW, title: 'Train', component: TrainView },
  {
    id: 'act',
    title: 'Act',
    component: lazy(async () => ({ default: (await import('../acting/ActView.tsx')).ActView })),
    takesDrops: true,
  },
  {
    id: 'studies',
    title: 'Studies',
    component: lazy(async () => ({ default: (await import('../studies/StudiesView.tsx')).StudiesView })),
    takesDrops: true,
  },
]

/** The view of that name, or the first. */
export function viewNamed(id: string): View {
  return VIEWS.find((view) => view.id === id) ?? VIEWS[0]!
}
