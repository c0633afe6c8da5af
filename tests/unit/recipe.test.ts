import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LabError } from '../../workers/errors.ts'
import { ARM_SWITCHES, ARMS, NORMALISERS, parseRecipe, recipeIssues } from '../../workers/recipe.ts'

/** The recipe that the design prints: every key, each at its default. */
const PRINTED = {
  version: 1,
  seed: 1,
  steps: 400,
  batchRows: 8,
  evaluateEvery: 50,
  reading: { toolCalls: 'json', mappings: [] },
  data: { contextLength: 256, heldOut: 0.1 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 1024 },
  student: { kind: 'gpt', layers: 2, width: 64, heads: 4 },
  teacher: { kind: 'text' },
  objective: {
    arm: 'sad',
    divergence: 'forward-kl',
    temperature: 1,
    lambda: { reason: 1, act: 1, observation: 0 },
    normaliser: 'span-mean',
  },
  curriculum: { order: 'easy-first', alpha: 1, beta: 1, gamma: 1, pacing: 'linear' },
  optimiser: {
    kind: 'adamw',
    learningRate: 0.001,
    weightDecay: 0.01,
    clipNorm: 1,
    warmupSteps: 20,
    schedule: 'cosine',
  },
}

function refusal(input: unknown): string {
  try {
    parseRecipe(input, 'recipe.json')
  } catch (error) {
    expect(error).toBeInstanceOf(LabError)
    expect((error as LabError).code).toBe('invalid-recipe')
    return (error as LabError).message
  }
  throw new Error('the recipe was taken')
}

/** The printed recipe with one value, at a dotted key, replaced; undefined takes the key out. */
function printedWith(path: string, value: unknown): unknown {
  const recipe = structuredClone(PRINTED) as Record<string, unknown>
  const keys = path.split('.')
  const last = keys.pop()!
  const parent = keys.reduce((at, key) => at[key] as Record<string, unknown>, recipe)
  if (value === undefined) delete parent[last]
  else parent[last] = value
  return recipe
}

/** Every dotted key of the printed recipe that holds a plain value. */
function leaves(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, child]) =>
    typeof child === 'object' ? leaves(child, `${prefix}${key}.`) : [`${prefix}${key}`],
  )
}

describe('a recipe', () => {
  it('that says nothing is the one that the design prints', () => {
    expect(parseRecipe({})).toEqual(PRINTED)
  })

  it('that says everything is taken as it stands', () => {
    expect(parseRecipe(PRINTED)).toEqual(PRINTED)
    expect(recipeIssues(PRINTED)).toEqual([])
  })

  it('survives being written and read again', () => {
    const recipe = parseRecipe({ objective: { arm: 'token-kd' }, curriculum: { pacing: 'root' } })
    expect(parseRecipe(JSON.parse(JSON.stringify(recipe)))).toEqual(recipe)
  })

  it.each(leaves(PRINTED).filter((path) => path !== 'tokenizer.kind' && path !== 'teacher.kind'))(
    'without %s takes the default for it',
    (path) => {
      expect(parseRecipe(printedWith(path, undefined))).toEqual(PRINTED)
    },
  )

  it.each(['data', 'tokenizer', 'student', 'teacher', 'objective', 'curriculum', 'optimiser'])(
    'without %s takes the defaults for all of it',
    (section) => {
      expect(parseRecipe(printedWith(section, undefined))).toEqual(PRINTED)
    },
  )

  it('does not change what it was made from', () => {
    const input = Object.freeze({ objective: Object.freeze({ arm: 'imitation' as const }) })
    expect(parseRecipe(input).objective.divergence).toBe('cross-entropy')
  })
})

