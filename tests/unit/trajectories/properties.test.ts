import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FORMATS } from '../../../workers/trajectories/formats/index.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import { segment } from '../../../workers/trajectories/segmenter.ts'
import { SPAN_KINDS } from '../../../workers/trajectories/trajectory.ts'
import { expectPartition, read } from './reading.ts'

/** Pieces that ReAct-like files are made of, whole and broken. */
const LINES = [
  'Question: q',
  '3 Claim: c',
  'Context: ',
  'Task: t',
  'Thought: t',
  'Thought 1: a',
  'Thought 2: b',
  'Action: go[x]',
  'Action 1: Search[x',
  'Action 2: Finish[y]',
  'Action: think[z]',
  'Action: reset',
  'Action Input: {"a": 1}',
  'Observation: o',
  'Observation 1: p',
  'Observation:',
  'Answer: a',
  'Final Answer: f',
  'ActionPath 1: s',
  'Reflection: r',
  'Correct answer: b',
  '> think: hm',
  '> go to desk 1',
  '>',
  '>think:',
  'OK.',
  'STATUS: OK',
  'You are in the middle of a room. You see a desk 1.',
  'Your task is to: tidy.',
  '-= Welcome to TextWorld, ALFRED! =-',
  'Here are some examples:',
  '(END OF EXAMPLES)',
  'Begin!',
  '-----',
  '---',
  "{'steps': 1}",
  '1 1 1.0',
  '```',
  '  ```',
  ']',
  '',
  '   ',
  'plain words',
  'Thought: a Action: go[b]',
  '\ud800 lone',
  'ünï😀code',
  '{"a": 1}',
  '[1',
  '\r',
  '<think>',
  '</think>',
  '<action>go</action>',
  '<tool_call>{"name": "f"}',
  '</tool_call>',
  '<answer>a</answer>',
  '<|im_start|>assistant',
  '<|im_end|>',
  '```bash',
  '> Entering new AgentExecutor chain...',
  '> Finished chain.',
  '\u001b[32;1mThought: c\u001b[0m',
  "Prediction(trajectory={'thought_0': 'a', ",
  "'tool_name_0': 'finish'})",
  "[(AgentAction(tool='f', tool_input={'a': 1}, log=''), 'o')]",
  '{"conversations": [{"from": "human", "value": "',
  'id,text',
  '1,"Thought: a',
]
/** Fields under which formats find what they look for. */
const KEYS = [
  [
    'messages',
    'conversations',
    'role',
    'content',
    'from',
    'value',
    'tool_calls',
    'function_call',
    'function',
  ],
  ['name', 'arguments', 'id', 'tool_call_id', 'type', 'text', 'parts', 'contents', 'functionCall', 'args'],
  ['reasoning_content', 'thought', 'action', 'observation', 'action_input', 'steps', 'trajectory', 'history'],
  [
    'thought_0',
    'tool_name_0',
    'tool_args_0',
    'observation_0',
    'intermediate_steps',
    'tool',
    'tool_input',
    'log',
  ],
  [
    'instruction',
    'input',
    'output',
    'question',
    'reward',
    'success',
    'logprobs',
    'token',
    'logprob',
    'choices',
  ],
  [
    'message',
    'train_messages',
    'answer_generation',
    'kind',
    'events',
    'source',
    'summary',
    'call_id',
    'response',
  ],
  ['query', 'answers', 'tools', 'prompt', 'completion', 'run', 'traj', 'info', 'task'],
].flat()

const assembled = fc
  .array(fc.tuple(fc.constantFrom(...LINES), fc.constantFrom('\n', '\n', '\n', '\r\n', '', ' ')), {
    maxLength: 40,
  })
  .map((lines) => lines.map(([line, end]) => line + end).join(''))
const anyText = fc.oneof({ weight: 3, arbitrary: assembled }, fc.string({ unit: 'binary', maxLength: 300 }))

