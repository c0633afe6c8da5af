import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codes, contents, expectPartition, read, spansOf } from './reading.ts'

const CHATML = `<|im_start|>system
You may write <tool_call></tool_call>.<|im_end|>
<|im_start|>user
Find the lake.<|im_end|>
<|im_start|>assistant
<think>
Where?
</think>
<tool_call>
{"name": "find"}
</tool_call><|im_end|>
<|im_start|>user
<tool_response>
deep
</tool_response><|im_end|>
<|im_start|>assistant
Thought: I know.
Action: Finish[deep]<|im_end|>
`
const CHATML_SPANS = [
  [
    'prompt',
    '<|im_start|>system\nYou may write <tool_call></tool_call>.<|im_end|>\n<|im_start|>user\nFind the lake.<|im_end|>',
  ],
  ['reason', 'Where?'],
  ['act', '{"name": "find"}'],
  ['observation', 'deep'],
  ['reason', 'I know.'],
  ['act', 'Finish[deep]'],
]

describe('chat templates', () => {
  it('keep their tokens in the text, as markers around what is said', () => {
    const run = read(CHATML).trajectories[0]!
    expect(run.format).toBe('chat-template')
    expect(run.text).toBe(CHATML)
    expect(spansOf(run)).toEqual(CHATML_SPANS)
    const [, reason, act] = run.spans
    expect(run.text.slice(reason!.start, reason!.contentStart)).toBe('<|im_start|>assistant\n<think>\n')
    expect(run.text.slice(act!.contentEnd, act!.end)).toBe('\n</tool_call><|im_end|>\n')
  })

  it('may hold several conversations', () => {
    const runs = contents(`${CHATML}${CHATML}`)
    expect(runs).toEqual([CHATML_SPANS, CHATML_SPANS])
  })

  it('are those of Llama 3, with calls behind a token', () => {
    const text =
      '<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nFind it.<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n<|python_tag|>find("x")<|eom_id|><|start_header_id|>ipython<|end_header_id|>\n\nhere<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nIt is here.<|eot_id|>'
    expect(contents(`${text}${text}`)).toHaveLength(2)
    expect(contents(text)[0]).toEqual([
      ['prompt', '<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nFind it.<|eot_id|>'],
      ['act', 'find("x")'],
      ['observation', 'here'],
      ['act', 'It is here.'],
    ])
  })

  it('are those of Llama 2, Gemma, Zephyr and instruction files', () => {
    const steps = [
      ['reason', 'where?'],
      ['act', 'look[here]'],
    ]
    for (const text of [
      '<s>[INST] <<SYS>>\nAct.\n<</SYS>>\n\nFind it. [/INST] Thought: where?\nAction: look[here] </s><s>[INST] Observation: no [/INST] Thought: where?\nAction: look[here] </s>',
      '<bos><start_of_turn>user\nFind it.<end_of_turn>\n<start_of_turn>model\nThought: where?\nAction: look[here]<end_of_turn>\n<start_of_turn>user\nObservation: no<end_of_turn>\n<start_of_turn>model\nThought: where?\nAction: look[here]<end_of_turn>\n',
      '<|system|>\nAct.</s>\n<|user|>\nFind it.</s>\n<|assistant|>\nThought: where?\nAction: look[here]</s>\n<|user|>\nObservation: no</s>\n<|assistant|>\nThought: where?\nAction: look[here]</s>\n',
      'Below is a task.\n\n### Instruction:\nFind it.\n\n### Response:\nThought: where?\nAction: look[here]\n\n### Observation:\nObservation: no\n\n### Response:\nThought: where?\nAction: look[here]\n',
    ]) {
      const [spans, ...rest] = contents(text)
      expect(rest).toEqual([])
      expect(spans!.slice(1)).toEqual([...steps, ['observation', 'no'], ...steps])
      expect(spans![0]![1]).toContain('Find it.')
    }
  })

  it('say by channels what is thought and what is done', () => {
    const text =
      '<|start|>user<|message|>Find it.<|end|><|start|>assistant<|channel|>analysis<|message|>Where?<|end|><|start|>assistant<|channel|>commentary to=functions.find <|constrain|>json<|message|>{"q": 1}<|call|><|start|>functions.find to=assistant<|channel|>commentary<|message|>here<|end|><|start|>assistant<|channel|>final<|message|>Here.<|return|>'
    expect(contents(text)[0]!.slice(1)).toEqual([
      ['reason', 'Where?'],
      ['act', '{"q": 1}'],
      ['observation', 'here'],
      ['act', 'Here.'],
    ])
  })

  it('are LangGraph’s printed messages', () => {
    const rule = '='.repeat(33)
    const text = `${rule} Human Message ${rule}\n\nFind it.\n${rule} Ai Message ${rule}\n\nI look.\nTool Calls:\n  find (call_1)\n Call ID: call_1\n  Args:\n    q: x\n${rule} Tool Message ${rule}\nName: find\n\nhere\n${rule} Ai Message ${rule}\n\nIt is here.\n`
    expect(contents(text)[0]!.slice(1)).toEqual([
      ['reason', 'I look.'],
      ['act', 'find (call_1)\n Call ID: call_1\n  Args:\n    q: x'],
      ['observation', 'Name: find\n\nhere'],
      ['act', 'It is here.'],
    ])
  })

  it('without any notation teach nothing, and say so', () => {
    const run = read('<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello<|im_end|>\n')
      .trajectories[0]!
    expect(codes(run)).toContain('unmarked-turn')
    expect(run.spans.map(({ kind }) => kind)).toEqual(['prompt', 'other'])
  })

  it('partition any text and take linear time', () => {
    const part = fc.constantFrom(
      ...[
        '<|im_start|>',
        '<|im_start|>user\n',
        '<|im_start|>assistant\n',
        '<|im_end|>',
        '\n',
        ' ',
        'Thought: a\n',
      ],
      ...['Action: b', '<think>', '</think>', 'words', '<s>', '```\n', '<|im_start|>system\n'],
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        read(parts.join(''), { format: 'chat-template' }).trajectories.forEach(expectPartition)
      }),
      { numRuns: 2000 },
    )
    for (const hostile of [
      '<|im_start|>assistant\n',
      '<|im_start|>user\n<|im_end|>',
      '<|im_start|>',
      '[INST] a [/INST]',
    ]) {
      read(hostile.repeat(30_000), { format: 'chat-template' })
    }
  }, 20_000)
})