describe('the arms', () => {
  const expected = {
    sad: ['forward-kl', 1, 1, 0, 'span-mean', 'easy-first'],
    'sad-hard': ['cross-entropy', 1, 1, 0, 'span-mean', 'easy-first'],
    'token-kd': ['forward-kl', 1, 1, 1, 'token-mean', 'shuffled'],
    imitation: ['cross-entropy', 1, 1, 0, 'token-mean', 'shuffled'],
  }
  it.each(ARMS)('set every switch: %s', (arm) => {
    const { objective, curriculum } = parseRecipe({ objective: { arm } })
    const { reason, act, observation } = objective.lambda
    expect([objective.divergence, reason, act, observation, objective.normaliser, curriculum.order]).toEqual(
      expected[arm],
    )
  })

  it('give way to a switch that the recipe sets itself, which moves no other', () => {
    for (const arm of ARMS) {
      const { order, ...switches } = ARM_SWITCHES[arm]
      const set = (objective: object, curriculum: object = {}) =>
        parseRecipe({ objective: { arm, ...objective }, curriculum })
      for (const divergence of ['forward-kl', 'cross-entropy'] as const) {
        expect(set({ divergence }).objective).toMatchObject({ ...switches, divergence })
      }
      for (const normaliser of NORMALISERS) {
        expect(set({ normaliser }).objective).toMatchObject({ ...switches, normaliser })
      }
      expect(set({ lambda: { act: 0 } }).objective.lambda).toEqual({ ...switches.lambda, act: 0 })
      expect(set({ lambda: { observation: 0 } }).objective.lambda.observation).toBe(0)
      expect(set({}, { order: 'hard-first' }).curriculum.order).toBe('hard-first')
      expect(set({}).curriculum.order).toBe(order)
    }
  })
})

