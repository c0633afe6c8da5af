import { describe, expect, it } from 'vitest'
import { codes, contents, read, spansOf } from './reading.ts'

const RUN = `Question: Which river is longer, the Ola or the Bem?
Thought 1: I look up both.
Action 1: Search[Ola]
Observation 1: The Ola is 40 km long.
It ends in a lake.
Thought 2: The Bem has 30 km, so the Ola.
Action 2: Finish[Ola]
Observation 2: Episode finished, reward = 1
`

describe('ReAct text', () => {
  it('cuts numbered turns into reason, act and observation under their question', () => {
    const { trajectories } = read(RUN)
    expect(trajectories).toHaveLength(1)
    const run = trajectories[0]!
    expect(run.format).toBe('react-text')
    expect(run.environment).toBe('wiki')
    expect(run.text).toBe(RUN)
    expect(run.warnings).toEqual([])
    expect(spansOf(run)).toEqual([
      ['prompt', 'Question: Which river is longer, the Ola or the Bem?'],
      ['reason', 'I look up both.'],
      ['act', 'Search[Ola]'],
      ['observation', 'The Ola is 40 km long.\nIt ends in a lake.'],
      ['reason', 'The Bem has 30 km, so the Ola.'],
      ['act', 'Finish[Ola]'],
      ['observation', 'Episode finished, reward = 1'],
    ])
    expect(run.spans.map((span) => span.step)).toEqual([-1, 0, 0, 0, 1, 1, 1])
  })

  it('gives the marker to the span it opens and the newline to the span it ends', () => {
    const run = read(RUN).trajectories[0]!
    const texts = run.spans.map((span) => run.text.slice(span.start, span.end))
    expect(texts[1]).toBe('Thought 1: I look up both.\n')
    expect(texts[2]).toBe('Action 1: Search[Ola]\n')
  })

  it('reads un-numbered, upper-case and bold markers and keeps Windows line ends', () => {
    expect(contents('Thought: a b\r\nAction: go\r\nObservation: c\r\n')).toEqual([
      [
        ['reason', 'a b'],
        ['act', 'go'],
        ['observation', 'c'],
      ],
    ])
    expect(contents('Find it.\nTHOUGHT: a\nACTION: b\n')[0]).toEqual([
      ['prompt', 'Find it.'],
      ['reason', 'a'],
      ['act', 'b'],
    ])
    expect(contents('**Thought 1:** a\n**Action 1:** b\n**Observation 1:** c\n')[0]).toEqual([
      ['reason', 'a'],
      ['act', 'b'],
      ['observation', 'c'],
    ])
    const windows = read('Thought: a b\r\nAction: go\r\n').trajectories[0]!
    expect(windows.text).toBe('Thought: a b\r\nAction: go\r\n')
  })

  it('keeps thoughts, code and arguments of several lines whole', () => {
    const text =
      'Question: q\nThought: first\n\n  second: part\nAction: run[\nfor x in y:\n  print(x)\n]\nObservation: o\n'
    expect(contents(text)[0]).toEqual([
      ['prompt', 'Question: q'],
      ['reason', 'first\n\n  second: part'],
      ['act', 'run[\nfor x in y:\n  print(x)\n]'],
      ['observation', 'o'],
    ])
  })

  it('takes answers for acts', () => {
    expect(contents('Question: q\nThought: t\nAnswer: 42\n')[0]!.at(-1)).toEqual(['act', '42'])
    expect(contents('Question: q\nThought: t\nFinal Answer: 42\n')[0]!.at(-1)).toEqual(['act', '42'])
    const run = read('Question: q\nAnswer: 42\n').trajectories[0]!
    expect(codes(run)).toEqual(['no-reason-span'])
  })

  it('does not take an answer that a tool printed for an act', () => {
    const kinds = contents(
      'Question: q\nThought: t\nAction: calc[2]\nObservation: the tool says\nAnswer: 4\n',
    )[0]!
    expect(kinds.at(-1)).toEqual(['observation', 'the tool says\nAnswer: 4'])
  })

  it('separates trajectories that stand back to back and leaves the chatter between them out', () => {
    const log = `==========
BEGIN OF LOG
==========
17 Claim: Ice is warm.
Thought 1: No.
Action 1: Finish[REFUTES]
Observation 1: Episode finished, reward = 1


{'steps': 1, 'answer': 'REFUTES'}

1 1 1.0 3.5
-----------

18 Claim: Ice is cold.
Thought 1: Yes.
Action 1: Finish[SUPPORTS]

19 Claim: Ice is loud.
Thought 1: Perhaps.
Action 1: Search[ice]
Observation 1: Ice is frozen water.

{'steps': 1, 'answer': None}
`
    expect(contents(log)).toEqual([
      [
        ['prompt', '17 Claim: Ice is warm.'],
        ['reason', 'No.'],
        ['act', 'Finish[REFUTES]'],
        ['observation', 'Episode finished, reward = 1'],
      ],
      [
        ['prompt', '18 Claim: Ice is cold.'],
        ['reason', 'Yes.'],
        ['act', 'Finish[SUPPORTS]'],
      ],
      [
        ['prompt', '19 Claim: Ice is loud.'],
        ['reason', 'Perhaps.'],
        ['act', 'Search[ice]'],
        ['observation', 'Ice is frozen water.'],
      ],
    ])
  })

  it('begins a new trajectory where the count begins again without a question', () => {
    const run = (name: string) =>
      `Find the ${name}.\nThought 1: a\nAction 1: b\nObservation 1: c\nThought 2: d\nAction 2: e\n`
    expect(contents(`${run('key')}\n${run('map')}`).map((spans) => spans[0])).toEqual([
      ['prompt', 'Find the key.'],
      ['prompt', 'Find the map.'],
    ])
  })

  it('begins a new trajectory at the thought in the paragraph after a final answer', () => {
    expect(contents('Thought: a\nAction: Finish[b]\n\nThought: c\nAnswer: d\n')).toEqual([
      [
        ['reason', 'a'],
        ['act', 'Finish[b]'],
      ],
      [
        ['reason', 'c'],
        ['act', 'd'],
      ],
    ])
  })

  it('takes the task of a record for the prompt of its transcript, where the transcript has none', () => {
    const steps = 'Thought 1: t\nAction 1: Finish[a]'
    const record = (trajectory: string) => JSON.stringify({ question: 'Who?', trajectory })
    expect(contents(record(steps))[0]![0]).toEqual(['prompt', 'Who?'])
    expect(contents(record(`Question: Why?\n${steps}`))[0]![0]).toEqual(['prompt', 'Question: Why?'])
  })

  it('never supervises a correct answer, a reflection or what follows the final call', () => {
    const text =
      'Question: q\nReflection: try harder\nThought: t\nAction: Finish[a]\nrun 7 took 3 s\nObservation: wrong\nCorrect answer: b\n'
    expect(contents(text)[0]).toEqual([
      ['prompt', 'Question: q'],
      ['other', 'try harder'],
      ['reason', 't'],
      ['act', 'Finish[a]'],
      ['other', 'run 7 took 3 s'],
      ['observation', 'wrong'],
      ['other', 'b'],
    ])
  })

  it('reads thoughts that are written as actions as reasoning', () => {
    const text =
      'Action: reset\nObservation: find a lamp\nAction: think[A lamp [red] fits.]\nObservation: OK.\nAction: click[Buy Now]\n'
    const run = read(text).trajectories[0]!
    expect(spansOf(run)).toEqual([
      ['prompt', 'Action: reset\nObservation: find a lamp'],
      ['reason', 'A lamp [red] fits.'],
      ['observation', 'OK.'],
      ['act', 'click[Buy Now]'],
    ])
    expect(run.spans.map((span) => span.step)).toEqual([-1, 0, 0, 0])
    expect(run.environment).toBe('shop')
  })

  it('does not cut at marker words inside an argument, and says so', () => {
    const run = read(
      `Question: q\nThought 1: t\nAction 1: Write[see\nThought 2: and more]\nObservation 1: done\n`,
    ).trajectories[0]!
    expect(spansOf(run).slice(1)).toEqual([
      ['reason', 't'],
      ['act', 'Write[see\nThought 2: and more]'],
      ['observation', 'done'],
    ])
    expect(codes(run)).toContain('marker-inside-argument')
    expect(run.warnings.find((warning) => warning.code === 'marker-inside-argument')!.line).toBe(4)
  })

  it('ends an argument that is never closed with its step', () => {
    const text =
      'Question: q\nThought: t\nAction: Search[open\nObservation: none]\nThought: u\nAction: Finish[x]\n'
    expect(contents(text)[0]!.map(([kind]) => kind)).toEqual([
      'prompt',
      'reason',
      'act',
      'observation',
      'reason',
      'act',
    ])
  })

  it('does not cut at markers that an observation quotes out of count', () => {
    const text = `Question: q
Thought 1: t
Action 1: Search[manual]
Observation 1: A transcript looks so:
Action: press the button
Thought 7: press it again
Thought 2: u
Action 2: Finish[x]
`
    expect(contents(text)[0]!.map(([kind]) => kind)).toEqual([
      'prompt',
      'reason',
      'act',
      'observation',
      'reason',
      'act',
    ])
  })

  it('finds the action at the end of a thought that shares its line', () => {
    const text = 'Question: q\nThought 1: I look it up. Action 1: Search[it]\nObservation 1: found\n'
    expect(contents(text)[0]).toEqual([
      ['prompt', 'Question: q'],
      ['reason', 'I look it up.'],
      ['act', 'Search[it]'],
      ['observation', 'found'],
    ])
  })

  it('counts worked examples before the real question as prompt', () => {
    const example = 'Question: old\nThought: t\nAction: Finish[1]\n\n'
    const real = 'Question: new\nThought: u\nAction: Finish[2]\n'
    for (const text of [
      `Solve it.\nHere are some examples:\n${example}${example}(END OF EXAMPLES)\n${real}`,
      `Solve it.\nHere are two examples.\n${example}${example}${real}`,
      `Use this format:\n${example}Begin!\n\n${real}`,
    ]) {
      const [spans, ...rest] = contents(text)
      expect(rest).toEqual([])
      expect(spans!.slice(1)).toEqual([
        ['reason', 'u'],
        ['act', 'Finish[2]'],
      ])
      expect(spans![0]![1]).toContain('Question: old')
    }
  })

  it('counts examples that nothing follows', () => {
    const example = 'Question: old\nThought: t\nAction: Finish[1]\n'
    expect(contents(`Here are two examples.\n${example}${example}(END OF EXAMPLES)\n`)).toHaveLength(2)
  })

  it('warns of what is missing', () => {
    const warned = (text: string) => codes(read(text).trajectories[0]!)
    expect(warned('Question: q\nAction: Search[a]\nObservation: o\nAction: Finish[b]\n')).toEqual([
      'no-reason-span',
    ])
    expect(warned('Question: q\nThought: t\n')).toEqual(['no-act-span'])
    expect(warned('Question: q\nThought: t\nAction: Search[a]\nObservation: o\n')).toEqual(['unfinished'])
    expect(warned('Question: q\nThought: t\nAction: Search[a]\nObservation: o\nThought: u\n')).toEqual([
      'unfinished',
    ])
  })

  it('leaves text alone whose actions it cannot see', () => {
    for (const text of [
      'Task: t\nThought: I call it.\n[call f with x]\nObservation: 3\nThought: Done.\n',
      'Question: q\nThought: It says 3.\nObservation: 3\n',
    ]) {
      const { trajectories, problems } = read(text)
      expect(trajectories).toEqual([])
      expect(problems[0]!.message).toContain('holds no trajectory')
    }
  })

  it('takes the code that ends a thought for its act', () => {
    for (const [open, close] of [
      ['```python', '```'],
      ['<code>', '</code>'],
      ['Code:\n```py', '```<end_code>'],
      ['{{code_block_opening_tag}}', '{{code_block_closing_tag}}'],
    ]) {
      const text = `---\nTask: "t"\n\nThought: I run code.\n${open}\nx = f()\n\nprint("Thought: x")\n${close}\nObservation: 3\n\nThought: Done.\n${open}\nfinal_answer(3)\n${close}\n\n---\nTask: u\n\nThought: v\n${open}\nw\n${close}\n`
      expect(contents(text)).toEqual([
        [
          ['prompt', 'Task: "t"'],
          ['reason', 'I run code.'],
          ['act', 'x = f()\n\nprint("Thought: x")'],
          ['observation', '3'],
          ['reason', 'Done.'],
          ['act', 'final_answer(3)'],
        ],
        [
          ['prompt', 'Task: u'],
          ['reason', 'v'],
          ['act', 'w'],
        ],
      ])
    }
  })

  it('reads actions that are JSON over several lines, fenced or not', () => {
    const call = '{\n  "name": "find",\n  "arguments": "x"\n}'
    for (const action of [call, `\`\`\`json\n${call}\n\`\`\``]) {
      expect(contents(`Task: t\n\nAction:\n${action}\nObservation: o\n\nAction:\n${action}\n`)[0]).toEqual([
        ['prompt', 'Task: t'],
        ['act', call],
        ['observation', 'o'],
        ['act', call],
      ])
    }
  })

  it('reads other spellings of the markers: lower case, short, Chinese', () => {
    for (const [question, thought, action, observation] of [
      ['question:', 'thought:', 'action:', 'observation:'],
      ['Question:', 'Think 1:', 'Act 1:', 'Obs 1:'],
      ['问题：', '思考：', '行动：', '观察：'],
      ['### Question:', '### Thought:', '### Action:', '### Observation:'],
      ['   Question:', '   Thought:', '   Action:', '   Observation:'],
      ['Question:', 'Reasoning:', 'Action:', 'Result:'],
      ['User: Question:', 'Assistant: Thought:', 'Assistant: Action:', 'User: Observation:'],
    ]) {
      const text = `${question} q\n${thought} I see: that\n${action} look[x]\n${observation} o\n`
      expect(contents(text)[0]!.map(([kind]) => kind)).toEqual(['prompt', 'reason', 'act', 'observation'])
    }
  })

  it('gives step headings to nobody, but leaves a recipe in its observation', () => {
    const text =
      'Question: q\nStep 1\nThought: a\nAction: look[recipe]\nObservation: It says:\nStep 1\nMix it.\n\n### Step 2\nThought: b\nAction: Finish[c]\n'
    expect(contents(text)[0]).toEqual([
      ['prompt', 'Question: q\nStep 1'],
      ['reason', 'a'],
      ['act', 'look[recipe]'],
      ['observation', 'It says:\nStep 1\nMix it.'],
      ['other', '### Step 2'],
      ['reason', 'b'],
      ['act', 'Finish[c]'],
    ])
  })

  it('takes terminal colours out and says so once', () => {
    const text =
      '\u001b[1;3;38;5;200mThought: add\nAction: add\nAction Input: {"a": 1}\n\u001b[0m\u001b[1;3;34mObservation: 2\n\u001b[0m\u001b[1;3;38;5;200mThought: done\nAnswer: It is\n\n2.\n\u001b[0mIt is\n\n2.\n'
    const run = read(text).trajectories[0]!
    expect(codes(run)).toEqual(['ansi-removed'])
    expect(spansOf(run)).toEqual([
      ['reason', 'add'],
      ['act', 'add\nAction Input: {"a": 1}'],
      ['observation', '2'],
      ['reason', 'done'],
      ['act', 'It is\n\n2.'],
      ['other', 'It is\n\n2.'],
    ])
  })

  it('reads CrewAI’s report', () => {
    const text =
      '# Agent: Reader\n## Task: Find lakes\n\n# Agent: Reader\n## Thought: I look.\n## Using tool: Search\n## Tool Input: \n"x"\n## Tool Output: \nOla\n\n# Agent: Reader\n## Final Answer: \nIt is Ola.\n'
    expect(contents(text)[0]!.slice(1)).toEqual([
      ['reason', 'I look.'],
      ['act', 'Search\n## Tool Input: \n"x"'],
      ['observation', 'Ola'],
      ['other', 'Reader'],
      ['act', 'It is Ola.'],
    ])
  })

  it('gives the scores that a driver prints after the end to nobody, and reads them', () => {
    const run = read('Question: q\nThought: t\nFinal Answer: a\nReward: 0.5\nSuccess: False\n')
      .trajectories[0]!
    expect(spansOf(run).slice(2)).toEqual([
      ['act', 'a'],
      ['other', '0.5'],
      ['other', 'False'],
    ])
    expect([run.reward, run.success]).toEqual([0.5, false])
  })

  it('reads how a run went where the log says so', () => {
    const outcome = (tail: string) => {
      const { success, reward } = read(`Question: q\nThought: t\nAction: Finish[a]\n${tail}`).trajectories[0]!
      return [success, reward]
    }
    expect(outcome('Observation: Answer is CORRECT\n')).toEqual([true, undefined])
    expect(outcome('Observation: Answer is INCORRECT\nCorrect answer: b\n')).toEqual([false, undefined])
    expect(outcome('Observation: Episode finished, reward = 0\n')).toEqual([false, 0])
    expect(outcome("\n{'steps': 2, 'answer': 'a', 'em': True, 'reward': True, 'f1': 1}\n")).toEqual([true, 1])
    expect(outcome('Observation: Your score (min 0.0, max 1.0): 0.5\n')).toEqual([false, 0.5])
    expect(outcome('Observation: ok\n')).toEqual([undefined, undefined])
  })

  it('reads an action and its input as one act', () => {
    const text =
      'Question: q\nThought: t\nAction: search\nAction Input: {"q": "x"}\nObservation: o\nThought: u\nFinal Answer: a\n'
    expect(contents(text)[0]![2]).toEqual(['act', 'search\nAction Input: {"q": "x"}'])
  })

  it('is not misled by ordinary lines with a colon', () => {
    for (const text of [
      'Constructor: none\nAction: pay the bill\n',
      'Action: call Ann\nAction: call Ben\n',
      'Note: a\nTo: b\n',
      'Result: good\nUser: Ann\nAction: call Ann\nOutput: none\n',
      'name: x\naction: run\nthought: none\nresult: y\n',
    ]) {
      expect(read(text).trajectories).toEqual([])
    }
  })
})
