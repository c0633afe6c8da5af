import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Piece } from '../../../workers/trajectories/formats/format.ts'
import { agentPieces, answerPieces } from '../../../workers/trajectories/notation/turns.ts'
import { segment } from '../../../workers/trajectories/segmenter.ts'
import { spansOf } from './reading.ts'

function contents(pieces: Piece[] | null): [string, string][] | null {
  return pieces && spansOf(segment({ pieces }, { file: 'f', index: 0, format: 'x' })!)
}
const agent = (text: string) => contents(agentPieces(text))
const answer = (text: string) => contents(answerPieces(text))

describe('a turn of the agent', () => {
  it('is cut at its tags, whatever stands inside them', () => {
    expect(
      agent('<think>\nThe <answer> tag comes later.\n</think>\n<tool_call>\n{"name": "f"}\n</tool_call>\n'),
    ).toEqual([
      ['reason', 'The <answer> tag comes later.'],
      ['act', '{"name": "f"}'],
    ])
    expect(agent('<thought kind="plan">a</thought>\n<execute>\nThought: no\nprint(1)\n</execute>\n')).toEqual(
      [
        ['reason', 'a'],
        ['act', 'Thought: no\nprint(1)'],
      ],
    )
  })

  it('takes the speaker’s name before a tag for a part of it, and prose for the thought', () => {
    expect(agent('Assistant:\n<thought>a</thought>\n<solution>b</solution>\n')).toEqual([
      ['reason', 'a'],
      ['act', 'b'],
    ])
    expect(agent('I look it up.\n<function=search>\n<parameter=q>x</parameter>\n</function>\n')).toEqual([
      ['reason', 'I look it up.'],
      ['act', '<function=search>\n<parameter=q>x</parameter>\n</function>'],
    ])
  })

  it('may hold a whole run that it made up, each part under its speaker’s name', () => {
    const pieces = agentPieces(
      'Assistant<|im_sep|><thought>a</thought>\n<execute>b</execute>\n\nAssistant<|im_sep|>Observation:\nc\n\nAssistant<|im_sep|><thought>d</thought>\n<execute>e</execute>\n\nUser: Observation: f\n\nAssistant:\nThought: g\nAction: h\n',
    )
    expect(contents(pieces)).toEqual([
      ['reason', 'a'],
      ['act', 'b'],
      ['observation', 'c'],
      ['reason', 'd'],
      ['act', 'e'],
      ['observation', 'f'],
      ['reason', 'g'],
      ['act', 'h'],
    ])
  })

  it('begins with a thought where only its closing tag is there', () => {
    expect(agent('I wonder.\n</think>\n<answer>5</answer>')).toEqual([
      ['reason', 'I wonder.'],
      ['act', '5'],
    ])
  })

  it('takes words after the last thought for its reply, and words after an act for nobody’s', () => {
    expect(agent('<think>a</think>\n\nIt is 5.\n')).toEqual([
      ['reason', 'a'],
      ['act', 'It is 5.'],
    ])
    expect(agent('<think>a</think>\n<tool_call>{}</tool_call>\nNow I wait.\n')!.at(-1)).toEqual([
      'other',
      'Now I wait.',
    ])
    expect(agent('<think>a</think>\nFirst this.\n<tool_call>{}</tool_call>\n')![1]).toEqual([
      'reason',
      'First this.',
    ])
  })

  it('ends a tag that is never closed at the next one or at the turn', () => {
    expect(agent('<think>\na\n<tool_call>\n{"b": [')).toEqual([
      ['reason', 'a'],
      ['act', '{"b": ['],
    ])
  })

  it('says so where it answers itself', () => {
    const pieces = agentPieces(
      '<think> a </think> <search> q </search> <information> d </information> <answer> e </answer>',
    )!
    expect(contents(pieces)).toEqual([
      ['reason', 'a'],
      ['act', 'q'],
      ['observation', 'd'],
      ['act', 'e'],
    ])
    expect(pieces.flatMap(({ warnings }) => warnings ?? []).map(({ code }) => code)).toEqual([
      'observation-written-by-model',
    ])
  })

  it('is prose and the fenced command at its end', () => {
    expect(agent('Look at it.\n```\nedit 1:2\n  x = "`"\n\nend\n```\n')).toEqual([
      ['reason', 'Look at it.'],
      ['act', 'edit 1:2\n  x = "`"\n\nend'],
    ])
    expect(agent('DISCUSSION\nLook at it.\n```bash\nls\n```')).toEqual([
      ['reason', 'Look at it.'],
      ['act', 'ls'],
    ])
    expect(agent('So:\n```\nold\n```\nNow:\n```sh\nnew\n```\n')).toEqual([
      ['reason', 'So:\n```\nold\n```\nNow:'],
      ['act', 'new'],
    ])
  })

  it('is left alone where the block is shown, not run', () => {
    expect(agent('Here it is:\n```html\n<b>x</b>\n```\n')).toBeNull()
    expect(agent('Here it is:\n```\nx\n```\nDo you like it?\n')).toBeNull()
    expect(agent('Use `<think>` and "<answer>" as you like.')).toBeNull()
  })

  it('may end a marked thought in code', () => {
    for (const block of [
      '```bash\nls -a\n```\n',
      'Code:\n```py\nls -a\n```<end_code>\n',
      '<code>\nls -a\n</code>\n',
      '{{code_block_opening_tag}}\nls -a\n{{code_block_closing_tag}}\n',
    ]) {
      expect(agent(`THOUGHT: first\nsecond\n\n${block}`)).toEqual([
        ['reason', 'first\nsecond'],
        ['act', 'ls -a'],
      ])
    }
  })

  it('leaves the fences and tags behind an action marker out of the content', () => {
    expect(agent('Thought: a\nAction:\n```json\n{"b": 1}\n```\n')![1]).toEqual(['act', '{"b": 1}'])
    expect(agent('Thought: a\nAction: <tool_call>{"b": 1}</tool_call>\n')![1]).toEqual(['act', '{"b": 1}'])
  })

  it('is never longer or shorter than its text, and takes linear time', () => {
    const part = fc.constantFrom(
      ...['<think>', '</think>', '<answer>', '</answer>', '<output>', '</output>', '<code>', '</code>'],
      ...['Thought: a', 'Action: b[', 'Observation: c', '```', '```py', '\n', '\n', ' ', 'words', '<', '>'],
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        const text = parts.join('')
        for (const pieces of [agentPieces(text), answerPieces(text)]) {
          if (pieces !== null) expect(pieces.map((piece) => piece.text).join('')).toBe(text)
        }
      }),
      { numRuns: 3000 },
    )
    for (const hostile of ['<think>\n', '</think>', '<think <', '```\n', '<a b="', 'Thought: a\n<code>\n']) {
      const text = hostile.repeat(100_000)
      expect(
        answerPieces(text)
          .map((piece) => piece.text)
          .join(''),
      ).toBe(text)
      agentPieces(text)
    }
  }, 20_000)
})

describe('a turn of the world', () => {
  it('is an observation without its marker or tags', () => {
    expect(answer('Observation:\nOn the desk you see a pen.\nYou have 3 steps left.\n')).toEqual([
      ['observation', 'On the desk you see a pen.\nYou have 3 steps left.'],
    ])
    expect(answer('<tool_response>\na\n</tool_response>\n<tool_response>b</tool_response>\n')).toEqual([
      ['observation', 'a'],
      ['observation', 'b'],
    ])
    expect(answer('The page says <output>x</output>.\n')).toEqual([
      ['observation', 'The page says <output>x</output>.'],
    ])
  })

  it('ends where a second model begins to speak', () => {
    expect(answer('Observation: a\nSUMMARIZATION: so far\nso good\n')).toEqual([
      ['observation', 'a'],
      ['other', 'so far\nso good'],
    ])
    expect(answer('Observation: a\nExpert feedback:\nTry again.\n')![1]).toEqual(['other', 'Try again.'])
  })
})
