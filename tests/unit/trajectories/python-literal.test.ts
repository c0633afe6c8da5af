import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPython } from '../../../workers/trajectories/records/pythonLiteral.ts'
import { jsonOf, plainValue } from '../../../workers/trajectories/records/pythonValue.ts'
import { contents, read } from './reading.ts'

function value(text: string): unknown {
  const { node } = readPython(text, 0)
  return node === null ? undefined : plainValue(text, node)
}

describe('a Python literal', () => {
  it('is read as what it means', () => {
    expect(value("{'a': [1, 2.5, -3e2], 'b': (None, True, False), \"c\": {'x', 'y'}, 'd': ()}")).toEqual({
      a: [1, 2.5, -300],
      b: [null, true, false],
      c: ['x', 'y'],
      d: [],
    })
    expect(value("[('one'\n  ' two'), 'it\\'s', \"say \\\"a\\\"\", '''x\ny''']")).toEqual([
      'one two',
      "it's",
      'say "a"',
      'x\ny',
    ])
    expect(value("['\\n\\t\\\\ \\x41 \\u00e9 \\U0001F600 \\d', r'\\n', b'ab', '\\101']")).toEqual([
      '\n\t\\ A é 😀 \\d',
      '\\n',
      'ab',
      'A',
    ])
    expect(value("Flight(id='a', at=Date(2025, 9), seats=[<Seat.A: 1>, nan, ...])")).toEqual({
      $class: 'Flight',
      id: 'a',
      at: { $class: 'Date', $items: [2025, 9] },
      seats: ['<Seat.A: 1>', 'nan', '...'],
    })
    expect(value("{1: 'a', '__proto__': 2}")).toEqual(JSON.parse('{"1": "a", "__proto__": 2}'))
  })

  it('becomes JSON digit for digit, where JSON can say it', () => {
    const json = (text: string) => jsonOf(readPython(text, 0).node!)
    expect(json("{'a': 200.0, 'b': [True, None], 'c': 12345678901234567890}")).toBe(
      '{"a": 200.0, "b": [true, null], "c": 12345678901234567890}',
    )
    expect(json('[f(1)]')).toBeNull()
    expect(json('{1: 2}')).toBeNull()
  })

  it('that is broken or too deep is none', () => {
    for (const text of ["{'a': ", "['a' 1]", '[1, 2', "'a\nb'", '[1; 2]', ')', '', '['.repeat(5000)]) {
      expect(value(text)).toBeUndefined()
    }
  })

  it('is what JSON writes, with the words that differ', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (given) => {
        const text = JSON.stringify(given)
        const python = text.replace(/"(?:[^"\\]|\\.)*"|true|false|null/g, (word) => {
          return { true: 'True', false: 'False', null: 'None' }[word] ?? word.replaceAll('\\/', '/')
        })
        expect(JSON.stringify(value(python))).toBe(text)
      }),
      { numRuns: 500 },
    )
  })

  it('never throws and takes linear time', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'[](){}\'"\\,:=a1 \n<>.'.split('')), maxLength: 60 }),
        (text) => {
          value(text)
        },
      ),
      { numRuns: 3000 },
    )
    for (const hostile of [
      "'a' ",
      '[',
      '(',
      '{',
      "{'a': ",
      "'role'\n[",
      "'''",
      'f(',
      'a.',
      '1_',
      "'role' ['x\n",
    ]) {
      read(`'role'\n${hostile.repeat(100_000)}`, { format: 'python-literal' })
    }
  }, 20_000)
})

describe('what Python prints', () => {
  it('of a DSPy prediction is read, class results as printed', () => {
    const text = `Prediction(
    trajectory={'thought_0': "It's the lake.", 'tool_name_0': 'find', 'tool_args_0': {'name': 'lake', 'km': 2.0}, 'observation_0': [Lake(name='Ola', km=2.0)], 'thought_1': 'Done.', 'tool_name_1': 'finish', 'tool_args_1': {}, 'observation_1': 'Completed.'},
    reasoning='I found it.',
    answer='Ola'
)
`
    const [spans, ...rest] = contents(text)
    expect(rest).toEqual([])
    expect(spans!.slice(0, 4)).toEqual([
      ['reason', "It's the lake."],
      ['act', 'find({"name": "lake", "km": 2.0})'],
      ['observation', "[Lake(name='Ola', km=2.0)]"],
      ['reason', 'Done.'],
    ])
    expect(spans!.slice(-3)).toEqual([
      ['observation', 'Completed.'],
      ['reason', 'I found it.'],
      ['act', 'Ola'],
    ])
  })

  it('of LangChain’s steps is read, several in one file', () => {
    const steps = (name: string) =>
      `[(AgentAction(tool='Search', tool_input='${name}', log=' I look.\\nAction: Search\\nAction Input: ${name}'), 'deep'),\n (AgentAction(tool='Calc', tool_input={'a': 1.0}, log='I count.\\nAction: Calc\\nAction Input: 1.0'),\n  3)]\n`
    const runs = contents(`>>> print(steps)\n${steps('lake')}\nintermediate_steps = ${steps('sea')}`)
    expect(runs).toHaveLength(2)
    expect(runs[0]).toEqual([
      ['reason', 'I look.'],
      ['act', 'Search\nAction Input: lake'],
      ['observation', 'deep'],
      ['reason', 'I count.'],
      ['act', 'Calc\nAction Input: 1.0'],
      ['observation', '3'],
    ])
  })

  it('of messages is read as the conversation that it is', () => {
    const text =
      "[{'role': 'user', 'content': 'Find it.'},\n {'role': 'assistant', 'content': 'Thought: where?\\nAction: look[here]'},\n {'role': 'user', 'content': 'Observation: nothing'}]\n"
    expect(contents(text)).toEqual([
      [
        ['prompt', 'Find it.'],
        ['reason', 'where?'],
        ['act', 'look[here]'],
        ['observation', 'nothing'],
      ],
    ])
    const objects =
      "{'messages': [HumanMessage(content='Find it.', id='1'), AIMessage(content='', tool_calls=[{'name': 'look', 'args': {'at': 'here'}, 'id': 'x'}]), ToolMessage(content='nothing', name='look'), AIMessage(content='It is gone.')]}\n"
    expect(contents(objects)[0]).toEqual([
      ['prompt', 'Find it.'],
      ['act', 'look({"at": "here"})'],
      ['observation', 'nothing'],
      ['act', 'It is gone.'],
    ])
  })
})
