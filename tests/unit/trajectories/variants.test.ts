import { describe, expect, it } from 'vitest'
import { contents, read } from './reading.ts'

function spans(value: unknown) {
  return contents(JSON.stringify(value))
}

describe('Parts of steps that say of which kind they are', () => {
  const parts = [
    { type: 'thought', content: 'I look' },
    { type: 'action', tool: 'look', input: { at: 'desk' } },
    { type: 'observation', content: 'a room' },
    { type: 'final_answer', content: 'done' },
  ]
  const cut = [
    ['reason', 'I look'],
    ['act', 'look({"at": "desk"})'],
    ['observation', 'a room'],
    ['act', 'done'],
  ]

  it('are steps in a record, in a list and in lines', () => {
    expect(spans({ task: 'find', steps: parts })).toEqual([[['prompt', 'find'], ...cut]])
    expect(spans(parts)).toEqual([cut])
    const rows = [1, 2].flatMap((run) => parts.map((part) => JSON.stringify({ run, ...part })))
    expect(contents(rows.join('\n'))).toEqual([cut, cut])
  })

  it('are none where nobody thinks or sees anything', () => {
    const form = [
      { type: 'question', text: 'What?' },
      { type: 'answer', text: 'That.' },
    ]
    expect(read(JSON.stringify({ form })).trajectories).toEqual([])
  })
})

describe('Games of text', () => {
  it('may have commands that ALFWorld does not know, and tasks without a colon', () => {
    const game = (task: string) =>
      `Your task is to ${task}.\n> think: water first.\nOK.\n> activate sink\nIt runs.\n> flush toilet\nok\n> eat apple\nok\n`
    expect(contents(`${game('boil water')}\n${game('find a plant')}`)).toEqual(
      ['boil water', 'find a plant'].map((task) => [
        ['prompt', `Your task is to ${task}.`],
        ['reason', 'water first.'],
        ['observation', 'OK.'],
        ['act', 'activate sink'],
        ['observation', 'It runs.'],
        ['act', 'flush toilet'],
        ['observation', 'ok'],
        ['act', 'eat apple'],
        ['observation', 'ok'],
      ]),
    )
  })
})

describe('Preference data', () => {
  it('brings the better answer under what was asked, and never the worse one', () => {
    const text = { prompt: 'q?', chosen: 'Thought: g\nAction: x[1]', rejected: 'Thought: b\nAction: y[1]' }
    const turn = (from: string, value: string) => ({ from, value })
    const turns = {
      prompt: [turn('human', 'q?')],
      chosen: [turn('gpt', text.chosen)],
      rejected: [turn('gpt', text.rejected)],
    }
    const better = [
      ['prompt', 'q?'],
      ['reason', 'g'],
      ['act', 'x[1]'],
    ]
    expect(spans(text)).toEqual([better])
    expect(spans(turns)).toEqual([better])
    const runs = { chosen: `Question: ${text.chosen}`, rejected: `Question: q\n${text.rejected}` }
    expect(JSON.stringify(read(JSON.stringify(runs)).trajectories)).not.toContain('y[1]')
  })
})

describe('Intermediate steps', () => {
  it('may be named tuples that JSON wrote as lists', () => {
    const log = 'Thought: I call it.\nASSISTANT Action: days\nASSISTANT Action Input: {}'
    expect(spans({ input: 'q?', intermediate_steps: [[['days', '{}', log], 'two']], output: '2' })).toEqual([
      [
        ['prompt', 'q?'],
        ['reason', 'I call it.'],
        ['act', 'days\nASSISTANT Action Input: {}'],
        ['observation', 'two'],
        ['act', '2'],
      ],
    ])
  })
})

describe('A text as the list of its lines', () => {
  it('is read as the text, as notebooks keep what was printed', () => {
    const text = ['Question: q?\n', 'Thought: t\n', 'Action: finish[x]\n']
    expect(spans({ cells: [{ outputs: [{ output_type: 'stream', text }] }] })).toEqual([
      [
        ['prompt', 'Question: q?'],
        ['reason', 't'],
        ['act', 'finish[x]'],
      ],
    ])
  })
})
