import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LabError } from '../../workers/errors.ts'
import { DIVERGENCES } from '../../workers/kernels/operations.ts'
import {
  ARM_SWITCHES,
  ARMS,
  type Arm,
  NORMALISERS,
  parseRecipe,
  type RecipeInput,
  recipeIssues,
} from '../../workers/recipe.ts'

/** The recipe that the design prints: every key, each at its default. */
const PRINTED = {
  version: 1,
  seed: 1,
  steps: 400,
  batchRows: 8,
  accumulate: 1,
  recompute: false,
  evaluateEvery: 50,
  evaluate: { cotSamples: 0, cotTokens: 64 },
  reading: { toolCalls: 'json', mappings: [] },
  data: { contextLength: 256, heldOut: 0.1, packing: false },
  tokenizer: { kind: 'train-bpe', vocabularySize: 1024 },
  student: { kind: 'gpt', layers: 2, width: 64, heads: 4 },
  teacher: { kind: 'text' },
  objective: {
    arm: 'sad',
    divergence: 'forward-kl',
    hardShare: 0,
    temperature: 1,
    temperatureSquared: true,
    lambda: { reason: 1, act: 1, observation: 0 },
    normaliser: 'span-mean',
    spans: 'labelled',
    weights: { trajectory: 'none', stepDecay: 1 },
  },
  onPolicy: { share: 0, maxTokens: 64, temperature: 1 },
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

  it.each(['evaluate', 'data', 'tokenizer', 'student', 'teacher', 'objective', 'curriculum', 'optimiser'])(
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
  const expected: Record<Arm, unknown[]> = {
    sad: ['forward-kl', 1, 1, 0, 'span-mean', 'labelled', 'easy-first'],
    'sad-paper': ['forward-kl', 1, 1, 0, 'sum', 'labelled', 'easy-first'],
    'sad-hard': ['cross-entropy', 1, 1, 0, 'span-mean', 'labelled', 'easy-first'],
    'token-kd': ['forward-kl', 1, 1, 1, 'token-mean', 'labelled', 'random'],
    'token-kd-masked': ['forward-kl', 1, 1, 0, 'token-mean', 'labelled', 'random'],
    imitation: ['cross-entropy', 1, 1, 0, 'token-mean', 'labelled', 'random'],
    'reason-only': ['forward-kl', 1, 0, 0, 'span-mean', 'labelled', 'easy-first'],
    'act-only': ['forward-kl', 0, 1, 0, 'span-mean', 'labelled', 'easy-first'],
    'spans-shuffled': ['forward-kl', 1, 1, 0, 'span-mean', 'shuffled', 'easy-first'],
    'no-curriculum': ['forward-kl', 1, 1, 0, 'span-mean', 'labelled', 'random'],
    'reverse-kl': ['reverse-kl', 1, 1, 0, 'span-mean', 'labelled', 'easy-first'],
    'on-policy': ['forward-kl', 1, 1, 0, 'span-mean', 'labelled', 'easy-first'],
  }
  it.each(ARMS)('set every switch: %s', (arm) => {
    const { objective, curriculum, onPolicy } = parseRecipe({ ...MODEL, objective: { arm } })
    expect(onPolicy.share).toBe(arm === 'on-policy' ? 0.5 : 0)
    const { divergence, lambda, normaliser, spans } = objective
    const { reason, act, observation } = lambda
    expect([divergence, reason, act, observation, normaliser, spans, curriculum.order]).toEqual(expected[arm])
  })

  it('differ from `sad` in one switch each where they are ablations of it', () => {
    const flat = (arm: Arm) => {
      const { lambda, ...switches } = ARM_SWITCHES[arm]
      return { ...switches, ...lambda } as Record<string, unknown>
    }
    const sad = flat('sad')
    const ablations: Arm[] = [
      'sad-paper',
      'sad-hard',
      'reason-only',
      'act-only',
      'spans-shuffled',
      'no-curriculum',
      'reverse-kl',
      'on-policy',
    ]
    for (const arm of ablations) {
      const other = flat(arm)
      expect(
        Object.keys(sad).filter((key) => sad[key] !== other[key]),
        arm,
      ).toHaveLength(1)
    }
  })

  it('give way to a switch that the recipe sets itself, which moves no other', () => {
    for (const arm of ARMS) {
      const { order, onPolicyShare, ...switches } = ARM_SWITCHES[arm]
      const set = (objective: object, curriculum: object = {}, share?: number) =>
        parseRecipe({ ...MODEL, objective: { arm, ...objective }, curriculum, onPolicy: { share } })
      for (const divergence of DIVERGENCES) {
        // Nobody scores what the student writes by the recorded token.
        if (arm === 'on-policy' && divergence === 'cross-entropy') continue
        expect(set({ divergence }).objective).toMatchObject({ ...switches, divergence })
      }
      for (const normaliser of NORMALISERS) {
        expect(set({ normaliser }).objective).toMatchObject({ ...switches, normaliser })
      }
      expect(set({ spans: 'shuffled' }).objective).toMatchObject({ ...switches, spans: 'shuffled' })
      expect(set({ lambda: { act: 0 } }).objective.lambda).toEqual({ ...switches.lambda, act: 0 })
      expect(set({ lambda: { observation: 0 } }).objective.lambda.observation).toBe(0)
      expect(set({}, { order: 'hard-first' }).curriculum.order).toBe('hard-first')
      expect(set({}).curriculum.order).toBe(order)
      expect(set({}).onPolicy.share).toBe(onPolicyShare)
      expect(set({}, {}, 0).onPolicy.share).toBe(0)
    }
  })
})

