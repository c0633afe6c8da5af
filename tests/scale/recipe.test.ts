import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { scaleRecipe } from '../../cli/scaleRecipe.ts'
import { DIVERGENCES } from '../../workers/kernels/operations.ts'
import { Random } from '../../workers/random.ts'
import { ARMS, NORMALISERS, ORDERS, parseRecipe, SPANS } from '../../workers/recipe.ts'
import { ask } from './ask.ts'
import { SCALE } from './python.ts'

test('scale/sad_scale/recipe.json is that of this lab; `npm run scale:recipe` writes it anew', () => {
  expect(readFileSync(join(SCALE, 'sad_scale/recipe.json'), 'utf8')).toBe(scaleRecipe())
})

const MODEL = { teacher: { kind: 'model', source: 'out' }, tokenizer: { kind: 'teacher' } }

const SOUND: [string, unknown][] = [
  ['an empty recipe', {}],
  ...ARMS.map((arm): [string, unknown] => [`arm ${arm}`, { ...MODEL, objective: { arm } }]),
  ...ORDERS.map((order): [string, unknown] => [`order ${order}`, { curriculum: { order } }]),
  ...NORMALISERS.map((normaliser): [string, unknown] => [
    `normaliser ${normaliser}`,
    { objective: { normaliser } },
  ]),
  ...SPANS.map((spans): [string, unknown] => [`spans ${spans}`, { objective: { spans } }]),
  ...DIVERGENCES.map((divergence): [string, unknown] => [
    `divergence ${divergence}`,
    { objective: { divergence } },
  ]),
  ['jsd with a β', { objective: { divergence: 'jsd', beta: 0.25 } }],
  ['skew-kl with an α', { objective: { divergence: 'skew-kl', alpha: 1e-7 } }],
  [
    'switches that win over the arm',
    { objective: { arm: 'sad-hard', divergence: 'jsd', lambda: { act: 2 } } },
  ],
  ['bounds', { seed: 4294967295, steps: 1_000_000, data: { contextLength: 16, heldOut: 0.9 } }],
  ['a captured teacher', { teacher: { kind: 'model', source: 'a', k: 65536, halfPrecision: true } }],
  ['a stored teacher', { teacher: { kind: 'stored', source: 'trajectories' } }],
  [
    'a stored teacher with its tokenizer',
    { teacher: { kind: 'stored', source: 'a' }, tokenizer: { kind: 'teacher' } },
  ],
  ['a temperature', { ...MODEL, objective: { temperature: 0.05, temperatureSquared: false } }],
  ['no learning', { optimiser: { clipNorm: 0, warmupSteps: 0, schedule: 'constant', weightDecay: 0 } }],
  ['weights', { objective: { weights: { trajectory: 'reward', stepDecay: 0.5 }, thoughtCap: 3 } }],
  [
    'mappings',
    {
      reading: {
        toolCalls: 'keywords',
        mappings: [
          {
            kind: 'fields',
            steps: '$.a[*]["b\\n.😀"][-1]',
            act: 'act',
            reason: '',
            order: 'observation-first',
          },
          { kind: 'markers', reason: ['Thought:', '😀'], otherLines: 'observation' },
        ],
      },
    },
  ],
  ['a world to act in', { evaluate: { rollouts: { environment: 'shop' } } }],
  ['accumulation', { batchRows: 12, accumulate: 3, recompute: true, evaluate: { cotSamples: 2 } }],
]

