import { describe, expect, it } from 'vitest'
import { contents, read } from './reading.ts'

const ANSWERED = [
  ['observation', '12:00'],
  ['act', 'Noon.'],
]

describe('Templates of models', () => {
  it('may be DeepSeek’s, whose calls open with a token', () => {
    const run =
      '<｜begin▁of▁sentence｜>You help.<｜User｜>Time?<｜Assistant｜><think>\nneed a clock\n</think>\n<｜tool▁calls▁begin｜>clock\n```json\n{}\n```<｜tool▁calls▁end｜><｜end▁of▁sentence｜><｜tool▁outputs▁begin｜>12:00<｜tool▁outputs▁end｜><｜Assistant｜>Noon.<｜end▁of▁sentence｜>'
    expect(contents(run)).toEqual([
      [
        ['prompt', '<｜begin▁of▁sentence｜>You help.<｜User｜>Time?'],
        ['reason', 'need a clock'],
        ['act', 'clock\n```json\n{}\n```<｜tool▁calls▁end｜>'],
        ...ANSWERED,
      ],
    ])
  })

  it('may be Mistral’s with tools', () => {
    const run =
      '<s>[AVAILABLE_TOOLS] [{"name": "f"}][/AVAILABLE_TOOLS][INST] Time? [/INST][TOOL_CALLS] [{"name": "f"}]</s>[TOOL_RESULTS] 12:00[/TOOL_RESULTS] Noon.</s>'
    expect(contents(run)[0]!.slice(1)).toEqual([['act', '[{"name": "f"}]'], ...ANSWERED])
  })

  it('may be Granite’s or Command R’s', () => {
    const thought = 'Thought: t\nAction: Finish[x]'
    const granite = `<|start_of_role|>user<|end_of_role|>q<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>${thought}<|end_of_text|>\n`
    const command = `<|START_OF_TURN_TOKEN|><|USER_TOKEN|>q<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>${thought}<|END_OF_TURN_TOKEN|>`
    for (const run of [granite, command]) {
      expect(contents(run)[0]!.slice(1)).toEqual([
        ['reason', 't'],
        ['act', 'Finish[x]'],
      ])
    }
  })

  it('may be names in capitals, where functions respond', () => {
    const chat =
      'USER: Time?\n\n\nASSISTANT: <functioncall> {"name": "clock"} <|endoftext|>\n\n\nFUNCTION RESPONSE: 12:00\n\n\nASSISTANT: Noon. <|endoftext|>\n'
    expect(contents(JSON.stringify({ system: 'SYSTEM: Help.', chat }))).toEqual([
      [['prompt', 'USER: Time?'], ['act', '{"name": "clock"}'], ...ANSWERED],
    ])
  })
})

describe('Line ends of Windows and blank lines above', () => {
  it('change nothing for Alpaca’s text and for tables', () => {
    const alpaca =
      'Below is an instruction.\n\n### Instruction:\nWho?\n\n### Response:\nThought: t\nAction: finish[x]\n'
    const table = 'task,thought,action,observation\nt,a,b,c\nt,d,e,f\n'
    for (const text of [alpaca, table]) {
      const cut = contents(text).map((spans) => spans.map(([kind]) => kind))
      expect(cut).toHaveLength(1)
      for (const other of [text.replaceAll('\n', '\r\n'), `\n \n${text}`]) {
        expect(contents(other).map((spans) => spans.map(([kind]) => kind))).toEqual(cut)
      }
    }
    expect(contents(alpaca.replaceAll('\n', '\r\n'))[0]![0]![1]).toContain('Below is')
  })
})

describe('Pages of Markdown', () => {
  const cut = [
    ['reason', 'I search.'],
    ['act', 'search("tree")'],
    ['observation', 'Hyperion'],
    ['reason', 'Got it.'],
    ['act', 'Hyperion'],
  ]

  it('may show a run in a list', () => {
    const page =
      '**Question:** Tallest tree?\n\n- **Thought 1:** I search.\n- **Action 1:** search("tree")\n- **Observation 1:** Hyperion\n- **Thought 2:** Got it.\n- **Final Answer:** Hyperion\n'
    expect(contents(page)).toEqual([[['prompt', '**Question:** Tallest tree?'], ...cut]])
  })

  it('may show a run under headings', () => {
    const page =
      '## Question\nTallest tree?\n\n### Thought\nI search.\n\n### Action\nsearch("tree")\n\n### Observation\nHyperion\n\n### Thought\nGot it.\n\n### Final Answer\nHyperion\n'
    expect(contents(page)).toEqual([[['prompt', '## Question\nTallest tree?'], ...cut]])
  })

  it('may as well explain what a thought is', () => {
    const page =
      '# Format\n\n- **Thought**: what it thinks\n- **Action**: what it does\n- **Observation**: what comes back\n'
    expect(read(page).trajectories).toEqual([])
  })
})
