import { describe, expect, it } from 'vitest'
import { Library } from '../../../workers/trajectories/library.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'

const read = (name: string, text: string) => readTrajectories(name, new TextEncoder().encode(text))

const REACT = (question: string) => `Question: ${question}
Thought 1: I should look it up.
Action 1: Search[${question}]
Observation 1: It is a lamp.
Thought 2: That is the answer.
Action 2: Finish[lamp]
`

/** A trajectory of spans that are given as [kind, text, step]. */
function trajectoryOf(
  file: string,
  parts: [Trajectory['spans'][number]['kind'], string, number][],
): Trajectory {
  let end = 0
  const spans = parts.map(([kind, text, step]) => {
    const start = end
    end += text.length
    return { kind, start, end, contentStart: start, contentEnd: end, step }
  })
  const text = parts.map(([, part]) => part).join('')
  return { file, index: 0, format: 'react-text', environment: 'unknown', text, spans, warnings: [] }
}

function titleOf(prompt: string, rest = '> look\n'): string {
  const library = new Library()
  const parts: Parameters<typeof trajectoryOf>[1] = [['act', rest, 0]]
  if (prompt) parts.unshift(['prompt', prompt, -1])
  library.add({ trajectories: [trajectoryOf('f', parts)], problems: [] })
  return library.summaries()[0]!.title
}

describe('the library', () => {
  it('keeps trajectories in the order in which they came, each under an id of its own', () => {
    const library = new Library()
    library.add(read('a.txt', REACT('What shines?')))
    library.add(read('b.txt', REACT('What glows?')))
    expect(library.summaries().map(({ id, file }) => [id, file])).toEqual([
      [0, 'a.txt'],
      [1, 'b.txt'],
    ])
    expect(library.all().map(({ file }) => file)).toEqual(['a.txt', 'b.txt'])
    expect(library.get(1)).toBe(library.all()[1])
  })

  it('never gives an id again, and drops one file without moving the others', () => {
    const library = new Library()
    for (const name of ['a', 'b', 'c']) library.add(read(name, REACT(`Where is ${name}?`)))
    library.remove('b')
    expect(library.summaries().map(({ id }) => id)).toEqual([0, 2])
    expect(library.get(1)).toBeUndefined()
    expect(library.get(2)!.file).toBe('c')
    library.remove()
    expect(library.all()).toEqual([])
    library.add(read('d', REACT('Where is d?')))
    expect(library.summaries().map(({ id }) => id)).toEqual([3])
  })

  it('counts a version for every change, and none for a file that brought nothing or was not there', () => {
    const library = new Library()
    const versions = [library.version]
    library.add(read('a', REACT('What shines?')))
    versions.push(library.version)
    library.add(read('empty', ''))
    versions.push(library.version)
    library.remove('not loaded')
    versions.push(library.version)
    library.remove('a')
    versions.push(library.version)
    library.remove()
    versions.push(library.version)
    expect(versions).toEqual([0, 1, 1, 1, 2, 2])
  })

  it('sums a trajectory up: characters, steps, spans of each kind', () => {
    const library = new Library()
    library.add(read('a.txt', REACT('What shines?')))
    expect(library.summaries()[0]).toEqual({
      id: 0,
      file: 'a.txt',
      index: 0,
      format: 'react-text',
      environment: 'wiki',
      title: 'What shines?',
      characters: REACT('What shines?').length,
      steps: 2,
      spans: { prompt: 1, reason: 2, act: 2, observation: 1, other: 0 },
      warnings: 0,
    })
  })
})

describe('the title of a trajectory', () => {
  it('is the household task', () => {
    expect(titleOf('You are in a room.\nYour task is to: put a mug on the shelf.\n')).toBe(
      'put a mug on the shelf.',
    )
  })

  it('is the last task of the prompt, since worked examples come before it', () => {
    const prompt = 'Your task is to: cool an egg.\n> look\n\nNow yours.\nYour task is to: heat a cup.\n'
    expect(titleOf(prompt)).toBe('heat a cup.')
    expect(titleOf('Question: first?\nThought: x\n\nQuestion: second?\n')).toBe('second?')
  })

  it('is the claim or the instruction where there is one', () => {
    expect(titleOf('Claim: Lamps are cold.\n')).toBe('Lamps are cold.')
    expect(titleOf('WebShop\nInstruction:\nI want a red lamp.\n[Search]\n')).toBe('I want a red lamp.')
  })

  it('is the first line that is not blank where no task is stated', () => {
    expect(titleOf('\n \n  A plain beginning.  \nMore.\n')).toBe('A plain beginning.')
    expect(titleOf('', '> open door\n')).toBe('> open door')
  })

  it('is not taken from what comes after the first step', () => {
    expect(titleOf('Begin.\n', '> ask\nQuestion: not the task?\n')).toBe('Begin.')
  })

  it('is at most 120 characters long and never ends inside one', () => {
    const title = titleOf(`Question: ${'x'.repeat(119)}🪔${'y'.repeat(50)}\n`)
    expect(title).toBe('x'.repeat(119))
    expect(titleOf(`Question: ${'z'.repeat(300)}\n`)).toBe('z'.repeat(120))
  })

  it('is found at the end of a very long prompt', () => {
    expect(titleOf(`${'instruction: \n'.repeat(100_000)}Question: where?\n`)).toBe('where?')
  })
})
