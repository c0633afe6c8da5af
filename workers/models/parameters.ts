import { LabError } from '../errors.ts'
import type { Parameter } from '../kernels/operations.ts'
import { Random } from '../random.ts'

/** The shape of a GPT; names as in the recipe, sizes as in Hugging Face's GPT2Config. */
export interface GptConfig {
  vocabularySize: number
  /** Positions it has learned embeddings for. */
  contextLength: number
  layers: number
  width: number
  heads: number
}

/** A parameter and what it holds at the start. Matrices decay; norms, biases and embeddings do not. */
export interface ParameterSpec extends Parameter {
  /** Standard deviation of the initial values; 0 stands for a constant. */
  deviation: number
  constant: number
}

/**
 * The parameters of a GPT in their fixed order. Initialisation is GPT-2's: normal with deviation 0.02, the projections
 * into the residual stream scaled by 1/√(2L).
 */
export function gptParameters(config: GptConfig): ParameterSpec[] {
  const { vocabularySize: V, contextLength: T, layers: L, width: D } = config
  const specs: ParameterSpec[] = []
  let offset = 0
  const add = (name: string, shape: number[], deviation: number, constant = 0) => {
    const size = shape.reduce((product, side) => product * side, 1)
    const decays = shape.length === 2 && !name.includes('.wte.') && !name.includes('.wpe.')
    specs.push({ name, shape, offset, size, decays, deviation, constant })
    offset += size
  }
  const norm = (name: string) => {
    add(`${name}.weight`, [D], 0, 1)
    add(`${name}.bias`, [D], 0)
  }
  const dense = (name: string, from: number, to: number, deviation: number) => {
    add(`${name}.weight`, [from, to], deviation)
    add(`${name}.bias`, [to], 0)
  }
  add('transformer.wte.weight', [V, D], 0.02)
  add('transformer.wpe.weight', [T, D], 0.02)
  for (let layer = 0; layer < L; layer++) {
    const block = `transformer.h.${layer}`
    norm(`${block}.ln_1`)
    dense(`${block}.attn.c_attn`, D, 3 * D, 0.02)
    dense(`${block}.attn.c_proj`, D, D, 0.02 / Math.sqrt(2 * L))
    norm(`${block}.ln_2`)
    dense(`${block}.mlp.c_fc`, D, 4 * D, 0.02)
    dense(`${block}.mlp.c_proj`, 4 * D, D, 0.02 / Math.sqrt(2 * L))
  }
  norm('transformer.ln_f')
  return specs
}

/** The number of values in a model with these parameters. */
export function parameterCount(specs: readonly ParameterSpec[]): number {
  const last = specs.at(-1)
  return last ? last.offset + last.size : 0
}

/** Initial values, the same on every machine for the same seed; each tensor draws from a generator of its own. */
export function initialParameters(specs: readonly ParameterSpec[], seed: number): Float32Array {
  const flat = new Float32Array(parameterCount(specs))
  for (const { name, offset, size, deviation, constant } of specs) {
    if (deviation === 0) {
      flat.fill(constant, offset, offset + size)
      continue
    }
    const random = new Random(seed).fork(name)
    for (let i = 0; i < size; i++) flat[offset + i] = deviation * random.normal()
  }
  return flat
}

/**
 * Named tensors as one flat vector in the parameters' order.
 *
 * @throws LabError `invalid-student` for a tensor that is missing, of another shape or not finite, by name
 */
export function flattenTensors(
  tensors: ReadonlyMap<string, { shape: number[]; data: Float32Array }>,
  specs: readonly ParameterSpec[],
  where: string,
): Float32Array {
  // Checked before anything is allocated: once all shapes are those of the file, so is the sum of their sizes.
  const found = specs.map(({ name, shape }) => {
    // Some exports of GPT-2 leave the prefix out.
    const tensor = tensors.get(name) ?? tensors.get(name.replace(/^transformer\./, ''))
    if (!tensor)
      throw new LabError('invalid-student', `${where}: tensor "${name}" is missing; is this a GPT-2 folder?`)
    if (tensor.shape.join() !== shape.join()) {
      throw new LabError(
        'invalid-student',
        `${where}: tensor "${name}" has shape [${tensor.shape}] where config.json implies [${shape}].`,
      )
    }
    if (!tensor.data.every(Number.isFinite)) {
      throw new LabError(
        'invalid-student',
        `${where}: tensor "${name}" holds values that are not finite numbers.`,
      )
    }
    return tensor
  })
  const flat = new Float32Array(parameterCount(specs))
  for (const [i, { offset }] of specs.entries()) flat.set(found[i]!.data, offset)
  return flat
}
