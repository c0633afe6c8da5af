import { adamw } from './adamw.ts'
import { attention } from './attention.ts'
import { embedding } from './embedding.ts'
import { head } from './head.ts'
import { layerNorm } from './layerNorm.ts'
import { linear } from './linear.ts'
import type { Operations } from './operations.ts'

/** Every operation in stock tfjs, on any backend: the oracle of the tests and what trains today. */
export const reference: Operations = {
  name: 'reference',
  embedding,
  layerNorm,
  linear,
  attention,
  head,
  adamw,
}