describe('a recipe with a fault', () => {
  const faults: [string, unknown, string][] = [
    ['an unknown key', { setps: 3 }, 'setps is an unknown key: remove it or correct its spelling'],
    [
      'an unknown key deep inside',
      { objective: { lambda: { obs: 1 } } },
      'objective.lambda.obs is an unknown key: remove it or correct its spelling',
    ],
    [
      'a key of another kind of tokenizer',
      { tokenizer: { kind: 'teacher', vocabularySize: 512 }, teacher: { kind: 'model', source: 'big' } },
      'tokenizer.vocabularySize is an unknown key: remove it or correct its spelling',
    ],
    ['a negative size', { student: { layers: -2 } }, 'student.layers must be at least 1 (it is -2)'],
    ['no steps', { steps: 0 }, 'steps must be at least 1 (it is 0)'],
    ['half a layer', { student: { layers: 1.5 } }, 'student.layers must be a whole number (it is 1.5)'],
    ['a size too large', { student: { layers: 97 } }, 'student.layers must be at most 96 (it is 97)'],
    [
      'a size beyond all numbers',
      { student: { layers: 1e300 } },
      'student.layers must be at most 96 (it is 1e+300)',
    ],
    ['a number as text', { steps: '400' }, 'steps must be a number (it is "400")'],
    [
      'not a number',
      { optimiser: { learningRate: Number.NaN } },
      'optimiser.learningRate must be a number (it is NaN)',
    ],
    [
      'an infinite weight',
      { curriculum: { alpha: Number.POSITIVE_INFINITY } },
      'curriculum.alpha must be a number (it is Infinity)',
    ],
    ['a null', { seed: null }, 'seed must be a number (it is null)'],
    ['a list for a section', { data: [] }, 'data must be a JSON object (it is a list)'],
    [
      'a learning rate of 0',
      { optimiser: { learningRate: 0 } },
      'optimiser.learningRate must be more than 0 (it is 0)',
    ],
    [
      'a negative weight',
      { objective: { lambda: { reason: -1 } } },
      'objective.lambda.reason must be at least 0 (it is -1)',
    ],
    [
      'an unknown arm',
      { objective: { arm: 'dpo' } },
      'objective.arm must be "sad", "sad-hard", "token-kd" or "imitation" (it is "dpo")',
    ],
    ['another version', { version: 2 }, 'version must be 1 (it is 2)'],
    [
      'an unknown kind of tokenizer',
      { tokenizer: { kind: 'words' } },
      'tokenizer.kind must be "train-bpe" or "teacher" (it is "words")',
    ],
    [
      'a tokenizer without a kind',
      { tokenizer: {} },
      'tokenizer.kind must be "train-bpe" or "teacher" (it is missing)',
    ],
    [
      'an unknown teacher',
      { teacher: { kind: 'oracle' } },
      'teacher.kind must be "text" or "model" (it is "oracle")',
    ],
    [
      'a nameless teacher',
      { teacher: { kind: 'model', source: '' }, tokenizer: { kind: 'teacher' } },
      'teacher.source must not be empty (it is "")',
    ],
    [
      'a teacher without a source',
      { teacher: { kind: 'model' }, tokenizer: { kind: 'teacher' } },
      'teacher.source must be text (it is missing)',
    ],
    [
      'heads that do not divide the width',
      { student: { width: 65, heads: 4 } },
      'student.width must be a multiple of student.heads (65 is no multiple of 4)',
    ],
    [
      'heads that do not divide the default width',
      { student: { heads: 5 } },
      'student.width must be a multiple of student.heads (64 is no multiple of 5)',
    ],
    [
      'two faults',
      { steps: -1, data: { heldOut: 2 } },
      'steps must be at least 1 (it is -1); data.heldOut must be at most 0.9 (it is 2)',
    ],
    [
      'a model teacher and a tokenizer of its own',
      { teacher: { kind: 'model', source: 'big' } },
      'tokenizer.kind must be "teacher" where teacher.kind is "model", since a model reads its own tokens',
    ],
    [
      'a text teacher and a teacher’s tokenizer',
      { tokenizer: { kind: 'teacher' } },
      'tokenizer.kind must be "train-bpe" where teacher.kind is "text", since a text brings no tokenizer',
    ],
    ['no object at all', 'sad', 'the whole recipe must be a JSON object (it is "sad")'],
    ['nothing', null, 'the whole recipe must be a JSON object (it is null)'],
    ['a list', [1], 'the whole recipe must be a JSON object (it is a list)'],
  ]
  it.each(faults)('is refused in a sentence that names the key: %s', (_, input, sentence) => {
    expect(refusal(input)).toBe(`recipe.json: ${sentence}.`)
  })

  it('has its issues listed key by key for the page', () => {
    expect(recipeIssues({ student: { layers: 0, widht: 3 }, steps: 1.5 })).toEqual([
      { path: 'steps', message: 'must be a whole number (it is 1.5)' },
      { path: 'student.layers', message: 'must be at least 1 (it is 0)' },
      { path: 'student.widht', message: 'is an unknown key: remove it or correct its spelling' },
    ])
  })

  it('lists what concerns two sections too, so that the page does not offer to start it', () => {
    expect(recipeIssues({ tokenizer: { kind: 'teacher' } })).toEqual([
      {
        path: 'tokenizer.kind',
        message: 'must be "train-bpe" where teacher.kind is "text", since a text brings no tokenizer',
      },
    ])
  })

  it('is told apart from a sound one the same way by both functions, and never ends in another error', () => {
    const paths = leaves(PRINTED)
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, Number.NaN, -1, 0, 0.5, 1e9, 'teacher'))
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom(...paths), fc.constant('objective')),
        value,
        (path, replacement) => {
          const input = printedWith(path, replacement)
          const issues = recipeIssues(input)
          if (issues.length > 0) {
            expect(refusal(input)).toMatch(/^recipe\.json: .*\.$/s)
            for (const issue of issues) expect(issue.message).not.toMatch(/undefined|\[object/)
          } else {
            expect(() => parseRecipe(input)).not.toThrow()
          }
        },
      ),
      { numRuns: 400 },
    )
  })
})
