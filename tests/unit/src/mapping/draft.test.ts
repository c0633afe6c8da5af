import { describe, expect, it } from 'vitest'
import {
  beginningsIn,
  choicesInside,
  firstDraft,
  isEmpty,
  stepChoices,
  wordsOfMapping,
} from '../../../../src/mapping/draft.ts'

const PATHS = [
  { path: 'job.goal', example: 'tidy', values: 1 },
  { path: 'job.log[*].inner_thought', example: 'a mug', values: 3 },
  { path: 'job.log[*].calls[*].command', example: 'take', values: 3 },
  { path: 'job.log[*]["world.result"]', example: 'taken', values: 3 },
]

describe('a mapping by hand', () => {
  it('begins with the fields whose names say what they hold', () => {
    expect(firstDraft({ kind: 'json', records: '', paths: PATHS })).toEqual({
      kind: 'fields',
      prompt: 'job.goal',
      reason: 'job.log[*].inner_thought',
      act: 'job.log[*].calls[*].command',
      observation: 'job.log[*]["world.result"]',
    })
    expect(isEmpty(firstDraft({ kind: 'text', text: 'x' }))).toBe(true)
  })

  it('offers the lists on the way to the values as lists of steps, and what lies in them', () => {
    expect(stepChoices(PATHS)).toEqual([
      { path: 'job.log[*]', example: 'inner_thought: a mug' },
      { path: 'job.log[*].calls[*]', example: 'command: take' },
    ])
    const inside = ['inner_thought', 'calls[*].command', '["world.result"]']
    expect(choicesInside(PATHS, 'job.log[*]').map(({ path }) => path)).toEqual(inside)
    expect(choicesInside(PATHS, 'job.log').map(({ path }) => path)).toEqual(inside)
    expect(choicesInside(PATHS, undefined)).toBe(PATHS)
  })

  it('takes one beginning a line, blanks kept', () => {
    expect(beginningsIn('> think: \n\r\nHMM\r\n')).toEqual(['> think: ', 'HMM'])
  })

  it('is told in a few words', () => {
    expect(wordsOfMapping({ kind: 'fields', steps: 'turns', reason: 'thought', act: 'do' })).toBe(
      'steps = turns, reason = thought, act = do',
    )
    const markers = {
      kind: 'markers' as const,
      prompt: [],
      reason: ['T:', 'Hm'],
      act: ['A:'],
      observation: [],
    }
    expect(wordsOfMapping(markers)).toBe('reason starts with “T:” or “Hm”, act starts with “A:”')
  })
})
