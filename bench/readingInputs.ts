/** Synthetic files for the reading bench, the same on every machine; nobody's agent wrote them. */
import { Random } from '../workers/random.ts'

const WORDS =
  'the lamp oldest search answer which museum holds a letter from river town keeper found first second page title year born near north wrote that I should look for it next then compare both before finishing'.split(
    ' ',
  )

function sentence(random: Random, words: number): string {
  return Array.from({ length: words }, () => random.pick(WORDS)).join(' ')
}

/** A ReAct run of 3 to 7 steps, about 2 kB. */
export function reactRun(random: Random): string {
  let text = `Question: ${sentence(random, 14)}?\n`
  const steps = 3 + random.below(5)
  for (let step = 1; step <= steps; step++) {
    text += `Thought ${step}: ${sentence(random, 24)}.\n`
    if (step === steps) text += `Action ${step}: Finish[${sentence(random, 3)}]\n`
    else
      text += `Action ${step}: Search[${sentence(random, 3)}]\nObservation ${step}: ${sentence(random, 55)}.\n`
  }
  return text
}

/** The same run as a line of JSONL, in OpenAI's messages. */
export function messagesLine(random: Random): string {
  const run = reactRun(random)
  const [question, ...turns] = run.split(/(?=^(?:Thought|Observation) \d+:)/m)
  const messages = [
    { role: 'system', content: 'Solve the task by thinking and acting in turn.' },
    { role: 'user', content: question! },
    ...turns.map((content) => ({
      role: content.startsWith('Observation') ? 'user' : 'assistant',
      content,
    })),
  ]
  return `${JSON.stringify({ id: random.below(1e9), messages })}\n`
}

/** At least `bytes` of a text, made of many different pieces over and over. */
export function* pieces(make: (random: Random) => string, bytes: number): Generator<Uint8Array> {
  const random = new Random(1)
  const encoder = new TextEncoder()
  const blocks = Array.from({ length: 16 }, () => {
    let block = ''
    while (block.length < 2 ** 20) block += make(random)
    return encoder.encode(block)
  })
  for (let made = 0, i = 0; made < bytes; i++) {
    const block = blocks[i % blocks.length]!
    made += block.length
    yield block
  }
}

/** Texts that make a careless scanner look at everything again and again. */
export const HOSTILE_TEXTS: Record<string, (times: number) => string> = {
  'arguments never closed': (n) => `Thought: a\n${'Action: a[\n'.repeat(n)}`,
  'questions alone': (n) => `${'Question: a\n'.repeat(n)}Thought: a\nAction: b\nObservation: c\n`,
  'acts in a thought': (n) => `Question: a\nThought: ${' Action: a[b]'.repeat(n)}x\nObservation: b\n`,
  'blank contents': (n) => `Thought:${' '.repeat(n * 5)}\nAction:${'\t'.repeat(n * 5)}\n`,
  'blank lines': (n) => `Question: q\nThought: t${'\n \n'.repeat(n * 2)}Action: a[b]${'\n'.repeat(n * 4)}`,
  'thoughts without end': (n) => `Your task is to: a\n${'> think: a\n'.repeat(n)}`,
  'commands and rooms': (n) =>
    '> go to desk 1\nYou are in the middle of a room.\nYour task is to: b\n'.repeat(n / 6),
  brackets: (n) => `Question: q\nThought: t\nAction: finish[${'[]]'.repeat(n * 3)}x\n`,
  'open tags': (n) => '<think><tool_call>{"a": '.repeat(n / 2),
  'tags crossed': (n) => '<think>a</tool_call><action>b</think></action>\n'.repeat(n / 4),
  fences: (n) => '```bash\nls\n~~~\nText\n```python'.repeat(n / 3),
  'chains entered': (n) =>
    '> Entering new AgentExecutor chain...\n\u001b[32;1m\u001b[1;3mAction: a\n'.repeat(n / 8),
  colours: (n) => `Thought: a\nAction: b\n${'\u001b[0m\u001b[36;1m'.repeat(n)}\n`,
  'chat templates': (n) => '<|im_start|>assistant\nThought: a\n<|im_start|>'.repeat(n / 4),
  'literals never closed': (n) => `trajectory={${"'thought_0': 'a\\'\\\\', ['".repeat(n / 2)}`,
  'literals nested': (n) => `Prediction(trajectory=${"{'a': [".repeat(n / 2)}`,
  'quotes escaped': (n) => `{"conversations": [{"from": "human", "value": "${'\\"\\\\'.repeat(n * 2)}`,
  'one long word': (n) => 'x'.repeat(n * 10),
}