describe('reading', () => {
  it('places no warning behind the end of an act that a log line cut short', () => {
    const { trajectories } = read('Action 1: Search[x\nBegin!\nAnswer: a\n]\nObservation 1: p\n')
    expect(trajectories.length).toBeGreaterThan(0)
    trajectories.forEach(expectPartition)
  })

  it('never throws, and its spans partition the text, for any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { trajectories, problems } = read(text)
        trajectories.forEach(expectPartition)
        expect(trajectories.map(({ index }) => index)).toEqual(trajectories.map((_, i) => i))
        expect(trajectories.length + problems.length).toBeGreaterThan(0)
        expect(problems.filter(({ message }) => message.includes('please report'))).toEqual([])
      }),
      { numRuns: 3000 },
    )
  })

  it('never throws for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        readTrajectories('f', bytes).trajectories.forEach(expectPartition)
      }),
      { numRuns: 1000 },
    )
  })

  it('never throws for any JSON that holds such texts and messages', () => {
    const message = fc.record(
      {
        role: fc.constantFrom('system', 'user', 'assistant', 'tool', 'gpt'),
        content: fc.oneof(anyText, fc.constant(null)),
      },
      { noNullPrototype: true },
    )
    const value = fc.oneof(fc.array(message, { maxLength: 6 }), anyText, fc.jsonValue({ maxDepth: 3 }))
    const records = fc.array(
      fc.dictionary(fc.constantFrom('messages', 'text', 'instruction', 'output'), value),
      {
        maxLength: 4,
      },
    )
    fc.assert(
      fc.property(records, fc.boolean(), (list, lines) => {
        const text = lines ? list.map((record) => JSON.stringify(record)).join('\n') : JSON.stringify(list)
        read(text).trajectories.forEach(expectPartition)
      }),
      { numRuns: 1500 },
    )
  })

  it('never throws for any record made of the fields that formats look for', () => {
    const key = fc.constantFrom(...KEYS)
    const leaf = fc.oneof(
      assembled,
      fc.constantFrom(
        'user',
        'assistant',
        'tool',
        'model',
        'human',
        'gpt',
        '{"a": 1}',
        '[{"name": "f"}]',
        '',
      ),
      fc.constantFrom(null, true, 0, -1.5, 1e300),
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(key, tie('value'), { maxKeys: 6, noNullPrototype: true }),
      ),
    }))
    fc.assert(
      fc.property(value, fc.boolean(), (content, lines) => {
        const text = JSON.stringify(content)
        const { trajectories, problems } = read(lines ? `${text}\n${text}` : text)
        trajectories.forEach(expectPartition)
        expect(problems.filter(({ message }) => message.includes('please report'))).toEqual([])
      }),
      { numRuns: 4000 },
    )
  })

  it('takes every character of a single trajectory, in order, from the text', () => {
    const turn = fc.tuple(
      fc.constantFrom('Thought', 'Action', 'Observation'),
      fc.constantFrom('a', 'b c', 'd[e]', 'f: g'),
    )
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 12 }), (turns) => {
        const text = `Question: q\nThought: t\nAction: go\n${turns.map(([word, rest]) => `${word}: ${rest}\n`).join('')}`
        const { trajectories } = read(text)
        expect(trajectories).toHaveLength(1)
        expect(trajectories[0]!.text).toBe(text)
        const kinds = { Thought: 'reason', Action: 'act', Observation: 'observation' } as Record<
          string,
          string
        >
        for (const span of trajectories[0]!.spans.slice(1)) {
          expect(kinds[/^\w+/.exec(text.slice(span.start))![0]]).toBe(span.kind)
        }
      }),
    )
  })

  it('is the same for every format by itself', () => {
    fc.assert(
      fc.property(assembled, fc.constantFrom(...FORMATS), (text, { id }) => {
        read(text, { format: id }).trajectories.forEach(expectPartition)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('the segmenter', () => {
  it('partitions any pieces, keeps their texts, and drops none but blank spans', () => {
    const piece = fc.record({
      kind: fc.constantFrom(...SPAN_KINDS.filter((kind) => kind !== 'prompt')),
      text: fc.oneof(
        fc.constantFrom('', ' ', '\n', 'a\n', ' b ', '\ud83d', '\ude00'),
        fc.string({ unit: 'binary', maxLength: 8 }),
      ),
      marker: fc.nat(10),
      closer: fc.constantFrom(undefined, ']', 'a'),
    })
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), (pieces) => {
        const trajectory = segment({ pieces }, { file: 'f', index: 0, format: 'x' })
        const text = pieces.map((one) => one.text.toWellFormed()).join('')
        if (trajectory === null) expect(text.trim()).toBe('')
        else {
          expect(trajectory.text).toBe(text)
          expectPartition(trajectory)
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('adversarial texts', () => {
  // The bound is generous on purpose: a quadratic reader needs minutes for these.
  const hostile: [string, string][] = [
    ['arguments that are never closed', `Thought: a\n${'Action: a[\n'.repeat(100_000)}`],
    [
      'questions without an answer',
      `${'Question: a\n'.repeat(100_000)}Thought: a\nAction: b\nObservation: c\n`,
    ],
    [
      'asides before the first step',
      `Question: a\n${'ActionPath 1: a\n'.repeat(100_000)}Thought 1: a\nAction 1: b\n`,
    ],
    ['acts inside a thought', `Question: a\nThought: ${' Action: a[b]'.repeat(100_000)}x\nObservation: b\n`],
    [
      'counts that begin again',
      `Thought 2: a\nAction 2: b\nObservation 2: c\n${'x\n'.repeat(20)}Thought 1: b\n`.repeat(5000),
    ],
    [
      'announcements of examples',
      `Question: a\nThought: b\nAnswer: c\n${'Here are some examples\n'.repeat(10)}`.repeat(10_000),
    ],
    ['blank contents', `Thought:${' '.repeat(1_000_000)}\nAction:${'\t'.repeat(1_000_000)}\n`],
    ['thoughts without end', '> think: a\n'.repeat(200_000)],
    ['brackets', `Question: q\nThought: t\nAction: finish[${']'.repeat(1_000_000)}x\n`],
    ['warnings', `Question: a\n${'Thought: a\nAction: x Action: y\nObservation: z\n'.repeat(30_000)}`],
  ]
  for (const [name, text] of hostile) {
    it(`are read in linear time: ${name}`, () => {
      read(text).trajectories.forEach(({ spans, text: whole }) => {
        expect(spans.at(-1)!.end).toBe(whole.length)
      })
    }, 20_000)
  }
})
