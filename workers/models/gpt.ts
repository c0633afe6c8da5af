/**
 * GPT-2: pre-norm blocks, learned positions, tanh GELU, tied head (Radford et al. 2019). Written once, forward and
 * backward, against the operations of `kernels/`; which implementation runs is not known here.
 *
 * B rows, T positions, N = B·T, D width, L layers, V vocabulary. Call inside a scope.
 */
import type {
  Forward,
  Gradients,
  KeyValueCache,
  LinearInput,
  LinearOptions,
  Operations,
  Rows,
  Values,
  Weights,
} from '../kernels/operations.ts'
import type { GptConfig } from './parameters.ts'

/** The token embedding [V, D], which is the head as well. */
export const TABLE = 'transformer.wte.weight'
const POSITIONS = 'transformer.wpe.weight'

/** Keys and values of what was read of several texts, in every layer. */
export interface GptCache {
  readonly layers: readonly KeyValueCache[]
  /** Positions of each text at most. */
  readonly capacity: number
  dispose(): void
}

/** @param rows texts that it has room for */
export function gptCache(
  operations: Operations,
  { layers: count, width }: GptConfig,
  rows: number,
  capacity: number,
): GptCache {
  const layers = Array.from({ length: count }, () => operations.attention.cache(rows, capacity, width))
  return {
    layers,
    capacity,
    dispose() {
      for (const layer of layers) layer.dispose()
    },
  }
}

/** What was read before the rows of a pass; `lengths` and `places` as `attention.cached` takes them. */
export interface ReadBefore {
  cache: GptCache
  lengths: Int32Array
  places: Int32Array
}

/**
 * rows -> hidden states [N, D] after the last norm: what the head multiplies with wte. Nothing is kept for a backward
 * pass.
 *
 * @param before where the rows continue texts in a cache, which has them as well afterwards
 */
export function gptForward(
  operations: Operations,
  config: GptConfig,
  weights: Weights,
  rows: Rows,
  before?: ReadBefore,
): Values {
  return operations.scope(() => {
    let stream = embed(operations, weights, rows)
    for (let layer = 0; layer < config.layers; layer++) {
      const output = new Block(operations, config, weights, rows, layer, before).output(stream)
      operations.free(stream)
      stream = output
    }
    return norm(operations, weights, stream, LAST_NORM).output
  })
}

/** What is computed at the hidden states. */
export interface AtHidden<T> {
  /** ∂L/∂hidden [N, D] */
  gradient: Values
  /** Anything else that is to outlive the pass. */
  kept: T
}

/**
 * A forward pass, and the backward pass of what is computed at its end: adds ∂L/∂parameters to `gradients`. Each block
 * is a scope of its own around all that comes after it, so that what it keeps is there until its backward is done and no
 * longer.
 *
 * @param head from the hidden states [N, D] to their gradient; it adds its own part of the tied table's itself
 * @param recompute keeps of each block its input alone and runs it anew on the way back: less memory, a third more work
 *   (Chen et al. 2016, arXiv 1604.06174)
 * @returns what `head` wants kept
 */
export function gptGradient<T>(
  operations: Operations,
  config: GptConfig,
  weights: Weights,
  rows: Rows,
  gradients: Gradients,
  head: (hidden: Values) => AtHidden<T>,
  recompute = false,
): T {
  /** From the input of a layer, or of what comes after the last, to the gradient of that input. */
  const from = (layer: number, input: Values): AtHidden<T> =>
    operations.scope(() => {
      if (layer === config.layers) {
        const last = norm(operations, weights, input, LAST_NORM)
        const { gradient, kept } = head(last.output)
        const into = normGradients(gradients, LAST_NORM)
        return { gradient: operations.layerNorm.backward(last.saved, gradient, into), kept }
      }
      const block = new Block(operations, config, weights, rows, layer)
      const { output, saved } = recompute
        ? { output: block.output(input), saved: null }
        : block.forward(input)
      const { gradient, kept } = from(layer + 1, output)
      operations.free(output)
      return { gradient: block.backward(saved ?? block.again(input), gradient, gradients), kept }
    })

  return operations.scope(() => {
    const { gradient, kept } = from(0, embed(operations, weights, rows))
    operations.embedding.backward(rows, gradient, {
      tokens: gradients.get(TABLE)!,
      positions: gradients.get(POSITIONS)!,
    })
    return kept
  })
}

const LAST_NORM = 'transformer.ln_f'

function embed(operations: Operations, weights: Weights, rows: Rows): Values {
  return operations.embedding.forward(rows, weights.get(TABLE)!, weights.get(POSITIONS)!)
}

function norm(operations: Operations, weights: Weights, x: Values, name: string): Forward {
  return operations.layerNorm.forward(x, weights.get(`${name}.weight`)!, weights.get(`${name}.bias`)!)
}

function normGradients(gradients: Gradients, name: string) {
  return { gain: gradients.get(`${name}.weight`)!, bias: gradients.get(`${name}.bias`)! }
}

