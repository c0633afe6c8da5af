import { describe, expect, it } from 'vitest'
import { contents, read } from './reading.ts'

function conversation(...turns: string[]): string {
  const messages = turns.map((content, i) => ({ role: i % 2 === 0 ? 'user' : 'assistant', content }))
  return JSON.stringify({ messages })
}

describe('Marker words that somebody quotes', () => {
  it('do not cut the fenced input of an action', () => {
    const run = `Question: Save the note.
Thought: I write a file.
Action: write_file
Action Input:
\`\`\`
Thought: this is what the file says
Action: none
Observation: nothing
\`\`\`
Observation: saved
Thought: Done.
Final Answer: saved
`
    expect(contents(run)[0]).toEqual([
      ['prompt', 'Question: Save the note.'],
      ['reason', 'I write a file.'],
      [
        'act',
        'write_file\nAction Input:\n```\nThought: this is what the file says\nAction: none\nObservation: nothing\n```',
      ],
      ['observation', 'saved'],
      ['reason', 'Done.'],
      ['act', 'saved'],
    ])
    expect(read(run).trajectories[0]!.warnings.map(({ code }) => code)).toContain('marker-inside-argument')
  })

  it('do not cut a fenced page that the world shows', () => {
    const run =
      'Question: q?\nThought: t\nAction: open[a.md]\nObservation: a.md:\n```\nThought: be free\nAction: run\n```\nThought: It says to run.\nAction: finish[run]\n'
    expect(contents(run)[0]).toEqual([
      ['prompt', 'Question: q?'],
      ['reason', 't'],
      ['act', 'open[a.md]'],
      ['observation', 'a.md:\n```\nThought: be free\nAction: run\n```'],
      ['reason', 'It says to run.'],
      ['act', 'finish[run]'],
    ])
  })

  it('do not cut the command of a turn', () => {
    const turn = "THOUGHT: I write it.\n\n```bash\ncat > a <<'EOF'\nTHOUGHT: in the file\nEOF\n```"
    expect(contents(conversation('Write a.', turn))[0]).toEqual([
      ['prompt', 'Write a.'],
      ['reason', 'I write it.'],
      ['act', "cat > a <<'EOF'\nTHOUGHT: in the file\nEOF"],
    ])
  })

  it('cut where a fence is never closed', () => {
    const numbered =
      'Question: q?\nThought 1: t\nAction 1: run\n```\nls\nObservation 1: a\nThought 2: u\nAction 2: run\n```\npwd\n```\nObservation 2: b\n'
    const kinds = contents(numbered)[0]!.map(([kind]) => kind)
    expect(kinds).toEqual(['prompt', 'reason', 'act', 'observation', 'reason', 'act', 'observation'])
    const bare = numbered.replaceAll(/ \d:/g, ':')
    expect(contents(bare)[0]!.map(([kind]) => kind)).toEqual(kinds)
  })

  it('do not begin a run where a prompt shows in a fence how steps are written', () => {
    const run =
      'Write like this:\n```\nThought: what you think\nAction: what you do\n```\nQuestion: q?\nThought: t\nAction: finish[x]\n'
    expect(contents(run)).toEqual([
      [
        ['prompt', run.slice(0, run.indexOf('Thought: t')).trim()],
        ['reason', 't'],
        ['act', 'finish[x]'],
      ],
    ])
  })

  it('do not cut a quoted argument in a turn, not even a word of the world', () => {
    const act = 'write["Thought: be kind\nAction: smile\nObservation: joy"]'
    expect(contents(conversation('Note it.', `Thought: ok\nAction: ${act}`))[0]).toEqual([
      ['prompt', 'Note it.'],
      ['reason', 'ok'],
      ['act', act],
    ])
  })

  it('take linear time in fences of every kind', () => {
    const pieces = [
      'Action: a\n```\nThought: b\n',
      'Thought: a\n```\n',
      '```\nAction: b\n',
      'x ```'.repeat(9),
    ]
    for (const piece of pieces) {
      const time = (count: number) => {
        const text = `Question: q?\n${piece.repeat(count)}`
        const start = performance.now()
        read(text)
        return performance.now() - start
      }
      time(500)
      expect(time(16_000)).toBeLessThan(Math.max(2000, 64 * time(1000)))
    }
  })
})

describe('A thought written as an action', () => {
  it('may stand behind a colon', () => {
    const run =
      'Your task is to: put soap away.\nAct 1: think: I need soap.\nObs 1: OK.\nAct 2: take soap\nObs 2: Done.\n'
    expect(contents(run)[0]).toEqual([
      ['prompt', 'Your task is to: put soap away.'],
      ['reason', 'I need soap.'],
      ['observation', 'OK.'],
      ['act', 'take soap'],
      ['observation', 'Done.'],
    ])
  })
})

describe('Text in which nobody thinks', () => {
  it('is a run where the world answers what was done', () => {
    const run =
      'Task: Put a pen away.\nAction: go to desk\nObservation: a pen\nAction: take pen\nObservation: ok\n'
    expect(contents(run)[0]!.map(([kind]) => kind)).toEqual([
      'prompt',
      'act',
      'observation',
      'act',
      'observation',
    ])
  })

  it('is no run where it is minutes', () => {
    const minutes =
      'Minutes\n\nQuestion: When do we ship?\nAction: Ann to ask the vendor.\nAction: Bob to write.\n\nObservation: it was cold.\n'
    const { trajectories, problems } = read(minutes)
    expect(trajectories).toEqual([])
    expect(problems).toHaveLength(1)
  })
})

describe('A dialogue around the steps', () => {
  it('gives the reply to the agent and what is said next to the world', () => {
    const run =
      'Human: Weather?\nThought: Do I need a tool? Yes\nAction: weather\nAction Input: Paris\nObservation: sunny\nThought: Do I need a tool? No\nAI: It is sunny.\nHuman: Thanks!\n'
    expect(contents(run)[0]).toEqual([
      ['prompt', 'Human: Weather?'],
      ['reason', 'Do I need a tool? Yes'],
      ['act', 'weather\nAction Input: Paris'],
      ['observation', 'sunny'],
      ['reason', 'Do I need a tool? No'],
      ['act', 'It is sunny.'],
      ['observation', 'Thanks!'],
    ])
  })

  it('takes no name inside a thought for somebody who speaks', () => {
    const run = 'Question: q?\nThought: define\nAI: a machine\nthat thinks.\nAction: Finish[x]\n'
    expect(contents(run)[0]!.slice(1)).toEqual([
      ['reason', 'define\nAI: a machine\nthat thinks.'],
      ['act', 'Finish[x]'],
    ])
  })

  it('keeps what a driver prints behind the last answer apart', () => {
    const run = 'Question: q?\nThought: t\nAction: Finish[x]\nObservation: CORRECT\nSTATUS: OK\n'
    expect(contents(run)[0]!.slice(-2)).toEqual([
      ['observation', 'CORRECT'],
      ['other', 'OK'],
    ])
  })
})
