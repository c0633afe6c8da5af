import { describe, expect, it } from 'vitest'
import { labelTokens } from '../../../workers/dataset/label.ts'
import { LabError } from '../../../workers/errors.ts'
import { reportTargets } from '../../../workers/teacher/report.ts'
import { fileTargets } from '../../../workers/teacher/sources.ts'
import { ORIGINS, type TokenTargets } from '../../../workers/teacher/targets.ts'
import type { Tokenizer } from '../../../workers/tokenizer/tokenizer.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import type { TokenLogprob, Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { trajectoryOf } from '../dataset/fixtures.ts'

/** [text, probability, alternatives]: tokens that follow each other from the first character of a span on. */
type Written = [string, number, Record<string, number>?]

const PROMPT = 'q?\n'

function episode(reason: string, act: string, tokens: Written[], from = PROMPT.length): Trajectory {
  const trajectory = trajectoryOf([
    ['prompt', PROMPT, -1],
    ['reason', reason, 0],
    ['act', act, 0],
  ])
  let start = from
  trajectory.logprobs = tokens.map(([text, p, others]): TokenLogprob => {
    const end = start + text.length
    const token: TokenLogprob = { start, end, logprob: Math.log(p) }
    if (others) {
      const listed = Object.entries({ [text]: p, ...others })
      token.top = listed.map(([token, p]) => ({ token, logprob: Math.log(p) }))
    }
    start = end
    return token
  })
  return trajectory
}

const bytes = trainBpe([], 257)

/** What the student is taught, token by token: its text, and the probabilities of the texts that may stand there. */
function taught(trajectory: Trajectory, tokenizer: Tokenizer = bytes): [string, Record<string, number>][] {
  const targets = fileTargets([trajectory], tokenizer).of(0)!
  const { ids } = labelTokens(trajectory, 0, tokenizer)
  const textOf = (id: number) => (id === tokenizer.endOfTextId ? '<end>' : tokenizer.decode([id]))
  return Array.from(ids, (id, t) => [textOf(id), entries(targets, t, textOf)])
}

function entries({ k, ids, logProbabilities }: TokenTargets, t: number, textOf: (id: number) => string) {
  const found: Record<string, number> = {}
  for (let e = t * k; e < (t + 1) * k; e++) {
    if (ids[e]! >= 0) found[textOf(ids[e]!)] = Number(Math.exp(logProbabilities[e]!).toFixed(5))
  }
  return found
}

function refusal(trajectory: Trajectory): string {
  try {
    fileTargets([trajectory], bytes).of(0)
  } catch (error) {
    expect(error).toBeInstanceOf(LabError)
    expect((error as LabError).code).toBe('invalid-teacher')
    return (error as Error).message
  }
  throw new Error('it was not refused')
}

