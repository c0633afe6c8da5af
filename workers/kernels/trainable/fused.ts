import { BETA_1, BETA_2 } from '../constants.ts'
import { ALIGNMENT, countOf, type GpuArray } from '../gpu/array.ts'
import { GpuGradient } from '../gpu/gradient.ts'
import type { Runner } from '../gpu/runner.ts'
import type {
  AdamWOptions,
  Frozen,
  Gradients,
  Operations,
  Parameter,
  Trainable,
  TrainableValues,
  Values,
  Weights,
} from '../operations.ts'
import { adamw, cut, type Piece } from './adamw.ts'
import { toHalf } from './half.ts'
import { type Layout, layOut, Slab } from './slab.ts'

/** Parameters, gradients and moments in a slab each, so that the optimiser goes through all of a model at once. */
class FusedTrainable implements Trainable {
  readonly gradients: Gradients
  private readonly parameters: Weights
  private readonly own: readonly GpuGradient[]
  private readonly pieces: readonly Piece[]
  private readonly numbers: GpuArray

  constructor(
    private readonly runner: Runner,
    private readonly described: readonly Parameter[],
    private readonly layout: Layout,
    private readonly slabs: Record<'parameters' | 'gradient' | 'firstMoment' | 'secondMoment', Slab>,
  ) {
    this.parameters = new Map(described.map(({ name }, i) => [name, slabs.parameters.views[i]!]))
    this.own = slabs.gradient.views.map((array) => new GpuGradient(array))
    this.gradients = new Map(described.map(({ name }, i) => [name, this.own[i]!]))
    this.numbers = runner.keep(runner.array([4]))
    this.pieces = this.decays().flatMap((decays, block) =>
      cut(runner, {
        parameters: slabs.parameters.blocks[block]!,
        gradient: slabs.gradient.blocks[block]!,
        firstMoment: slabs.firstMoment.blocks[block]!,
        secondMoment: slabs.secondMoment.blocks[block]!,
        decays,
      }),
    )
  }

  /** For each block, a bit for each ALIGNMENT of bytes. */
  private decays(): GpuArray[] {
    const bits = this.layout.blocks.map((bytes) => new Int32Array(Math.ceil(bytes / ALIGNMENT / 32)))
    for (const [i, { block, byteOffset, shape }] of this.layout.arrays.entries()) {
      if (!this.described[i]!.decays) continue
      const first = byteOffset / ALIGNMENT
      const end = first + Math.ceil((4 * countOf(shape)) / ALIGNMENT)
      for (let bit = first; bit < end; bit++) bits[block]![bit >> 5]! |= 1 << (bit & 31)
    }
    return bits.map((values) => this.runner.keep(this.runner.upload(values, [values.length])))
  }

  weights(): Weights {
    return this.parameters
  }

  update({ step, learningRate, weightDecay, clipNorm }: AdamWOptions): Values {
    this.slabs.gradient.clear([...this.own.keys()].filter((i) => !this.own[i]!.written))
    this.runner.write(
      this.numbers,
      Float32Array.of(
        learningRate / (1 - BETA_1 ** step),
        1 - BETA_2 ** step,
        1 - learningRate * weightDecay,
        clipNorm,
      ),
    )
    for (const gradient of this.own) gradient.written = false
    return adamw(this.runner, this.pieces, this.numbers)
  }

  async read(): Promise<TrainableValues> {
    const { parameters, firstMoment, secondMoment } = this.slabs
    const [p, m, v] = await this.flat([parameters, firstMoment, secondMoment])
    return { parameters: p!, firstMoment: m!, secondMoment: v! }
  }

  async readGradient(): Promise<Float32Array> {
    const written = this.own.map((gradient) => gradient.written)
    const [gradient] = await this.flat([this.slabs.gradient])
    for (const [i, { offset, size }] of this.described.entries()) {
      if (!written[i]) gradient!.fill(0, offset, offset + size)
    }
    return gradient!
  }

  /** What slabs hold, in the order of files. */
  private async flat(slabs: Slab[]): Promise<Float32Array[]> {
    const total = this.described.reduce((sum, { size }) => sum + size, 0)
    const results = slabs.map(() => new Float32Array(total))
    await Slab.read(slabs, (slab, block, at, values) => {
      for (const [i, place] of this.layout.arrays.entries()) {
        if (place.block !== block) continue
        const { offset, size } = this.described[i]!
        const begins = place.byteOffset / 4 - at
        const from = Math.max(0, begins)
        const to = Math.min(values.length, begins + size)
        if (from < to) results[slab]!.set(values.subarray(from, to), offset + from - begins)
      }
    })
    return results
  }

  dispose(): void {
    for (const slab of Object.values(this.slabs)) slab.dispose()
    this.runner.free(this.numbers, ...this.pieces.map(({ decays }) => decays))
  }
}

/** Sees to it that values are there for each parameter. */
function check(values: Float32Array, parameters: readonly Parameter[]): void {
  const needed = parameters.reduce((most, { offset, size }) => Math.max(most, offset + size), 0)
  if (values.length < needed) {
    throw new RangeError(`a model of ${needed} parameters was given ${values.length} values`)
  }
}

export function fusedTrainable(runner: Runner): Operations['trainable'] {
  return (parameters, initial) => {
    const values: Partial<TrainableValues> = runner.dry ? {} : initial()
    for (const given of Object.values(values)) check(given, parameters)
    const layout = layOut(
      parameters.map(({ shape }) => ({ shape, type: 'float32' })),
      runner.limits.blockBytes,
    )
    const [own, gradient, firstMoment, secondMoment] = Slab.make(runner, layout, 4) as [
      Slab,
      Slab,
      Slab,
      Slab,
    ]
    const slabs = { parameters: own, gradient, firstMoment, secondMoment }
    for (const role of ['parameters', 'firstMoment', 'secondMoment'] as const) {
      const given = values[role]
      if (!given) continue
      for (const [i, { offset, size }] of parameters.entries()) {
        runner.write(slabs[role].views[i]!, given.subarray(offset, offset + size))
      }
    }
    return new FusedTrainable(runner, parameters, layout, slabs)
  }
}

export function fusedFrozen(runner: Runner): Operations['frozen'] {
  return (parameters, values, half = false): Frozen => {
    const given = runner.dry ? null : values()
    if (given) check(given, parameters)
    const layout = layOut(
      parameters.map(({ shape }) => ({
        shape,
        // A row must begin with a whole u32.
        type: half && shape.length === 2 && shape[1]! % 2 === 0 ? 'float16' : 'float32',
      })),
      runner.limits.blockBytes,
    )
    const [slab] = Slab.make(runner, layout, 1) as [Slab]
    for (const [i, { offset, size }] of parameters.entries()) {
      if (!given) break
      const own = given.subarray(offset, offset + size)
      runner.write(slab.views[i]!, layout.arrays[i]!.type === 'float16' ? toHalf(own) : own)
    }
    return {
      weights: new Map(parameters.map(({ name }, i) => [name, slab.views[i]!])),
      dispose: () => slab.dispose(),
    }
  }
}
