import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { expectPartition, read } from './reading.ts'

describe('structured conversations', () => {
  const words = fc.oneof(
    fc.constantFrom(
      '',
      ' ',
      'a',
      'Thought: t\nAction: a',
      '<think>x</think>',
      '{"name": "f"}',
      '```\nls\n```',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  )
  const anything = fc.oneof(words, fc.jsonValue({ maxDepth: 3 }))
  const calls = fc.array(
    fc.record(
      { name: anything, function: anything, arguments: anything, args: anything, input: anything },
      { requiredKeys: [], noNullPrototype: true },
    ),
    { maxLength: 3 },
  )
  const block = fc.record(
    {
      type: fc.constantFrom('text', 'reasoning', 'thinking', 'tool_call', 'tool_use', 'tool_result', 'image'),
      text: anything,
      value: anything,
      content: anything,
      name: anything,
      input: anything,
      functionCall: anything,
      functionResponse: anything,
    },
    { requiredKeys: ['type'], noNullPrototype: true },
  )
  const message = fc.record(
    {
      role: fc.constantFrom(
        'system',
        'user',
        'assistant',
        'agent',
        'tool',
        'function_call',
        'thought',
        'other',
      ),
      from: fc.constantFrom('human', 'gpt', 'observation', 'function_call'),
      type: fc.constantFrom('message', 'reasoning', 'function_call', 'function_call_output', 'ai', 'human'),
      kind: fc.constantFrom('user', 'assistant', 'assistant_thought', 'tool', 'click_action'),
      content: fc.oneof(anything, fc.array(block, { maxLength: 3 })),
      value: anything,
      parts: fc.array(block, { maxLength: 2 }),
      summary: anything,
      arguments: anything,
      output: anything,
      tool_calls: fc.oneof(calls, anything),
      function_call: anything,
      reasoning_content: anything,
      observation: anything,
      message: anything,
      logprobs: anything,
      loss: fc.constantFrom(true, false, null),
      is_demo: fc.boolean(),
      sessionId: fc.constant('s'),
      uuid: fc.constant('u'),
      payload: anything,
    },
    { requiredKeys: [], noNullPrototype: true },
  )
  const list = fc.array(message, { maxLength: 6 })
  const record = fc.record(
    {
      messages: list,
      conversations: list,
      steps: list,
      output: list,
      input: fc.oneof(list, anything),
      contents: list,
      choices: fc.array(
        fc.record({ message, text: anything, logprobs: anything }, { noNullPrototype: true }),
        {
          maxLength: 2,
        },
      ),
      answer_generation: fc.record(
        { train_messages: fc.array(list, { maxLength: 3 }) },
        { noNullPrototype: true },
      ),
      chosen: fc.oneof(message, list),
      query: anything,
      tools: anything,
      answers: anything,
      prompt_logprobs: anything,
    },
    { requiredKeys: [], noNullPrototype: true },
  )

  it('never throw, and their spans partition the text, whatever their fields hold', () => {
    fc.assert(
      fc.property(fc.oneof(record, list, fc.array(list, { maxLength: 3 })), fc.boolean(), (value, lines) => {
        const rows = Array.isArray(value) ? value : [value]
        const text = lines ? rows.map((row) => JSON.stringify(row)).join('\n') : JSON.stringify(value)
        read(text).trajectories.forEach(expectPartition)
      }),
      { numRuns: 2000 },
    )
  })

  it('never fail on how deep their fields are', () => {
    const deep = (depth: number) => `${'{"text": '.repeat(depth)}1${'}'.repeat(depth)}`
    for (const depth of [5, 50, 5000]) {
      for (const field of [
        'content',
        'reasoning',
        'tool_calls',
        'observation',
        'function_call',
        'logprobs',
      ]) {
        const text = `{"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a", "${field}": ${deep(depth)}}]}`
        read(text).trajectories.forEach(expectPartition)
      }
    }
  })

  it('take time in proportion to their length', () => {
    const long = (n: number): string[] => [
      JSON.stringify([{ role: 'user', content: 'q' }, ...Array(n).fill({ role: 'assistant', content: 'x' })]),
      JSON.stringify([{ role: 'assistant', tool_calls: Array(n).fill({ name: 'f', args: {} }) }]),
      JSON.stringify({ role: 'assistant', output: Array(n).fill({ type: 'function_call', name: 'f' }) }),
      JSON.stringify({ contents: Array(n).fill({ role: 'model', parts: [{ text: 'x' }] }) }),
      JSON.stringify(
        Array(n).fill({ role: 'assistant', content: 'a'.repeat(40), reasoning: `${'a'.repeat(39)}b` }),
      ),
      JSON.stringify(Array(n).fill([{ role: 'user', content: 'q' }])),
    ]
    // The best of three: a machine that does other things as well makes some of them long.
    const timeOf = (n: number) => {
      return long(n).map((text) => {
        const times = [1, 2, 3].map(() => {
          const start = performance.now()
          read(text)
          return performance.now() - start
        })
        return Math.min(...times)
      })
    }
    timeOf(500)
    const short = timeOf(1000)
    const times = timeOf(16_000)
    // Sixteen times the input: sixteen times as long, where a quadratic reader takes 256 times.
    times.forEach((time, i) => {
      expect(time).toBeLessThan(100 * Math.max(short[i]!, 5))
    })
  }, 60_000)
})
