import { describe, expect, it } from 'vitest'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import { codes, contents, expectPartition, read } from './reading.ts'

const RECORDS = `2024-01-05 10:00:01,123 - agent - INFO - Question: How high is K2?
2024-01-05 10:00:02,456 - agent - INFO - Thought 1: search
on two lines
2024-01-05 10:00:02,999 - httpx - INFO - HTTP Request: POST x
2024-01-05 10:00:03,457 - agent - INFO - Action 1: Search[K2]
2024-01-05 10:00:04,001 - agent - INFO - Observation 1: 8611 m.
2024-01-05 10:00:05,001 - agent - INFO - Thought 2: found
2024-01-05 10:00:05,002 - agent - INFO - Action 2: Finish[8611 m]
`

describe('Transcripts inside the records of a log', () => {
  it('are read without times and levels, which is said', () => {
    expect(contents(RECORDS)).toEqual([
      [
        ['prompt', 'Question: How high is K2?'],
        ['reason', 'search\non two lines'],
        ['other', '2024-01-05 10:00:02,999 - httpx - INFO - HTTP Request: POST x'],
        ['act', 'Search[K2]'],
        ['observation', '8611 m.'],
        ['reason', 'found'],
        ['act', 'Finish[8611 m]'],
      ],
    ])
    const run = read(RECORDS).trajectories[0]!
    expect(codes(run)).toContain('prefixes-removed')
    expectPartition(run)
  })

  it('may have a level in brackets before each line', () => {
    const lines = ['Question: q?', 'Thought: t', 'Action: a[b]', 'Observation: o', 'Action: Finish[x]']
    const [spans] = contents(lines.map((line) => `[INFO] ${line}\n`).join(''))
    expect(spans!.map(([, content]) => content)).toEqual(['Question: q?', 't', 'a[b]', 'o', 'Finish[x]'])
  })

  it('are the same in parts as in one', () => {
    const text = Array.from({ length: 40 }, () => RECORDS).join('')
    const whole = read(text).trajectories.map((run) => run.text)
    expect(whole).toHaveLength(40)
    const bytes = new TextEncoder().encode(text)
    const parts = readTrajectories('runs.txt', bytes, { limits: { head: 64, part: 2000, block: 2000 } })
    expect(parts.trajectories.map((run) => run.text)).toEqual(whole)
  })

  it('are none where programs speak of actions', () => {
    const log = '2024-01-05 10:00:01 INFO Action: restart\n2024-01-05 10:00:02 INFO Task: done\n'
    expect(read(log).trajectories).toEqual([])
  })

  it('take linear time to look for', () => {
    const time = (count: number) => {
      const text = `${'2024 10:00 - a: '.repeat(8)}\n`.repeat(count)
      const start = performance.now()
      read(text)
      return performance.now() - start
    }
    time(500)
    expect(time(16_000)).toBeLessThan(Math.max(2000, 64 * time(1000)))
  })
})

describe('Lines of a program between the words of an agent', () => {
  it('end a thought and an act, and are never learnt', () => {
    const run = `Question: q?
Thought: t
INFO:httpx:HTTP Request: POST https://example.org "HTTP/1.1 200 OK"
Action: Finish[x]
100%|##########| 5/5
`
    expect(contents(run)[0]).toEqual([
      ['prompt', 'Question: q?'],
      ['reason', 't'],
      ['other', 'INFO:httpx:HTTP Request: POST https://example.org "HTTP/1.1 200 OK"'],
      ['act', 'Finish[x]'],
      ['other', '100%|##########| 5/5'],
    ])
  })
})

describe('Tags in a page that a run read', () => {
  it('are the world’s where the run marks its own words by lines', () => {
    const run =
      'Question: q?\nThought: t\nAction: open[page]\nObservation: page:\n<think>no</think>\n<answer>42</answer>\nThought: u\nAction: Finish[v]\n'
    expect(contents(run)[0]).toEqual([
      ['prompt', 'Question: q?'],
      ['reason', 't'],
      ['act', 'open[page]'],
      ['observation', 'page:\n<think>no</think>\n<answer>42</answer>'],
      ['reason', 'u'],
      ['act', 'Finish[v]'],
    ])
  })
})

describe('An example session in the prompt', () => {
  it('is no run of its own', () => {
    const run =
      'Example session:\n\nQuestion: a?\nThought: b\nAction: c\nObservation: d\nAnswer: e\n\nQuestion: f?\nThought: g\nAnswer: h\n'
    expect(contents(run)).toHaveLength(1)
    expect(contents(run)[0]!.slice(1)).toEqual([
      ['reason', 'g'],
      ['act', 'h'],
    ])
  })
})
