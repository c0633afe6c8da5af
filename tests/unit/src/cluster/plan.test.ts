import { describe, expect, it } from 'vitest'
import { chosenOf, FIRST_MACHINES, sizesOf } from '../../../../src/cluster/plan.ts'
import { fits, memoryPerGpu } from '../../../../workers/cluster/estimate.ts'
import { parseRecipe, type RecipeInput } from '../../../../workers/recipe.ts'

const TEACHER = {
  name: 't',
  parameters: 5000,
  layers: 1,
  width: 8,
  heads: 2,
  contextLength: 64,
  vocabularySize: 302,
}
const sizes = (recipe: RecipeInput) => sizesOf(parseRecipe(recipe), null, [TEACHER])
const TAUGHT: RecipeInput = { teacher: { kind: 'model', source: 't' }, tokenizer: { kind: 'teacher' } }

describe('the sizes of students that are looked at', () => {
  it('are the recipe’s own and published ones, under the same recipe', () => {
    const [own, ...others] = sizes({ student: { layers: 3, width: 64, heads: 2 }, steps: 7, recompute: true })
    expect(own).toEqual({
      name: 'This recipe’s',
      work: {
        layers: 3,
        width: 64,
        vocabularySize: 1024,
        contextLength: 256,
        steps: 7,
        batchRows: 8,
        accumulate: 1,
        recompute: true,
        teacherParameters: 0,
      },
    })
    expect(others.map(({ name }) => name)).toEqual([
      '124M, as GPT-2',
      '350M, as GPT-2 medium',
      '1.3B, as GPT-3 XL',
      '7B, as GPT-3 6.7B',
    ])
    for (const { work } of others) {
      expect(work).toMatchObject({ steps: 7, recompute: true, vocabularySize: 50_257 })
    }
  })

  it('count a teacher that runs beside the student, and no other', () => {
    expect(sizes(TAUGHT)[0]!.work).toMatchObject({ teacherParameters: 5000, vocabularySize: 302 })
    const ahead = sizes({ ...TAUGHT, tokenizer: { kind: 'train-bpe' } })
    expect(ahead[0]!.work.teacherParameters).toBe(0)
  })
})

describe('the machines that are chosen', () => {
  const [own, ...others] = sizes({})
  const largest = others.at(-1)!

  it('share the student out only where it does not fit as a whole, and there is more than one GPU', () => {
    expect(chosenOf(FIRST_MACHINES, own!.work)).toMatchObject({
      gpus: 16,
      share: 0.4,
      plan: { machines: 2, gpus: 8, host: 'node-1', shard: false },
    })
    const chosen = chosenOf(FIRST_MACHINES, largest.work)
    expect(chosen.plan.shard).toBe(true)
    expect(fits(memoryPerGpu(largest.work, 16, true), chosen.gpu)).toBe(true)
    expect(chosenOf({ ...FIRST_MACHINES, gpus: 1, machines: 1 }, largest.work).plan.shard).toBe(false)
  })

  it('are never fewer than one, nor nameless, whatever is being typed', () => {
    const odd = { ...FIRST_MACHINES, gpus: '', machines: -3, host: '  ', share: '' }
    expect(chosenOf(odd, own!.work)).toMatchObject({
      gpus: 1,
      share: 0.01,
      plan: { machines: 1, gpus: 1, host: 'node-1' },
    })
    expect(chosenOf({ ...FIRST_MACHINES, gpus: 1e9, share: 400 }, own!.work)).toMatchObject({
      share: 1,
      plan: { gpus: 64 },
    })
  })
})