const WRONG: [string, unknown][] = [
  ['a list', []],
  ['null', null],
  ['a text', 'recipe'],
  ['a number', 7],
  ['unknown keys', { step: 3, data: { contextLenght: 4, 'a.b': 1 }, objective: { lambda: { other: 1 } } }],
  ['wrong types', { steps: '3', data: [], student: null, objective: { arm: 7 }, recompute: 0 }],
  ['too small', { steps: 0, batchRows: -2, data: { contextLength: 15 }, optimiser: { learningRate: 0 } }],
  ['too large', { steps: 1_000_001, data: { heldOut: 1 }, student: { layers: 97, width: 8193 } }],
  ['much too large', { seed: 1e300, steps: 2 ** 60, evaluateEvery: 2 ** 60, student: { heads: -(2 ** 60) } }],
  ['no whole number', { steps: 1.5, seed: -0.5, student: { width: 63.9 } }],
  ['truth for a number', { steps: true, version: true, recompute: 1 }],
  ['another version', { version: 2 }],
  [
    'names that there are none of',
    { objective: { arm: 'SAD', divergence: 'kl' }, curriculum: { order: '' } },
  ],
  ['a long name', { objective: { arm: 'x'.repeat(60), normaliser: `x${'😀'.repeat(60)}` } }],
  ['an unknown kind', { teacher: { kind: 'oracle' }, tokenizer: { kind: null } }],
  ['no kind', { teacher: { source: 'x' }, tokenizer: {} }],
  ['no source', { teacher: { kind: 'model' } }],
  ['an empty source', { teacher: { kind: 'stored', source: '' } }],
  [
    'a key of another kind',
    { teacher: { kind: 'text', source: 'x' }, tokenizer: { kind: 'teacher', vocabularySize: 300 } },
  ],
  ['a world that there is none of', { evaluate: { rollouts: { environment: 'moon', episodes: 257 } } }],
  ['a world without a name', { evaluate: { rollouts: { turnTokens: 0, turns: 1 } } }],
  ['heads that do not divide', { student: { width: 65, heads: 4 } }],
  ['no heads', { student: { width: 64, heads: 0 } }],
  [
    'heads that do not divide, and more',
    { student: { width: 8193, heads: 2 }, steps: 0, batchRows: 3, accumulate: 2 },
  ],
  ['heads of an unknown student', { student: { width: 65, heads: 4, kind: 'llama', depth: 3 } }],
  ['β without jsd', { objective: { beta: 0.5 } }],
  ['α without skew-kl', { objective: { arm: 'reverse-kl', alpha: 0.5, beta: 0.1 } }],
  ['β at its bounds', { objective: { divergence: 'jsd', beta: 1 } }],
  ['a temperature with a text', { objective: { temperature: 2 } }],
  [
    'a temperature with a capture',
    { objective: { temperature: 2 }, teacher: { kind: 'model', source: 'a' } },
  ],
  [
    'a temperature with a stored teacher',
    { objective: { temperature: 0.5 }, teacher: { kind: 'stored', source: 'a' } },
  ],
  ['a temperature of the recorded token', { ...MODEL, objective: { temperature: 2, arm: 'sad-hard' } }],
  ['hard twice', { objective: { arm: 'imitation', hardShare: 0.25 } }],
  ['hard alone', { objective: { hardShare: 1 } }],
  ["a text's tokenizer", { tokenizer: { kind: 'teacher' } }],
  [
    "a file's tokenizer",
    { tokenizer: { kind: 'teacher' }, teacher: { kind: 'stored', source: 'trajectories' } },
  ],
  ['k of a model beside', { teacher: { kind: 'model', source: 'a', k: 3 }, tokenizer: { kind: 'teacher' } }],
  ['on policy with a text', { objective: { arm: 'on-policy' } }],
  ['on policy, partly hard', { ...MODEL, objective: { arm: 'on-policy', hardShare: 0.3 } }],
  ['on policy and packed', { ...MODEL, onPolicy: { share: 0.1 }, data: { packing: true } }],
  ['nothing to sort by', { curriculum: { alpha: 0, beta: 0, gamma: 0 } }],
  ['rows that cannot be shared out', { batchRows: 8, accumulate: 3 }],
  [
    'paths that are none',
    { reading: { mappings: [{ kind: 'fields', act: 'a.', reason: 'a[', steps: '*', prompt: 'é😀"b' }] } },
  ],
  ['long lists', { reading: { mappings: Array(21).fill({ kind: 'markers', act: [''] }) } }],
  [
    'a long path',
    { reading: { mappings: [{ kind: 'fields', act: 'a'.repeat(501) }, { kind: 'lines' }, 4] } },
  ],
  ['small numbers', { optimiser: { learningRate: -1e-7, weightDecay: 1.5e21, clipNorm: -123456.789 } }],
]