describe('the log-probabilities of a file', () => {
  it('reach the student’s tokens, alternatives and all', () => {
    const run = episode('ab\n', 'c', [
      ['ab', 0.5, { ac: 0.25, x: 0.125 }],
      ['\n', 0.75],
      ['c', 0.5, { '<|im_end|>': 0.25 }],
    ])
    expect(taught(run)).toEqual([
      ['q', {}],
      ['?', {}],
      ['\n', {}],
      ['a', { a: 0.75, x: 0.125 }],
      ['b', { b: 0.66667, c: 0.33333 }],
      ['\n', { '\n': 0.75 }],
      ['c', { c: 0.5 }],
      ['<end>', { '<end>': 1 }],
    ])
  })

  it('multiply where the student’s token is the longer', () => {
    const student = trainBpe(['take take take'], 260)
    const run = episode('take', '', [
      ['ta', 0.5, { be: 0.5 }],
      ['ke', 0.25],
    ])
    run.spans.pop()
    expect(taught(run, student).slice(3)).toEqual([
      ['take', { take: 0.125 }],
      ['<end>', { '<end>': 1 }],
    ])
  })

  it('are the same again where both cut the text alike', () => {
    const student = trainBpe(['look at the lamp; look at the mug'.repeat(3)], 300)
    const tokens = Array.from(student.encode('look at the mug').ids, (id) => student.decode([id]))
    const alternatives = { ' mug': 0.125, look: 0.0625 }
    const run = episode(
      'look at the mug',
      '',
      tokens.map((token) => [
        token,
        0.5,
        Object.fromEntries(Object.entries(alternatives).filter(([t]) => t !== token)),
      ]),
    )
    run.spans.pop()
    const learned = taught(run, student).slice(student.encode(PROMPT).ids.length, -1)
    expect(learned.map(([token]) => token)).toEqual(tokens)
    for (const [token, listed] of learned) expect(listed).toEqual({ ...alternatives, [token]: 0.5 })
  })

  it('teach the line end and the end of the text that close a turn, though no file lists them', () => {
    const run = episode(
      'a \n',
      'c\n',
      [
        ['a', 0.5],
        ['', 1],
        ['', 1],
      ].slice(0, 1) as Written[],
    )
    const source = fileTargets([run], bytes).of(0)!
    expect([...source.origins]).toEqual([
      ...[0, 0, 0],
      ...[ORIGINS.chosen, ORIGINS.stop, ORIGINS.stop],
      // The act has none at all, so its end was not the teacher's to know either.
      ...[0, 0, 0],
    ])
  })

  it('of a character in several tokens are one', () => {
    const run = episode('é', '', [])
    run.spans.pop()
    run.logprobs = [0.5, 0.5].map((p) => ({ start: 3, end: 4, logprob: Math.log(p) }))
    const targets = fileTargets([run], bytes).of(0)!
    const [first, second] = [targets.logProbabilities[3]!, targets.logProbabilities[4]!]
    expect(Math.exp(first + second)).toBeCloseTo(0.25, 6)
  })

  it('are read where the vocabulary writes blanks with letters of its own', () => {
    const run = episode('a b', '', [['a', 0.5]])
    run.logprobs!.push({
      start: 4,
      end: 6,
      logprob: Math.log(0.5),
      top: [
        { token: 'Ġb', logprob: Math.log(0.5) },
        { token: 'Ġc', logprob: Math.log(0.25) },
      ],
    })
    run.spans.pop()
    expect(taught(run).slice(4, 6)).toEqual([
      [' ', { ' ': 0.75 }],
      ['b', { b: 0.66667, c: 0.33333 }],
    ])
  })

  it('are read where the blank before a token is not part of the text', () => {
    const run = episode('hi', '', [])
    run.spans.pop()
    run.logprobs = [
      {
        start: 3,
        end: 5,
        logprob: Math.log(0.5),
        top: [
          { token: ' hi', logprob: Math.log(0.5) },
          { token: ' ho', logprob: Math.log(0.25) },
          { token: 'ha', logprob: Math.log(0.125) },
        ],
      },
    ]
    expect(taught(run).slice(3, 5)).toEqual([
      ['h', { h: 0.75 }],
      ['i', { i: 0.66667, o: 0.33333 }],
    ])
  })
})

describe('log-probabilities that cannot be', () => {
  const one = (token: Partial<TokenLogprob>): Trajectory => {
    const run = episode('ab', 'c', [])
    run.logprobs = [{ start: 3, end: 4, logprob: -1, ...token }]
    return run
  }
  it.each([
    ['not a number', { logprob: Number.NaN }, /"a" at character 3 is not a number/],
    ['positive', { logprob: 0.5 }, /is 0\.5, which is above 0/],
    ['of an alternative not a number', { top: [{ token: 'x', logprob: Number.NaN }] }, /is not a number/],
    [
      'adding up to more than 1',
      { logprob: Math.log(0.9), top: [{ token: 'x', logprob: Math.log(0.2) }] },
      /add up to a probability of 1\.100, above 1/,
    ],
    ['beyond the text', { start: 3, end: 99 }, /reaches beyond the text, which has 6 characters/],
    ['backwards', { start: 4, end: 4 }, /does not follow/],
  ])('are refused, named by file and place: %s', (_, token, message) => {
    const said = refusal(one(token))
    expect(said).toMatch(message)
    expect(said).toMatch(
      /^fixture\.txt, trajectory 1: .* exclude this trajectory, or choose another teacher\.$/,
    )
  })

  it('are taken where they are only rounded, or say never', () => {
    const rounded = one({ logprob: 1e-6, top: [{ token: 'x', logprob: -9999 }] })
    expect(taught(rounded)[3]).toEqual(['a', { a: 1, x: 0 }])
    const never = one({ logprob: Number.NEGATIVE_INFINITY })
    const { logProbabilities } = fileTargets([never], bytes).of(0)!
    expect(logProbabilities.every(Number.isFinite)).toBe(true)
  })
})

describe('the report', () => {
  it('counts what has a target, what has none, and what ends early', () => {
    const whole = episode('ab\n', 'c', [
      ['ab', 0.5, { x: 0.25 }],
      ['\n', 0.5],
      ['c', 0.5],
    ])
    const early = episode('ab\n', 'c', [['a', 0.5]])
    const none = episode('ab\n', 'c', [])
    const trajectories = [whole, early, none]
    expect(reportTargets(fileTargets(trajectories, bytes), trajectories, bytes)).toEqual({
      trajectories: 2,
      missing: 1,
      stoppedEarly: 1,
      tokens: 15,
      aligned: 6,
      chosenOnly: 3,
      k: 2,
    })
  })
})