/** Records in which the lists, or the texts, or the nesting are long. */
export const HOSTILE_RECORDS: Record<string, (times: number) => object> = {
  'many messages': (n) => ({
    messages: list(n / 8, (i) => ({ role: i % 2 ? 'assistant' : 'user', content: 'Thought: a\nAction: b[' })),
  }),
  'many calls in one turn': (n) => ({
    messages: [
      { role: 'user', content: 'a' },
      {
        role: 'assistant',
        content: null,
        tool_calls: list(n / 16, (i) => ({
          id: `${i}`,
          type: 'function',
          function: { name: 'f', arguments: '{"a":' },
        })),
      },
    ],
  }),
  'answers without calls': (n) => ({
    messages: list(n / 8, (i) => ({ role: i ? 'tool' : 'assistant', content: 'x', tool_call_id: `${i}` })),
  }),
  'many turns': (n) => ({
    conversations: list(n / 8, (i) => ({ from: i % 2 ? 'gpt' : 'human', value: 'Thought: a\nAction: b[' })),
  }),
  'many steps': (n) => ({
    trajectory: list(n / 8, (i) => ({ thought: `a ${i}`, action: 'b[', observation: 'c', state: 'd' })),
  }),
  'rows of steps': (n) =>
    list(n / 8, (i) => ({ task: `${i % 3}`, thought: 'a', action: 'b', observation: 'c' })),
  'parallel lists': (n) => ({
    thoughts: list(n / 4, String),
    actions: list(n / 4, String),
    observations: [],
  }),
  'numbered keys': (n) => ({
    trajectory: Object.fromEntries(
      list(n / 4, (i) => [
        [`thought_${i}`, 'a'],
        [`tool_name_${i}`, 'b'],
      ]).flat(),
    ),
  }),
  'responses items': (n) => ({
    output: list(n / 8, (i) =>
      i % 2
        ? { type: 'function_call', name: 'f', arguments: '{"a":', call_id: `${i}` }
        : { type: 'reasoning', summary: [{ type: 'summary_text', text: 'a' }] },
    ),
  }),
  'a long text in a message': (n) => ({
    messages: [
      { role: 'user', content: 'q' },
      { role: 'assistant', content: 'Thought: a\nAction: b[\n<think>```'.repeat(n / 4) },
    ],
  }),
  contents: (n) => ({
    contents: list(n / 8, (i) => ({
      role: i % 2 ? 'model' : 'user',
      parts: [{ text: 'a' }, { functionCall: { name: 'f', args: { a: i } } }],
    })),
  }),
  'a tape': (n) => ({
    steps: list(n / 8, (i) => ({
      kind: ['user', 'assistant_thought', 'assistant', 'tool'][i % 4],
      content: 'a[',
    })),
  }),
  'intermediate steps': (n) => ({
    input: 'q',
    intermediate_steps: list(n / 8, () => [
      { tool: 'f', tool_input: '{"a":', log: 'Thought: a\nAction: f' },
      'o',
    ]),
  }),
  'one query and its answers': (n) => ({
    query: 'q',
    tools: '[]',
    answers: JSON.stringify(list(n / 8, (i) => ({ name: 'f', arguments: { a: i } }))),
  }),
  'a tree and its messages': (n) => ({
    answer_generation: {
      query: 'q',
      train_messages: list(n / 64, () =>
        list(8, (i) => ({ role: i % 2 ? 'assistant' : 'user', content: 'Thought: a' })),
      ),
    },
  }),
  'history and trajectory': (n) => ({
    history: list(n / 8, (i) => ({
      role: i % 2 ? 'assistant' : 'user',
      content: 'a\n```\nls\n```',
      agent: 'x',
    })),
    trajectory: list(n / 8, () => ({ action: 'ls', observation: 'o', thought: 'a', response: 'a' })),
    info: { exit_status: 'submitted' },
  }),
  events: (n) => ({
    events: list(n / 8, (i) => ({
      id: i,
      source: i % 2 ? 'agent' : 'environment',
      action: 'run',
      content: 'a',
    })),
  }),
  'turns as strings': (n) => list(n / 4, (i) => (i % 2 ? 'Assistant: Thought: a' : 'User: b')),
  'log-probabilities': (n) => ({
    choices: [
      {
        message: { role: 'assistant', content: 'ab'.repeat(n) },
        logprobs: { content: list(n / 8, () => ({ token: 'ba', logprob: -1, top_logprobs: [] })) },
      },
    ],
  }),
  alpaca: (n) => ({
    instruction: 'Question: '.repeat(n),
    input: '',
    output: 'Thought: a\nAction: b[\n'.repeat(n / 4),
  }),
}

function list<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: Math.max(1, Math.floor(count)) }, (_, i) => make(i))
}