/** What the first half of a block makes. */
interface Attended {
  norm: Forward
  /** [N, 3D] */
  qkv: Values
  attention: Forward
  /** [N, D]: the stream between the halves. */
  middle: Values
}

/** What the second half makes before it is back at the width of the stream. */
interface Expanded {
  norm: Forward
  /** [N, 4D], before GELU. */
  affine: Values
  /** [N, 4D], after it. */
  activated: Values
}

/** What backward needs; of the expansion not what GELU made, which is applied anew. */
interface BlockSaved {
  first: Attended
  second: Omit<Expanded, 'activated'>
}

/** One layer: attention, then a perceptron, each added to the stream. */
class Block {
  constructor(
    private readonly operations: Operations,
    private readonly config: GptConfig,
    private readonly weights: Weights,
    private readonly rows: Rows,
    private readonly layer: number,
    private readonly before?: ReadBefore,
  ) {}

  /** [N, D] -> [N, D]; nothing is kept. */
  output(input: Values): Values {
    const { operations } = this
    const middle = operations.scope(() => this.attend(input).middle)
    const output = operations.scope(() => this.contract(this.expand(middle), middle))
    operations.free(middle)
    return output
  }

  /** The same, with what backward needs. */
  forward(input: Values): { output: Values; saved: BlockSaved } {
    const first = this.attend(input)
    const { activated, ...second } = this.expand(first.middle)
    const output = this.contract({ ...second, activated }, first.middle)
    this.operations.free(activated)
    return { output, saved: { first, second } }
  }

  /** What backward needs, without the output. */
  again(input: Values): BlockSaved {
    const first = this.attend(input)
    const { activated, ...second } = this.expand(first.middle)
    this.operations.free(activated)
    return { first, second }
  }

  private attend(input: Values): Attended {
    const { operations } = this
    const before = norm(operations, this.weights, input, this.name('ln_1'))
    const qkv = this.linear(before.output, 'attn.c_attn').output
    const attention = this.mix(qkv)
    const middle = this.linear(attention.output, 'attn.c_proj', { residual: input }).output
    return { norm: before, qkv, attention, middle }
  }

  /** [N, 3D] -> [N, D] */
  private mix(qkv: Values): Forward {
    const { operations, rows, before } = this
    const { heads } = this.config
    if (!before) return operations.attention.forward(qkv, rows, { heads })
    const { cache, lengths, places } = before
    const known = cache.layers[this.layer]!
    return {
      output: operations.attention.cached(qkv, known, rows, { heads }, lengths, places),
      saved: [],
    }
  }

  private expand(middle: Values): Expanded {
    const before = norm(this.operations, this.weights, middle, this.name('ln_2'))
    const { output, affine } = this.linear(before.output, 'mlp.c_fc', { gelu: true })
    return { norm: before, affine: affine!, activated: output }
  }

  private contract({ activated }: Expanded, middle: Values): Values {
    return this.linear(activated, 'mlp.c_proj', { residual: middle }).output
  }

  /** ∂L/∂output [N, D] -> ∂L/∂input [N, D]; what is wide is freed as soon as it has been used. */
  backward({ first, second }: BlockSaved, dOutput: Values, gradients: Gradients): Values {
    const { operations, rows, config } = this
    const linear = (x: Values, part: string, dOut: Values, input?: LinearInput) => {
      const name = this.name(part)
      const into = { weight: gradients.get(`${name}.weight`)!, bias: gradients.get(`${name}.bias`)! }
      return operations.linear.backward(x, this.weights.get(`${name}.weight`)!, dOut, into, input).x
    }
    const norm = ({ saved }: Forward, part: string, dOut: Values, added: Values) =>
      operations.layerNorm.backward(saved, dOut, normGradients(gradients, this.name(part)), added)

    const dAffine = linear(second.affine, 'mlp.c_proj', dOutput, { gelu: true })
    operations.free(second.affine)
    const dNorm2 = linear(second.norm.output, 'mlp.c_fc', dAffine)
    operations.free(dAffine)
    const dMiddle = norm(second.norm, 'ln_2', dNorm2, dOutput)
    const dMixed = linear(first.attention.output, 'attn.c_proj', dMiddle)
    const { heads } = config
    const dQkv = operations.attention.backward(first.attention.saved, dMixed, rows, { heads })
    const dNorm1 = linear(first.norm.output, 'attn.c_attn', dQkv)
    return norm(first.norm, 'ln_1', dNorm1, dMiddle)
  }

  private linear(x: Values, part: string, options: LinearOptions = {}) {
    const name = this.name(part)
    const [weight, bias] = [this.weights.get(`${name}.weight`)!, this.weights.get(`${name}.bias`)!]
    return this.operations.linear.forward(x, weight, bias, options)
  }

  private name(part: string): string {
    return `transformer.h.${this.layer}.${part}`
  }
}
