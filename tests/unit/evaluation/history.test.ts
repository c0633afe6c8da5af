import { beforeAll, describe, expect, it } from 'vitest'
import type { Environment } from '../../../workers/environments/environment.ts'
import { ENVIRONMENT_NAMES, environmentNamed } from '../../../workers/environments/index.ts'
import { History } from '../../../workers/evaluation/history.ts'
import type { Rollout } from '../../../workers/evaluation/rollout.ts'
import { expertRollouts } from '../../../workers/evaluation/rollouts.ts'
import type { Tokenizer } from '../../../workers/tokenizer/tokenizer.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'

interface Known {
  environment: Environment
  rollouts: Rollout[]
  tokenizer: Tokenizer
}
const known: Known[] = []

beforeAll(async () => {
  for (const name of ENVIRONMENT_NAMES) {
    const environment = await environmentNamed(name)
    const rollouts = (await expertRollouts({ environment, split: 'train', seed: 1, episodes: 30 }))!
    const tokenizer = trainBpe(
      rollouts.map(({ text }) => text),
      600,
    )
    known.push({ environment, rollouts, tokenizer })
  }
})

/** What is read before each turn of a rollout. */
function reads({ pieces }: Rollout, tokenizer: Tokenizer, contextLength: number, room: number): number[][] {
  const history = new History(tokenizer, contextLength, room)
  return pieces.map((_, i) => history.read(pieces.slice(0, i + 1)))
}

describe('what a student reads of an episode', () => {
  it('is, while it fits, what it has read in training: the beginning of the whole text’s tokens', () => {
    for (const { rollouts, tokenizer } of known) {
      for (const rollout of rollouts) {
        const whole = Array.from(tokenizer.encode(rollout.text).ids)
        const before = reads(rollout, tokenizer, 4096, 100).slice(0, -1)
        for (const ids of before) expect(ids).toEqual(whole.slice(0, ids.length))
        for (const [i, ids] of before.entries()) {
          expect(tokenizer.decode(ids)).toBe(rollout.pieces.slice(0, i + 1).join(''))
        }
      }
    }
  })

  it('is, when it outgrows the context, the task and the latest turns, whole, with room for the next', () => {
    for (const { rollouts, tokenizer } of known) {
      let moved = 0
      let turns = 0
      for (const rollout of rollouts) {
        const [prompt, ...rest] = rollout.pieces.map((piece) => tokenizer.encode(`${piece}x`).ids.length - 1)
        const contextLength = 2 * prompt! + 2 * Math.max(...rest)
        const room = 24
        let firstBefore = 0
        for (const [i, ids] of reads(rollout, tokenizer, contextLength, room).entries()) {
          const text = tokenizer.decode(ids)
          expect(ids.length + room).toBeLessThanOrEqual(contextLength)
          const suffixes = rollout.pieces.slice(1, i + 1).map((_, from) => from + 1)
          const first = [...suffixes, i + 1].find(
            (from) => text === rollout.pieces[0]! + rollout.pieces.slice(from, i + 1).join(''),
          )
          expect(first, text).toBeDefined()
          if (i > 0) expect(first).toBeLessThanOrEqual(i)
          if (first! > Math.max(1, firstBefore)) moved++
          firstBefore = first!
          turns++
        }
      }
      expect(moved).toBeGreaterThan(0)
      // Not at every turn: what stays is not read again.
      expect(moved).toBeLessThan(turns / 3)
    }
  })

  it('is the same whether its turns came one by one or all at once', () => {
    for (const { rollouts, tokenizer } of known) {
      for (const rollout of rollouts) {
        const contextLength = 3 * tokenizer.encode(`${rollout.pieces[0]}x`).ids.length
        const oneByOne = reads(rollout, tokenizer, contextLength, 24)
        for (const [i, ids] of oneByOne.entries()) {
          expect(new History(tokenizer, contextLength, 24).read(rollout.pieces.slice(0, i + 1))).toEqual(ids)
        }
      }
    }
  })

  it('is the end of an answer that is too long by itself', () => {
    const { tokenizer } = known[0]!
    const pieces = ['Your task is to: look.\n', `> look\n${'You see a mug 1. '.repeat(200)}\n`]
    const ids = new History(tokenizer, 128, 32).read(pieces)
    expect(ids).toHaveLength(128 - 32)
    const text = tokenizer.decode(ids)
    expect(text.startsWith(pieces[0]!)).toBe(true)
    expect(text.endsWith('You see a mug 1. \n')).toBe(true)
  })

  it('leaves free no more than a quarter of the context, however long turns may become', () => {
    const { tokenizer } = known[0]!
    const pieces = ['Your task is to: look.\n', `> look\n${'You see a mug 1. '.repeat(200)}\n`]
    expect(new History(tokenizer, 128, 1000).read(pieces)).toHaveLength(96)
  })

  it('is refused in a sentence where the task takes more than half of the context', () => {
    const { tokenizer, rollouts } = known[0]!
    const [prompt] = rollouts[0]!.pieces
    const { length } = tokenizer.encode(`${prompt}x`).ids
    expect(() => new History(tokenizer, length, 10).read([prompt!])).toThrow(
      new RegExp(
        `^The student reads ${length} tokens at once, and the task "You are in the middle .*…" alone has ${length - 1}: it needs a context of at least ${2 * (length - 1)}\\.$`,
      ),
    )
  })
})
