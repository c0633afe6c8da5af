/**
 * GPT-2: pre-norm blocks, learned positions, tanh GELU, tied head (Radford et al. 2019). Written once, forward and
 * backward, against the operations of `kernels/`; which implementation runs is not known here.
 *
 * B rows, T positions, N = B·T, D width, L layers, V vocabulary. Call inside tf.tidy.
 */
import type { Tensor } from '../device/tensorflow.ts'
import { tf } from '../device/tensorflow.ts'
import type { Forward, Operations, Packing, Saved } from '../kernels/operations.ts'
import type { GptConfig, Weights } from './parameters.ts'

/** What the forward pass of one block keeps. */
interface BlockSaved {
  norm1: Saved
  qkv: Saved
  attention: Saved
  projection: Saved
  norm2: Saved
  expand: Saved
  contract: Saved
}

export interface GptForward {
  /** [N, D], after the last norm: what the head multiplies with wte. */
  hidden: Tensor
  embedding: Saved
  blocks: BlockSaved[]
  norm: Saved
}

/**
 * ids [B, T] int32 -> hidden states [N, D]. T must not exceed the model's context length.
 *
 * @param packing where rows hold several sequences; each gets the hidden states that it would have alone
 */
export function gptForward(
  operations: Operations,
  config: GptConfig,
  weights: Weights,
  ids: Tensor,
  packing?: Packing,
): GptForward {
  const [rows, length] = ids.shape as [number, number]
  const weight = (name: string) => weights.get(`transformer.${name}`)!
  const norm = (x: Tensor, name: string) =>
    operations.layerNorm.forward(x, weight(`${name}.weight`), weight(`${name}.bias`))
  const dense = (x: Tensor, name: string, options = {}) =>
    operations.linear.forward(x, weight(`${name}.weight`), weight(`${name}.bias`), options)

  const embedded = operations.embedding.forward(
    ids,
    weight('wte.weight'),
    weight('wpe.weight'),
    packing?.positions,
  )
  let stream = embedded.output // [N, D]
  const blocks: BlockSaved[] = []
  for (let layer = 0; layer < config.layers; layer++) {
    const norm1 = norm(stream, `h.${layer}.ln_1`)
    const qkv = dense(norm1.output, `h.${layer}.attn.c_attn`) // [N, 3D]
    const shape = { rows, length, heads: config.heads }
    const attention: Forward = operations.attention.forward(qkv.output, shape, packing?.segments)
    const projection = dense(attention.output, `h.${layer}.attn.c_proj`, { residual: stream })
    const norm2 = norm(projection.output, `h.${layer}.ln_2`)
    const expand = dense(norm2.output, `h.${layer}.mlp.c_fc`, { gelu: true }) // [N, 4D]
    const contract = dense(expand.output, `h.${layer}.mlp.c_proj`, { residual: projection.output })
    stream = contract.output
    blocks.push({
      norm1: norm1.saved,
      qkv: qkv.saved,
      attention: attention.saved,
      projection: projection.saved,
      norm2: norm2.saved,
      expand: expand.saved,
      contract: contract.saved,
    })
  }
  const last = norm(stream, 'ln_f')
  return { hidden: last.output, embedding: embedded.saved, blocks, norm: last.saved }
}

/**
 * ∂L/∂parameters from ∂L/∂hidden [N, D]. The head's own gradient of the tied table [V, D], if any, is added to that of
 * the embedding.
 */
export function gptBackward(
  operations: Operations,
  config: GptConfig,
  forward: GptForward,
  rows: number,
  dHidden: Tensor,
  dTable: Tensor | null,
): Weights {
  const gradients: Weights = new Map()
  const length = dHidden.shape[0]! / rows
  const keep = (name: string, gradient: Tensor) => gradients.set(`transformer.${name}`, gradient)
  const norm = (saved: Saved, dOutput: Tensor, name: string) => {
    const { x, gain, bias } = operations.layerNorm.backward(saved, dOutput)
    keep(`${name}.weight`, gain)
    keep(`${name}.bias`, bias)
    return x
  }
  const dense = (saved: Saved, dOutput: Tensor, name: string) => {
    const { x, weight, bias } = operations.linear.backward(saved, dOutput)
    keep(`${name}.weight`, weight)
    keep(`${name}.bias`, bias)
    return x
  }

  let dStream = norm(forward.norm, dHidden, 'ln_f')
  for (let layer = config.layers - 1; layer >= 0; layer--) {
    const block = forward.blocks[layer]!
    const dExpanded = dense(block.contract, dStream, `h.${layer}.mlp.c_proj`)
    const dNorm2 = dense(block.expand, dExpanded, `h.${layer}.mlp.c_fc`)
    dStream = tf.add(dStream, norm(block.norm2, dNorm2, `h.${layer}.ln_2`))
    const dMixed = dense(block.projection, dStream, `h.${layer}.attn.c_proj`)
    const { qkv } = operations.attention.backward(block.attention, dMixed, {
      rows,
      length,
      heads: config.heads,
    })
    const dNorm1 = dense(block.qkv, qkv, `h.${layer}.attn.c_attn`)
    dStream = tf.add(dStream, norm(block.norm1, dNorm1, `h.${layer}.ln_1`))
  }
  const { tokens, positions } = operations.embedding.backward(forward.embedding, dStream)
  keep('wte.weight', dTable ? tf.add(tokens, dTable) : tokens)
  keep('wpe.weight', positions)
  return gradients
}
