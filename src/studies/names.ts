import { WORLD_NAMES } from '../../workers/protocol.ts'
import type { Dimension } from './picking.ts'

/** How the page calls what cells differ in. */
export const DIMENSION_NAMES: Record<Dimension, string> = {
  environment: 'Worlds',
  amount: 'Amounts of trajectories',
  student: 'Students',
  arm: 'Arms',
  seed: 'Seeds',
}

/** A world as the page calls it. */
export function worldName(environment: string): string {
  return WORLD_NAMES[environment as keyof typeof WORLD_NAMES] ?? environment
}

export function valueName(dimension: Dimension, value: string): string {
  return dimension === 'environment' ? worldName(value) : value
}
