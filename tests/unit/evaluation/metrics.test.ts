import { describe, expect, it } from 'vitest'
import type { Answer, Environment } from '../../../workers/environments/environment.ts'
import { householdScript } from '../../../workers/environments/household/script.ts'
import { wikiScript } from '../../../workers/environments/wiki/script.ts'
import { EPISODE_DEFINITIONS, HISTORY_DEFINITIONS } from '../../../workers/evaluation/definitions.ts'
import { episodeShares, historyShares, type Shares, summarise } from '../../../workers/evaluation/metrics.ts'
import { TeacherForced } from '../../../workers/evaluation/reasoning.ts'
import { Rollout } from '../../../workers/evaluation/rollout.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'

/** A world of two actions: "good" reaches the goal, "bad" cannot be done. */
const WORLD: Environment = {
  name: 'household',
  title: 'Toy',
  taskTypes: ['a', 'b'],
  stepCap: 4,
  script: householdScript,
  episode: (seed, split, taskType = 'a') => ({
    id: `toy ${seed}`,
    split,
    taskType,
    prompt: 'Do good.\n',
    start() {
      let success = false
      return {
        act(action): Answer {
          success = action === 'good'
          return { observation: success ? 'Done.' : 'Hm.', done: success, valid: action !== 'bad' }
        },
        get score() {
          return { success, reward: success ? 1 : 0, measures: { kindness: success ? 0.75 : 0.25 } }
        },
        view: () => ({ kind: 'household' }),
      }
    },
  }),
  expert: () => {
    throw new Error('The toy has no expert.')
  },
}

function played(taskType: string, ...turns: string[]): Rollout {
  const rollout = new Rollout(WORLD, WORLD.episode(1, 'test', taskType))
  for (const turn of turns) rollout.hear(`${turn}\n`, false)
  expect(rollout.isOver).toBe(true)
  return rollout
}

const bytes = trainBpe(['x'], 257)

const GOOD = played('a', '> think: a bc', '> bad', '> think: d', '> good')
const LOST = played('b', '> wait', 'what?', '> bad', '> bad')

describe('metrics of an episode', () => {
  it('are counted as they are defined', () => {
    expect(episodeShares(GOOD, bytes)).toEqual({
      taskType: 'a',
      shares: {
        kindness: [0.75, 1],
        success: [1, 1],
        reward: [1, 1],
        steps: [2, 1],
        stepsOfSuccesses: [2, 1],
        stoppedAtCap: [0, 1],
        // "a bc" and "d" byte by byte.
        reasoningTokens: [5, 2],
        reasoningTokensPerEpisode: [5, 1],
        reasoningWords: [3, 2],
        invalidActions: [1, 2],
        malformedTurns: [0, 4],
      },
    })
    expect(episodeShares(LOST, bytes).shares).toMatchObject({
      success: [0, 1],
      steps: [4, 1],
      stepsOfSuccesses: [0, 0],
      stoppedAtCap: [1, 1],
      reasoningTokens: [0, 0],
      reasoningTokensPerEpisode: [0, 1],
      invalidActions: [2, 3],
      malformedTurns: [1, 4],
      kindness: [0.25, 1],
    })
    expect(episodeShares(GOOD, null).shares).toMatchObject({
      reasoningTokens: [0, 0],
      reasoningWords: [3, 2],
    })
  })

  it('that ends with its last step is not stopped at the cap', () => {
    const rollout = played('a', '> wait', '> wait', '> wait', '> good')
    expect([rollout.steps, rollout.stoppedAtCap, rollout.score.success]).toEqual([4, false, true])
  })

  it('are put together over all and by type of task', () => {
    const episodes = [GOOD, GOOD, LOST, GOOD].map((rollout) => episodeShares(rollout, bytes))
    const { all, byTaskType } = summarise([episodes], 1)
    expect(all.success).toMatchObject({ mean: 0.75, of: 4 })
    expect(all.invalidActions).toMatchObject({ mean: 5 / 9, of: 9 })
    expect(all.stepsOfSuccesses).toEqual({ mean: 2, low: 2, high: 2, of: 3 })
    expect(Object.keys(byTaskType)).toEqual(['a', 'b'])
    expect(byTaskType.a!.success).toEqual({ mean: 1, low: 1, high: 1, of: 3 })
    expect(byTaskType.b!.success).toEqual({ mean: 0, low: 0, high: 0, of: 1 })
    expect(byTaskType.b!.stepsOfSuccesses).toEqual({ mean: null, low: null, high: null, of: 0 })
    expect(summarise([episodes], 1)).toEqual({ all, byTaskType })
  })

  it('are each defined', () => {
    const { kindness, ...shares } = episodeShares(GOOD, bytes).shares
    expect(kindness).toBeDefined()
    expect(Object.keys(EPISODE_DEFINITIONS).sort()).toEqual(Object.keys(shares).sort())
    const history = historyShares(new TeacherForced(wikiScript, { prompt: '', turns: [] }), 'a').shares
    expect(Object.keys(HISTORY_DEFINITIONS).sort()).toEqual(Object.keys(history).sort())
  })
})

/** What students write where the reference's turns stand. */
function compared(reference: [reasoning: string | null, action: string][], ...written: string[]): Shares {
  const turns = reference.map(([reasoning, action], i) => ({
    reasoning,
    action,
    text: wikiScript.write({ reasoning, action }, i + 1),
    answer: `Observation ${i + 1}: x\n`,
  }))
  const dialogue = new TeacherForced(wikiScript, { prompt: 'Question: Who?\n', turns })
  for (const text of written) expect(dialogue.hear(text, true)).toBe(true)
  expect(dialogue.isOver).toBe(true)
  expect(dialogue.pieces.slice(1)).toEqual(turns.map(({ text, answer }) => text + answer))
  return historyShares(dialogue, 'any')
}

describe('the match of reasoning and action at the same history', () => {
  it('does not mind case, blanks and how numbers are written', () => {
    const { shares } = compared(
      [['I need two  mugs.', 'Search[mug]']],
      'Thought 1: i need 2 mugs.\nAction 1: Search[mug]\n',
    )
    expect(shares).toEqual({ cotMatch: [1, 1], cotNearMatch: [1, 1], cotF1: [1, 1], actionMatch: [1, 1] })
  })

  it('counts what is near, by the words that are shared', () => {
    const { shares } = compared(
      [['one big red mug is here', 'Search[mug]']],
      'Thought 1: one big blue mug is here\nAction 1: Search[Mug]\n',
    )
    // Five of six words are shared: F1 = 5/6, near; an action is equal to the letter or not.
    expect(shares).toEqual({ cotMatch: [0, 1], cotNearMatch: [1, 1], cotF1: [5 / 6, 1], actionMatch: [0, 1] })
  })

  it('counts as no match what is missing or malformed, and nothing where the reference does not reason', () => {
    const { shares } = compared(
      [
        ['I search.', 'Search[mug]'],
        ['I search.', 'Search[mug]'],
        [null, 'Finish[mug]'],
      ],
      'Action 1: Search[mug]\n',
      'Well, well.\n',
      'Thought 3: So it is.\nAction 3: Finish[mug]\n',
    )
    expect(shares).toEqual({ cotMatch: [0, 2], cotNearMatch: [0, 2], cotF1: [0, 2], actionMatch: [2, 3] })
  })
})
