import type { StateView } from '../../../workers/protocol.ts'
import { HouseholdDrawing } from './HouseholdDrawing.tsx'
import { ShopDrawing } from './ShopDrawing.tsx'
import { WikiDrawing } from './WikiDrawing.tsx'

interface StateDrawingProps {
  state: StateView
  /** Also what the agent has not seen. */
  showAll: boolean
}

/** A world's state drawn simply: a room, a page of an encyclopedia, or a page of a shop. */
export function StateDrawing({ state, showAll }: StateDrawingProps) {
  switch (state.kind) {
    case 'household':
      return <HouseholdDrawing view={state} showAll={showAll} />
    case 'wiki':
      return <WikiDrawing view={state} showAll={showAll} />
    case 'shop':
      return <ShopDrawing view={state} showAll={showAll} />
  }
}
