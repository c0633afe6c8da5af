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

const fetchAct = () => import('../acting/ActView.tsx')
const fetchStudies = () => import('../studies/StudiesView.tsx')

/** Fetches all tabs, so that none sends a request when it is shown; what fails is asked for again then. */
export function fetchViews(): void {
  for (const fetchView of [fetchAct, fetchStudies]) fetchView().catch(() => {})
}

/** The tabs of the page. All but the first are programs of their own, which the first need not wait for. */
export const VIEWS: readonly View[] = [
  { id: FIRST_VIEW, title: 'Train', component: TrainView },
  {
    id: 'act',
    title: 'Act',
    component: lazy(async () => ({ default: (await fetchAct()).ActView })),
    takesDrops: true,
  },
  {
    id: 'studies',
    title: 'Studies',
    component: lazy(async () => ({ default: (await fetchStudies()).StudiesView })),
    takesDrops: true,
  },
]

/** The view of that name, or the first. */
export function viewNamed(id: string): View {
  return VIEWS.find((view) => view.id === id) ?? VIEWS[0]!
}
