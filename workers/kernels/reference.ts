import { attention } from './attention/reference.ts'
import { embedding } from './embedding/reference.ts'
import { head } from './head/reference.ts'
import { layerNorm } from './layerNorm/reference.ts'
import { likeliest, logits } from './likeliest/reference.ts'
import { linear } from './linear/reference.ts'
import type { Operations } from './operations.ts'
import { rmsNorm } from './rmsNorm/reference.ts'
import { rotary } from './rotary/reference.ts'
import { sample } from './sample/reference.ts'
import { memory } from './stock/memory.ts'
import { rows } from './stock/rows.ts'
import { frozen, trainable } from './trainable/reference.ts'

/** Every operation in stock tfjs, on any backend: the oracle of the tests, and what trains where there is no WebGPU. */
export const reference: Operations = {
  name: 'reference',
  ...memory,
  rehearse: () => null,
  trainable,
  frozen,
  rows,
  embedding,
  layerNorm,
  rmsNorm,
  linear,
  rotary,
  attention,
  head,
  logits,
  likeliest,
  sample,
}
