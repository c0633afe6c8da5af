import { describe, expect, it } from 'vitest'
import { draftLines, faultsOf, folded, linesOf } from '../../../../src/acting/transcript/lines.ts'
import { verdictOf } from '../../../../src/acting/transcript/verdict.ts'

const act = (action: string, reasoning: string | null = null) =>
  ({ kind: 'act', reasoning, action, text: `Action: ${action}\n` }) as const
const thought = (reasoning: string) =>
  ({ kind: 'thought', reasoning, action: null, text: `> think: ${reasoning}\n` }) as const
const malformed = { kind: 'malformed', reasoning: null, action: null, text: 'so I\nwonder \n' } as const

describe('a turn in lines', () => {
  it('has what was thought before what was done, without the markers', () => {
    expect(linesOf(act('Search[Orvan]', 'I look.'))).toEqual([
      { kind: 'reason', text: 'I look.' },
      { kind: 'act', text: 'Search[Orvan]' },
    ])
    expect(linesOf(act('look'))).toEqual([{ kind: 'act', text: 'look' }])
    expect(linesOf(thought('I look.'))).toEqual([{ kind: 'reason', text: 'I look.' }])
  })

  it('is shown as it was written where it does not read as a turn', () => {
    expect(linesOf(malformed)).toEqual([{ kind: 'other', text: 'so I\nwonder' }])
  })

  it.each([
    ['> think: I go to the fr', [{ kind: 'reason', text: 'I go to the fr' }]],
    ['> go to fridge 1\n', [{ kind: 'act', text: 'go to fridge 1' }]],
    [
      'Thought 3: It is there.\nSo I look.\nAction 3: Lookup[it',
      [
        { kind: 'reason', text: 'It is there.\nSo I look.' },
        { kind: 'act', text: 'Lookup[it' },
      ],
    ],
    ['Action: think[I need', [{ kind: 'reason', text: 'I need' }]],
    ['Action: click[Buy Now]', [{ kind: 'act', text: 'click[Buy Now]' }]],
    ['\n\nhm', [{ kind: 'other', text: 'hm' }]],
    ['', []],
  ])('is cut by the worlds’ markers while it is written: %j', (text, lines) => {
    expect(draftLines(text)).toEqual(lines)
  })
})

describe('what is said of a turn', () => {
  const told = (kind: 'act' | 'thought' | 'malformed', valid: boolean, spent: boolean) =>
    faultsOf({ kind, valid, spent })

  it('names what was no turn, what could not be done, and a thought too many', () => {
    expect(told('malformed', false, true)).toEqual(['not a turn'])
    expect(told('act', false, true)).toEqual(['invalid'])
    expect(told('thought', true, true)).toEqual(['spent a step'])
  })

  it('is nothing of any other', () => {
    expect(told('act', true, true)).toEqual([])
    expect(told('thought', true, false)).toEqual([])
  })
})

describe('a long text', () => {
  it('is folded to its beginning, a short one is not', () => {
    expect(folded('a\nb')).toBeNull()
    const lines = Array.from({ length: 40 }, (_, i) => `line ${i}`)
    expect(folded(lines.join('\n'))).toBe(`${lines.slice(0, 6).join('\n')} …`)
    expect(folded('x'.repeat(5000))).toBe(`${'x'.repeat(400)} …`)
  })

  it('is not cut inside a character', () => {
    expect(folded(`x${'🦊'.repeat(1000)}`)).toBe(`x${'🦊'.repeat(199)} …`)
  })
})

describe('two turns at one history', () => {
  const likeness = (same: boolean, f1: number) => ({ reasoning: { same, f1 }, action: null })

  it('are the same action and plan, or not, each told by itself', () => {
    const taken = act('Search[a]', 'I look for a.')
    expect(verdictOf(taken, { ...act('Search[a]', 'I look for  a.'), likeness: likeness(true, 1) })).toEqual({
      same: true,
      words: ['same action', 'same plan'],
    })
    expect(
      verdictOf(taken, { ...act('Search[b]', 'I look for b.'), likeness: likeness(false, 0.75) }),
    ).toEqual({
      same: false,
      words: ['another action', 'another plan (words in common: 75.0 %)'],
    })
    expect(verdictOf(act('look'), { ...act('look'), likeness: null })).toEqual({
      same: true,
      words: ['same action'],
    })
  })

  it('say where only one gives a reason', () => {
    expect(verdictOf(act('look', 'why not'), { ...act('look'), likeness: likeness(false, 0) }).words).toEqual(
      ['same action', 'only one gives a reason'],
    )
  })

  it('differ where one thinks and the other acts, and where one is no turn', () => {
    expect(verdictOf(thought('I look.'), { ...act('look'), likeness: likeness(false, 0) })).toEqual({
      same: false,
      words: ['one thinks where the other acts'],
    })
    expect(verdictOf(act('look'), { ...malformed, likeness: null })).toEqual({
      same: false,
      words: ['one of them does not read as a turn'],
    })
    expect(verdictOf(malformed, { ...malformed, likeness: null }).words).toEqual(['neither reads as a turn'])
  })
})
