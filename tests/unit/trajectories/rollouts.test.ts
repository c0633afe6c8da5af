import { describe, expect, it } from 'vitest'
import { contents, read } from './reading.ts'

function lines(...records: object[]): string {
  return records.map((record) => `${JSON.stringify(record)}\n`).join('')
}

describe('What the world answers in the middle of a thought', () => {
  const answered = [
    ['prompt', 'Question: Who wrote Dune?'],
    ['reason', 'I must search.'],
    ['act', 'Dune author'],
    ['observation', 'Doc 1: Herbert wrote <b>Dune</b>.'],
    ['reason', 'So Herbert.'],
    ['act', 'Herbert'],
  ]

  it('is an observation, in tags', () => {
    const run = `Question: Who wrote Dune?
<think> I must search.
<search> Dune author </search>
<information> Doc 1: Herbert wrote <b>Dune</b>. </information>
So Herbert. </think>
<answer> Herbert </answer>
`
    expect(contents(run)).toEqual([answered])
  })

  it('is an observation, in special tokens', () => {
    const run = `Question: Who wrote Dune?
<think>
I must search. <|begin_of_query|> Dune author <|end_of_query|>

<|begin_of_documents|>
Doc 1: Herbert wrote <b>Dune</b>.
<|end_of_documents|>

So Herbert.
</think>
<answer>
Herbert
</answer>
`
    expect(contents(run)).toEqual([answered])
  })

  it('may be the last that stands there', () => {
    const run = '<think>a\n<search>b</search>\n<information>c</information>\n</think>\n<answer>d</answer>\n'
    expect(contents(run)).toEqual([
      [
        ['reason', 'a'],
        ['act', 'b'],
        ['observation', 'c'],
        ['other', '</think>'],
        ['act', 'd'],
      ],
    ])
  })

  it('is part of the thought where it only names the tags', () => {
    const turn = '<think>It has an <information> tag and </information>, too.</think>\n<answer>Bob</answer>'
    const messages = [
      { role: 'user', content: 'Who?' },
      { role: 'assistant', content: turn },
    ]
    expect(contents(JSON.stringify({ messages }))[0]).toEqual([
      ['prompt', 'Who?'],
      ['reason', 'It has an <information> tag and </information>, too.'],
      ['act', 'Bob'],
    ])
  })
})

describe('A command in backticks at the end of the prose', () => {
  it('is the act that the prose leads to', () => {
    const messages = [
      { role: 'user', content: 'OBJECTIVE: open the page' },
      { role: 'assistant', content: 'I click it. My next action is ```click [12]```.' },
      { role: 'user', content: 'The page is `open`.' },
      { role: 'assistant', content: 'It says ```x``` there, which is all.' },
    ]
    expect(contents(JSON.stringify({ messages }))[0]).toEqual([
      ['prompt', 'OBJECTIVE: open the page'],
      ['reason', 'I click it. My next action is'],
      ['act', 'click [12]'],
      ['other', '.'],
      ['observation', 'The page is `open`.'],
      ['other', 'It says ```x``` there, which is all.'],
    ])
  })
})

describe('Lines of one item each', () => {
  const rest = [
    { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'think' }] },
    { type: 'function_call', name: 'f', arguments: '{}', call_id: '1' },
    { type: 'function_call_output', call_id: '1', output: 'o' },
    { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'a' }] },
  ]

  it('may begin with what the user asked as a plain message', () => {
    const { trajectories, problems } = read(lines({ role: 'user', content: 'q' }, ...rest))
    expect(problems).toEqual([])
    expect(trajectories.map(({ format }) => format)).toEqual(['openai-responses'])
    expect(contents(lines({ role: 'user', content: 'q' }, ...rest))[0]!.slice(0, 2)).toEqual([
      ['prompt', 'q'],
      ['reason', 'think'],
    ])
  })

  it('are chat messages where all of them are plain', () => {
    const messages = [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'Thought: t\nAction: finish[x]' },
    ]
    const { trajectories, problems } = read(lines(...messages))
    expect(problems).toEqual([])
    expect(trajectories.map(({ format }) => format)).toEqual(['openai-messages'])
  })
})

describe('Words for the user after a call in a template', () => {
  it('are an act, as the tool answers in a turn of the user', () => {
    const run = `<|im_start|>user
Time?<|im_end|>
<|im_start|>assistant
<tool_call>
{"name": "clock"}
</tool_call><|im_end|>
<|im_start|>user
<tool_response>
12:00
</tool_response><|im_end|>
<|im_start|>assistant
Noon.<|im_end|>
`
    expect(contents(run)[0]!.slice(1)).toEqual([
      ['act', '{"name": "clock"}'],
      ['observation', '12:00'],
      ['act', 'Noon.'],
    ])
  })
})
