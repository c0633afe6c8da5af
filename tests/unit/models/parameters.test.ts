import { describe, expect, it } from 'vitest'
import {
  type GptConfig,
  gptParameters,
  initialParameters,
  parameterCount,
} from '../../../workers/models/parameters.ts'

const GPT2: GptConfig = { vocabularySize: 50257, contextLength: 1024, layers: 12, width: 768, heads: 12 }
const SMALL: GptConfig = { vocabularySize: 300, contextLength: 64, layers: 2, width: 32, heads: 4 }

describe('the parameters of a GPT', () => {
  it('are 124,439,808 for GPT-2 small, as published', () => {
    expect(parameterCount(gptParameters(GPT2))).toBe(124_439_808)
  })

  it('cover their vector without gap or overlap', () => {
    for (const config of [SMALL, GPT2]) {
      let offset = 0
      for (const spec of gptParameters(config)) {
        expect(spec.offset).toBe(offset)
        expect(spec.size).toBe(spec.shape.reduce((product, side) => product * side, 1))
        offset += spec.size
      }
      expect(offset).toBe(parameterCount(gptParameters(config)))
    }
  })

  it('have the names and shapes of Hugging Face’s GPT-2', () => {
    const shapes = new Map(gptParameters(GPT2).map(({ name, shape }) => [name, shape]))
    expect(shapes.size).toBe(12 * 12 + 4)
    expect(shapes.get('transformer.wte.weight')).toEqual([50257, 768])
    expect(shapes.get('transformer.wpe.weight')).toEqual([1024, 768])
    expect(shapes.get('transformer.h.11.attn.c_attn.weight')).toEqual([768, 2304])
    expect(shapes.get('transformer.h.11.attn.c_attn.bias')).toEqual([2304])
    expect(shapes.get('transformer.h.0.mlp.c_proj.weight')).toEqual([3072, 768])
    expect(shapes.get('transformer.ln_f.bias')).toEqual([768])
  })

  it('decay in the matrices of the blocks and nowhere else', () => {
    const specs = gptParameters(SMALL)
    const decaying = specs.filter(({ decays }) => decays).map(({ name }) => name)
    expect(decaying).toEqual(
      [0, 1].flatMap((layer) =>
        ['attn.c_attn', 'attn.c_proj', 'mlp.c_fc', 'mlp.c_proj'].map(
          (part) => `transformer.h.${layer}.${part}.weight`,
        ),
      ),
    )
  })

  it('begin with GPT-2’s deviations, gains of one and biases of zero', () => {
    const specs = gptParameters(SMALL)
    const flat = initialParameters(specs, 11)
    for (const { name, shape, offset, size } of specs) {
      const values = flat.subarray(offset, offset + size)
      if (shape.length === 1) {
        const constant = /ln_.*\.weight$/.test(name) ? 1 : 0
        expect(values.every((value) => value === constant)).toBe(true)
        continue
      }
      const mean = values.reduce((sum, value) => sum + value, 0) / size
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size)
      const expected = name.endsWith('c_proj.weight') ? 0.02 / Math.sqrt(2 * SMALL.layers) : 0.02
      // Standard errors: σ/√n of the mean, σ/√2n of the deviation; five of each.
      expect(Math.abs(mean)).toBeLessThan((5 * expected) / Math.sqrt(size))
      expect(Math.abs(deviation - expected)).toBeLessThan((5 * expected) / Math.sqrt(2 * size))
    }
  })

  it('begin the same for the same seed, otherwise for another, and a tensor is not moved by its neighbours', () => {
    const specs = gptParameters(SMALL)
    const one = initialParameters(specs, 3)
    expect(initialParameters(specs, 3)).toEqual(one)
    expect(initialParameters(specs, 4)).not.toEqual(one)
    const larger = gptParameters({ ...SMALL, vocabularySize: 301 })
    const other = initialParameters(larger, 3)
    const valuesOf = (flat: Float32Array, list: typeof specs, name: string) => {
      const { offset, size } = list.find((spec) => spec.name === name)!
      return flat.slice(offset, offset + size)
    }
    const name = 'transformer.h.1.mlp.c_fc.weight'
    expect(valuesOf(other, larger, name)).toEqual(valuesOf(one, specs, name))
    expect(valuesOf(one, specs, 'transformer.h.0.mlp.c_fc.weight')).not.toEqual(valuesOf(one, specs, name))
  })
})
