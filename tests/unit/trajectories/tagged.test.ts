import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contents, expectPartition, read } from './reading.ts'

const PROMPT =
  'Reason inside <think> and </think>. You may search by <search> query </search> and read <information> and </information>. Answer inside <answer> and </answer>, for example <answer> Rome </answer>. '
const RUN = `<think> Which lake? </think>
<search> deep lake </search>

<information>Doc 1: <b>Ola</b> is deep.
Question: none</information>

<think>It is Ola.</think>
<answer> Ola </answer>
`
const SPANS = [
  ['reason', 'Which lake?'],
  ['act', 'deep lake'],
  ['observation', 'Doc 1: <b>Ola</b> is deep.\nQuestion: none'],
  ['reason', 'It is Ola.'],
  ['act', 'Ola'],
]

describe('tagged text', () => {
  it('is one trajectory, whose prompt speaks of the tags', () => {
    const run = read(`${PROMPT}Question: Which lake is deep?\n${RUN}`).trajectories[0]!
    expect(run.format).toBe('tagged-text')
    const [first, ...rest] = contents(`${PROMPT}Question: Which lake is deep?\n${RUN}`)[0]!
    expect(rest).toEqual(SPANS)
    expect(first![1]).toContain('for example <answer> Rome </answer>')
  })

  it('is several, each under its question or after a final answer', () => {
    expect(contents(`Question: one?\n${RUN}\nQuestion: two?\n${RUN}`)).toEqual([
      [['prompt', 'Question: one?'], ...SPANS],
      [['prompt', 'Question: two?'], ...SPANS],
    ])
    expect(contents(`${RUN}${RUN}`)).toEqual([SPANS, SPANS])
  })

  it('may be answered behind a marker or without one', () => {
    const text = (answer: string) =>
      `Task: t\n<thought>a</thought>\n<execute>\nls\n</execute>\n${answer}\n<thought>b</thought>\n<solution>c</solution>\n`
    for (const answer of ['Observation: one\ntwo', 'one\ntwo']) {
      expect(contents(text(answer))[0]).toEqual([
        ['prompt', 'Task: t'],
        ['reason', 'a'],
        ['act', 'ls'],
        ['observation', 'one\ntwo'],
        ['reason', 'b'],
        ['act', 'c'],
      ])
    }
  })

  it('may hold acts alone in tags', () => {
    const text =
      'Task: t\n<execute_bash>\nls\n</execute_bash>\n\nOBSERVATION:\na.txt\n\n<execute_ipython>\nprint(1)\n</execute_ipython>\n\nOBSERVATION:\n1\n'
    expect(contents(text)[0]!.slice(1)).toEqual([
      ['act', 'ls'],
      ['observation', 'a.txt'],
      ['act', 'print(1)'],
      ['observation', '1'],
    ])
  })

  it('is not a page of HTML or a text about tags', () => {
    for (const text of [
      '<html>\n<body>\n<code>x</code>\n<output>y</output>\n</body>\n',
      'Use <think> a </think> and then <answer> b </answer> in every turn.\nAnd so on.\n',
    ]) {
      expect(read(text).trajectories).toEqual([])
    }
  })

  it('partitions any text and takes linear time', () => {
    const part = fc.constantFrom(
      ...['<think>', '</think>', '<answer>', '</answer>', '<search>', '</search>', '<information>'],
      ...['</information>', '\n', '\n', ' ', 'words', 'Question: q\n', 'Observation: o\n', '-----\n'],
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        read(parts.join(''), { format: 'tagged-text' }).trajectories.forEach(expectPartition)
      }),
      { numRuns: 2000 },
    )
    for (const hostile of [
      '<think>\n',
      '<think>a</think>\nx\n',
      '<answer>a</answer>\n',
      'Question: a\n<think>a</think><act>',
    ]) {
      read(`<think>a</think>\n<answer>b</answer>\n${hostile.repeat(50_000)}`, { format: 'tagged-text' })
    }
  }, 20_000)
})
