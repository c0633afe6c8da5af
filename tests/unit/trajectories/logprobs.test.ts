import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { placeTokens } from '../../../workers/trajectories/records/tokenPlaces.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { codes, read } from './reading.ts'

function tokens(...texts: string[]) {
  return texts.map((token, i) => {
    return {
      token,
      logprob: 0 - i / 8,
      bytes: null,
      top_logprobs: [
        { token: 'x', logprob: -3 },
        { token, logprob: -1 },
      ],
    }
  })
}

/** What each token wrote, by the offsets it was given. */
function written({ text, logprobs }: Trajectory): [string, number][] {
  return (logprobs ?? []).map(({ start, end, logprob }) => [text.slice(start, end), logprob])
}

function chat(content: string, logprobs: unknown, rest: object = {}) {
  const choice = { message: { role: 'assistant', content, ...rest }, logprobs }
  return read(JSON.stringify({ messages: [{ role: 'user', content: 'q' }], choices: [choice] }))
    .trajectories[0]!
}

describe('log-probabilities', () => {
  it('of a chat completion stand at the characters they wrote, with the best tokens first', () => {
    const run = chat('Hello, you', { content: tokens('Hel', 'lo', ',', ' you') })
    expect(run.text).toBe('q\nHello, you\n')
    expect(written(run)).toEqual([
      ['Hel', 0],
      ['lo', -0.125],
      [',', -0.25],
      [' you', -0.375],
    ])
    expect(run.logprobs![0]!.top).toEqual([
      { token: 'Hel', logprob: -1 },
      { token: 'x', logprob: -3 },
    ])
  })

  it('survive the cut of a turn into thought and act', () => {
    const run = chat('Thought: t\nAction: a', {
      content: tokens('Thought', ':', ' t', '\n', 'Action', ': a'),
    })
    expect(written(run).map(([text]) => text)).toEqual(['Thought', ':', ' t', '\n', 'Action', ': a'])
    expect(run.spans.map(({ kind }) => kind)).toEqual(['prompt', 'reason', 'act'])
  })

  it('begin and end with the character where a token is only a part of it', () => {
    const content = [
      { token: 'a', logprob: -1, bytes: [97] },
      { token: '\\xf0\\x9f', logprob: -2, bytes: [0xf0, 0x9f] },
      { token: '\\x98\\x80', logprob: -3, bytes: [0x98, 0x80] },
      { token: 'é', logprob: -4, bytes: [0xc3, 0xa9] },
    ]
    expect(written(chat('a😀é', { content }))).toEqual([
      ['a', -1],
      ['😀', -2],
      ['😀', -3],
      ['é', -4],
    ])
  })

  it('skip what a template writes around reasoning and text', () => {
    const list = tokens('<think>', '\n', 'Hm', '.', '\n</think>\n\n', 'Yes', '<|im_end|>')
    const run = chat('Yes', { content: list }, { reasoning_content: 'Hm.' })
    expect(written(run).map(([text]) => text)).toEqual(['Hm', '.', 'Yes'])
  })

  it('that belong to other words are left out with a warning', () => {
    const run = chat('Hello', { content: tokens('Good', 'bye') })
    expect(run.logprobs).toBeUndefined()
    expect(codes(run)).toContain('logprobs-misaligned')
  })

  it('are read from messages, legacy completions, SGLang and lists of the chosen tokens', () => {
    const messages = (extra: object) => {
      return JSON.stringify([
        { role: 'user', content: 'q' },
        { role: 'assistant', content: 'Action: go', ...extra },
      ])
    }
    const inputs = [
      messages({ logprobs: tokens('Action', ': go') }),
      messages({ logprobs: { content: tokens('Action', ': go') } }),
      messages({ tokens: ['ĠAction', ':Ġgo'], token_logprobs: [null, -0.125] }),
      JSON.stringify({
        prompt: 'q',
        choices: [
          {
            text: 'Action: go',
            logprobs: {
              tokens: ['Action', ': go'],
              token_logprobs: [-1, -0.125],
              top_logprobs: [null, { a: -1 }],
            },
          },
        ],
      }),
      messages({
        meta_info: {
          output_token_logprobs: [
            [-1, 5, 'Action'],
            [-0.125, 6, ': go'],
          ],
        },
      }),
    ]
    for (const input of inputs) {
      expect(written(read(input).trajectories[0]!).at(-1)).toEqual([': go', -0.125])
    }
  })

  it('of vLLM are chosen by id, by rank, or by what spells the text', () => {
    const entry = (...candidates: [id: number, text: string, logprob: number, rank: number][]) => {
      return Object.fromEntries(
        candidates.map(([id, decoded_token, logprob, rank]) => [id, { logprob, rank, decoded_token }]),
      )
    }
    const scored = [
      null,
      entry([4, 'Act', -2, 3], [9, 'Th', -1, 1]),
      entry([7, 'ion', -0.5, 1]),
      entry([3, ': go', -1.5, 1], [2, ':', -2.5, 2]),
    ]
    const record = {
      messages: [
        { role: 'user', content: 'q' },
        { role: 'assistant', content: 'Action: go' },
      ],
    }
    for (const extra of [
      { prompt_logprobs: scored },
      { prompt_logprobs: scored, prompt_token_ids: [1, 4, 7, 3] },
    ]) {
      const run = read(JSON.stringify({ ...record, ...extra })).trajectories[0]!
      expect(written(run)).toEqual([
        ['Act', -2],
        ['ion', -0.5],
        [': go', -1.5],
      ])
    }
  })

  it('beside a text cover it from its task to its end', () => {
    const text = 'Question: q\nThought: t\nAction: finish[a]'
    const list = text.match(/\w+|\W/g)!
    const record = {
      text,
      logprobs: { tokens: list, token_logprobs: list.map((_, i) => (i === 0 ? null : -i)) },
    }
    const run = read(JSON.stringify([record])).trajectories[0]!
    expect(run.format).toBe('react-text')
    expect(written(run)).toEqual(list.map((token, i) => [token, -i]).slice(1))
  })

  it('cover a text without gaps, however its bytes are cut into tokens and the text into pieces', () => {
    const cuts = fc.array(fc.nat(60), { maxLength: 12 })
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
        cuts,
        cuts,
        (text, at, pieceAt) => {
          fc.pre(text.trim() === text)
          const bytes = new TextEncoder().encode(text)
          const bounds = [0, ...at.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b)
          const list = bounds.slice(1).map((end, i) => {
            return [{ bytes: bytes.slice(bounds[i], end), logprob: -i }]
          })
          const edges = [0, ...pieceAt.filter((cut) => cut < text.length), text.length].sort((a, b) => a - b)
          const pieces = edges
            .slice(1)
            .map((end, i) => ({ kind: 'act' as const, text: text.slice(edges[i], end) }))
          const placed = placeTokens(pieces, list)
          const inOrder = placed.flatMap((piece, i) => {
            return (piece.logprobs ?? []).map(({ start, end, logprob }) => {
              expect(start).toBeGreaterThanOrEqual(0)
              expect(end).toBeLessThanOrEqual(piece.text.length)
              return { start: start + edges[i]!, logprob }
            })
          })
          expect(inOrder).toHaveLength(list.filter(([token]) => token!.bytes.length > 0).length)
          expect(inOrder[0]!.start).toBe(0)
          expect(inOrder.map(({ logprob }) => logprob)).toEqual(
            inOrder.map(({ logprob }) => logprob).sort((a, b) => b - a),
          )
        },
      ),
    )
  })

  it('take linear time to place', () => {
    const text = `${'a'.repeat(300_000)}b`
    const list = [...'a'.repeat(299_000)].map((token) => [
      { bytes: new TextEncoder().encode(token), logprob: -1 },
    ])
    const placed = placeTokens([{ kind: 'act', text }], list)
    expect(placed[0]!.warnings?.[0]?.code).toBe('logprobs-misaligned')
  }, 20_000)
})