describe('the coefficients of a divergence', () => {
  it('are there with their defaults where it has one, and nowhere else', () => {
    for (const divergence of DIVERGENCES) {
      const { objective } = parseRecipe({ objective: { divergence } })
      expect(objective.beta).toBe(divergence === 'jsd' ? 0.5 : undefined)
      expect(objective.alpha).toBe(divergence === 'skew-kl' ? 0.1 : undefined)
      const again = JSON.parse(JSON.stringify(parseRecipe({ objective: { divergence } })))
      expect(parseRecipe(again)).toEqual(again)
    }
    expect(parseRecipe({ objective: { divergence: 'jsd', beta: 0.9 } }).objective.beta).toBe(0.9)
    expect(parseRecipe({ objective: { divergence: 'skew-kl', alpha: 0.3 } }).objective.alpha).toBe(0.3)
  })
})

const MODEL = { teacher: { kind: 'model', source: 't' }, tokenizer: { kind: 'teacher' } }

describe('a recipe whose switches contradict each other', () => {
  const contradictions: [string, unknown, string][] = [
    [
      'β without JSD',
      { objective: { beta: 0.5 } },
      'objective.beta belongs to objective.divergence "jsd" and the divergence is "forward-kl": remove one of them',
    ],
    [
      'α without skew KL, the divergence being the arm’s',
      { objective: { arm: 'reverse-kl', alpha: 0.1 } },
      'objective.alpha belongs to objective.divergence "skew-kl" and the divergence is "reverse-kl": remove one of them',
    ],
    [
      'a temperature and cross-entropy',
      { ...MODEL, objective: { arm: 'imitation', temperature: 2 } },
      'objective.temperature must be 1 where objective.divergence is "cross-entropy", which asks for no teacher’s logits to divide',
    ],
    [
      'a temperature and a teacher without logits',
      { objective: { temperature: 2 } },
      'objective.temperature must be 1 where teacher.kind is "text": only a model’s logits can be divided, of anything else not all are known',
    ],
    [
      'cross-entropy mixed into itself',
      { objective: { arm: 'sad-hard', hardShare: 0.5 } },
      'objective.hardShare must be 0 where objective.divergence is "cross-entropy", which is nothing but that',
    ],
    [
      'a divergence of which nothing is left',
      { objective: { divergence: 'jsd', hardShare: 1 } },
      'objective.hardShare must be less than 1, as it leaves nothing of objective.divergence "jsd": choose "cross-entropy" instead',
    ],
    [
      'micro-batches of unequal size',
      { batchRows: 8, accumulate: 3 },
      'accumulate must divide batchRows (8 is no multiple of 3)',
    ],
    [
      'rows of the student’s own without a model to score them',
      { onPolicy: { share: 0.5 } },
      'onPolicy.share must be 0 where no model runs beside the student (teacher.kind "model" with tokenizer.kind "teacher"): nobody else can score what the student writes',
    ],
    [
      'rows of the student’s own as hard targets',
      { ...MODEL, onPolicy: { share: 0.5 }, objective: { hardShare: 0.25 } },
      'onPolicy.share must be 0 where objective.divergence is "forward-kl" with a hardShare of 0.25: the recorded token would be the student’s own',
    ],
    [
      'rows of the student’s own in packed rows',
      { ...MODEL, onPolicy: { share: 0.5 }, data: { packing: true } },
      'onPolicy.share must be 0 where data.packing is on: what the student writes has no room in a full row',
    ],
    [
      'an order of difficulty by nothing, the order being the arm’s',
      { curriculum: { alpha: 0, beta: 0, gamma: 0 } },
      'curriculum.order is "easy-first" and curriculum.alpha, beta and gamma are all 0, so there is nothing to sort by: raise one of them, or choose "random"',
    ],
  ]
  it.each(contradictions)('is refused in a sentence that names both: %s', (_, input, sentence) => {
    expect(refusal(input)).toBe(`recipe.json: ${sentence}.`)
    expect(recipeIssues(input)).toHaveLength(1)
  })

  it.each<[string, unknown]>([
    ['JSD with its β', { objective: { divergence: 'jsd', beta: 0.25 } }],
    ['a temperature and a model', { ...MODEL, objective: { temperature: 2, temperatureSquared: false } }],
    ['a share of cross-entropy', { objective: { divergence: 'reverse-kl', hardShare: 0.3 } }],
    ['rows in random order, by nothing', { curriculum: { order: 'random', alpha: 0, beta: 0, gamma: 0 } }],
    ['a model to score the student’s own rows', { ...MODEL, onPolicy: { share: 1, temperature: 0 } }],
    ['eight micro-batches of a row', { batchRows: 8, accumulate: 8 }],
  ])('is told from one that only looks so: %s', (_, input) => {
    expect(recipeIssues(input)).toEqual([])
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
      'objective.arm must be "sad", "sad-paper", "sad-hard", "token-kd", "token-kd-masked", "imitation", "reason-only", "act-only", "spans-shuffled", "no-curriculum", "reverse-kl" or "on-policy" (it is "dpo")',
    ],
    [
      'a β that is not between 0 and 1',
      { objective: { divergence: 'jsd', beta: 1 } },
      'objective.beta must be less than 1 (it is 1)',
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
      'teacher.kind must be "text", "model" or "stored" (it is "oracle")',
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
      'the log-probabilities of files and a teacher’s tokenizer',
      { teacher: { kind: 'stored', source: 'trajectories' }, tokenizer: { kind: 'teacher' } },
      'tokenizer.kind must be "train-bpe" where teacher.source is "trajectories", since their log-probabilities bring no tokenizer',
    ],
    [
      'a number of tokens to capture of a model that is not captured',
      { teacher: { kind: 'model', source: 'big', k: 4 }, tokenizer: { kind: 'teacher' } },
      'teacher.k must be left out where tokenizer.kind is "teacher": the model then runs beside the student, and all of its vocabulary counts',
    ],
    [
      'a temperature for a model that is captured',
      { teacher: { kind: 'model', source: 'big' }, objective: { temperature: 2 } },
      'objective.temperature must be 1 where a model teaches a student with a tokenizer of its own (tokenizer.kind "train-bpe"): what is captured of it is not all of its logits',
    ],
    [
      'a temperature for what is stored',
      { teacher: { kind: 'stored', source: 'trajectories' }, objective: { temperature: 2 } },
      'objective.temperature must be 1 where teacher.kind is "stored": only a model’s logits can be divided, of anything else not all are known',
    ],
    [
      'a stored teacher without a source',
      { teacher: { kind: 'stored' } },
      'teacher.source must be text (it is missing)',
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

  it.each<RecipeInput>([
    { teacher: { kind: 'stored', source: 'trajectories' } },
    { teacher: { kind: 'stored', source: 'big' }, tokenizer: { kind: 'teacher' } },
    { teacher: { kind: 'stored', source: 'big' } },
    { teacher: { kind: 'model', source: 'big', k: 4 } },
    {
      teacher: { kind: 'model', source: 'big' },
      tokenizer: { kind: 'teacher' },
      objective: { temperature: 2 },
    },
  ])('may name teachers with and without a tokenizer of their own: %j', (input) => {
    const defaults = input.teacher?.kind === 'model' && { halfPrecision: false }
    expect(parseRecipe(input).teacher).toEqual({ ...defaults, ...input.teacher })
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
