import { describe, expect, it } from 'vitest'
import { codes, contents, read, spansOf } from './reading.ts'

const green = (text: string) => `\u001b[32;1m\u001b[1;3m${text}\u001b[0m`
const blue = (text: string) => `\u001b[36;1m\u001b[1;3m${text}\u001b[0m`
const line = (text: string) => `\n\n\u001b[1m> ${text}\u001b[0m\n`

const RUN = `${line('Entering new AgentExecutor chain...')}${green(' I look up the lake.\nAction: Search\nAction Input: "lake"')}
Observation: ${blue('It is deep.')}
Thought:${green(' I ask the table.\nAction: Table\nAction Input: depth')}
${line('Entering new SQLDatabaseChain chain...')}depth
SQLQuery:${green('SELECT depth\nFROM lakes;')}
Answer:${green(' 40')}
${line('Finished chain.')}
Observation: ${blue(' 40')}
Thought:${green(' I know it.\nFinal Answer: 40 m')}
${line('Finished chain.')}`

describe('LangChain’s console', () => {
  it('is one trajectory, whose first thought has no marker', () => {
    const { trajectories } = read(RUN)
    expect(trajectories).toHaveLength(1)
    const run = trajectories[0]!
    expect(run.format).toBe('langchain-console')
    expect(codes(run)).toEqual(['ansi-removed'])
    expect(run.text).not.toContain('\u001b')
    expect(spansOf(run)).toEqual([
      ['prompt', '> Entering new AgentExecutor chain...'],
      ['reason', 'I look up the lake.'],
      ['act', 'Search\nAction Input: "lake"'],
      ['observation', 'It is deep.'],
      ['reason', 'I ask the table.'],
      ['act', 'Table\nAction Input: depth'],
      [
        'observation',
        '> Entering new SQLDatabaseChain chain...\ndepth\nSQLQuery:SELECT depth\nFROM lakes;\nAnswer: 40\n\n\n> Finished chain.',
      ],
      ['observation', '40'],
      ['reason', 'I know it.'],
      ['act', '40 m'],
      ['other', '> Finished chain.'],
    ])
  })

  it('may hold several runs, broken ones too', () => {
    const broken = RUN.slice(0, RUN.indexOf('Thought:'))
    const runs = contents(`${broken}${RUN}'40 m'\n\nQuestion: and the river?\n${RUN}`)
    expect(runs.map((spans) => spans[0])).toEqual([
      ['prompt', '> Entering new AgentExecutor chain...'],
      ['prompt', '> Entering new AgentExecutor chain...'],
      ['prompt', 'Question: and the river?\n\n\n> Entering new AgentExecutor chain...'],
    ])
    expect(runs[1]!.at(-1)).toEqual(['other', "> Finished chain.\n'40 m'"])
  })

  it('gives a thought that never came to nobody', () => {
    const text =
      '> Entering new AgentExecutor chain...\n I try.\nAction: f\nAction Input: x\nObservation: no\nThought:\n> Finished chain.\n'
    expect(contents(text)[0]!.slice(3)).toEqual([
      ['observation', 'no'],
      ['other', ''],
      ['other', '> Finished chain.'],
    ])
  })

  it('reads chat agents that write JSON, and agents that call functions', () => {
    const json = '{\n    "action": "Search",\n    "action_input": "lake"\n}'
    expect(
      contents(
        `> Entering new AgentExecutor chain...\n${json}\nObservation: deep\nThought:\`\`\`json\n${json}\n\`\`\`\n\n> Finished chain.\n`,
      )[0],
    ).toEqual([
      ['prompt', '> Entering new AgentExecutor chain...'],
      ['act', json],
      ['observation', 'deep'],
      ['act', json],
      ['other', '> Finished chain.'],
    ])
    const calls = `${line('Entering new AgentExecutor chain...')}${green("\nInvoking: `multiply` with `{'a': 3}`\nresponded: I multiply.\n\n")}${blue('15')}${green('It is 15.')}${line('Finished chain.')}`
    expect(contents(calls)[0]!.slice(1)).toEqual([
      ['act', "`multiply` with `{'a': 3}`"],
      ['reason', 'I multiply.'],
      ['observation', '15'],
      ['act', 'It is 15.'],
      ['other', '> Finished chain.'],
    ])
  })

  it('finds the answer of a tool that no marker opens', () => {
    const text =
      '> Entering new CrewAgentExecutor chain...\nThought: I look.\nAction: Search\nAction Input: {"q": "x"} \n\n\nIt is deep.\n\n\nThought: I know.\nFinal Answer: deep\n\n> Finished chain.\n'
    expect(contents(text)[0]!.slice(1)).toEqual([
      ['reason', 'I look.'],
      ['act', 'Search\nAction Input: {"q": "x"}'],
      ['observation', 'It is deep.'],
      ['reason', 'I know.'],
      ['act', 'deep'],
      ['other', '> Finished chain.'],
    ])
  })

  it('leaves chains alone in which nobody acts', () => {
    expect(
      read('> Entering new LLMChain chain...\nPrompt after formatting:\nhello\n> Finished chain.\n')
        .trajectories,
    ).toEqual([])
  })

  it('is read in linear time, however its chains nest', () => {
    for (const hostile of [
      '> Entering new A chain...\n',
      '> Entering new A chain...\nAction: x\n',
      '> Entering new A chain...\nAction: x\n> Entering new B chain\n> Finished chain.\n',
      'Action: x\n> Entering new B chain\n> Finished chain.\n',
      'Invoking: `a` with `',
    ]) {
      read(`> Entering new A chain...\n${hostile.repeat(50_000)}`)
    }
  }, 20_000)
})