const VALUES: unknown[] = [
  null,
  true,
  false,
  -1,
  0,
  0.05,
  0.5,
  1,
  1.5,
  3,
  16,
  300,
  4096,
  1e9,
  1e-9,
  '',
  'x',
  'sad-hard',
  'jsd',
  'skew-kl',
  'cross-entropy',
  'random',
  'teacher',
  'train-bpe',
  'model',
  'stored',
  'trajectories',
  'reward',
  [],
  [{ kind: 'fields' }],
  {},
  { kind: 'teacher' },
  { kind: 'model', source: 'a' },
  { kind: 'stored', source: 'trajectories' },
]

/** Recipes of which a few values, anywhere, are any others; most are wrong in one way or several. */
function anyRecipes(count: number): unknown[] {
  const random = new Random(11)
  const full = { ...parseRecipe({}), unknown: 1 } as unknown as Record<string, unknown>
  const places = (value: unknown, path: string[]): string[][] =>
    typeof value !== 'object' || value === null || Array.isArray(value)
      ? [path]
      : [path, ...Object.entries(value).flatMap(([key, inner]) => places(inner, [...path, key]))]
  const paths = [
    ...places(full, []).filter((path) => path.length > 0),
    ...['beta', 'alpha', 'thoughtCap'].map((key) => ['objective', key]),
    ...['source', 'k', 'halfPrecision'].map((key) => ['teacher', key]),
  ]
  return Array.from({ length: count }, () => {
    const recipe: Record<string, unknown> = {}
    for (let edits = random.below(3); edits >= 0; edits--) {
      const path = random.pick(paths)
      let at = recipe
      for (const key of path.slice(0, -1)) {
        const inner = at[key]
        if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) at[key] = {}
        else at[key] = { ...inner }
        at = at[key] as Record<string, unknown>
      }
      const usual = path.reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], full)
      const alike = VALUES.filter((value) => typeof value === typeof usual)
      at[path.at(-1)!] = random.pick(alike.length > 0 && random.next() < 0.8 ? alike : VALUES)
    }
    return recipe
  })
}

/** What the lab says of a recipe: the whole recipe, or the sentence. */
function ofLab(input: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(parseRecipe(input, 'r.json')))
  } catch (error) {
    return (error as Error).message
  }
}

const MANY = anyRecipes(600)

describe('a recipe', () => {
  let told: string[]

  beforeAll(async () => {
    told = await ask(
      `from sad_scale.errors import ScaleError
from sad_scale.recipe import recipe_from_text
def of(text):
    try:
        return json.dumps(recipe_from_text(text, "r.json").to_json())
    except ScaleError as error:
        return json.dumps(str(error))
answer([of(text) for text in asked])`,
      [...SOUND.map(([, input]) => input), ...WRONG.map(([, input]) => input), ...MANY].map((input) =>
        JSON.stringify(input),
      ),
    )
  }, 300_000)

  test.each(SOUND.map(([name, input], i) => [name, input, i] as const))(
    'of %s is the lab’s',
    (_, input, i) => {
      expect(ofLab(input)).toBeTypeOf('object')
      // Texts are compared, so that keys stand in one order and whole numbers are written alike.
      expect(JSON.stringify(JSON.parse(told[i]!))).toBe(JSON.stringify(ofLab(input)))
    },
  )

  test.each(WRONG.map(([name, input], i) => [name, input, i] as const))(
    'of %s is refused as in the lab',
    (_, input, i) => {
      expect(ofLab(input)).toMatch(/^r\.json: /)
      expect(JSON.parse(told[SOUND.length + i]!)).toBe(ofLab(input))
    },
  )

  test('of any values is taken or refused as in the lab', () => {
    const answers = told.slice(SOUND.length + WRONG.length).map((answer) => JSON.parse(answer))
    const expected = MANY.map(ofLab)
    for (const [i, recipe] of MANY.entries()) expect(answers[i], JSON.stringify(recipe)).toEqual(expected[i])
    const taken = expected.filter((answer) => typeof answer === 'object').length
    expect(taken).toBeGreaterThan(40)
    expect(taken).toBeLessThan(560)
  })
})
