import { describe, expect, it } from 'vitest'
import { Library } from '../../../workers/library/library.ts'
import type { TrajectoryQuery } from '../../../workers/library/query.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'

const read = (name: string, text: string) =>
  readTrajectories(name, new TextEncoder().encode(text)).trajectories[0]!

function filled(...trajectories: Trajectory[]): Library {
  const library = new Library()
  for (const trajectory of trajectories) library.add(trajectory)
  return library
}

const idsOf = (library: Library) => library.ids()

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
  return library.summary(library.add(trajectoryOf('f', parts)))!.title
}

describe('the library', () => {
  it('keeps trajectories in the order in which they came, each under an id of its own', () => {
    const library = filled(read('a.txt', REACT('What shines?')), read('b.txt', REACT('What glows?')))
    expect(library.ids().map((id) => [id, library.facts(id)!.file])).toEqual([
      [0, 'a.txt'],
      [1, 'b.txt'],
    ])
    const included = library.included()
    expect(included.length).toBe(2)
    expect(included.at(1)).toBe(library.get(1))
    expect(library.get(1)!.file).toBe('b.txt')
  })

  it('never gives an id again, and drops one file without moving the others', () => {
    const library = filled(...['a', 'b', 'c'].map((name) => read(name, REACT(`Where is ${name}?`))))
    library.remove('b')
    expect(idsOf(library)).toEqual([0, 2])
    expect(library.get(1)).toBeUndefined()
    expect(library.get(2)!.file).toBe('c')
    library.remove()
    expect(library.size).toBe(0)
    library.add(read('d', REACT('Where is d?')))
    expect(idsOf(library)).toEqual([3])
  })

  it('counts a version for every change, and none for a file that was not there', () => {
    const library = filled(read('a', REACT('What shines?')))
    const versions = [library.version]
    library.remove('not loaded')
    versions.push(library.version)
    library.correct(0, { excluded: true })
    versions.push(library.version)
    library.correct(7, { excluded: true })
    versions.push(library.version)
    library.remove('a')
    versions.push(library.version)
    library.remove()
    versions.push(library.version)
    expect(versions).toEqual([1, 1, 2, 2, 3, 3])
  })

  it('sums a trajectory up: characters, steps, spans of each kind, how it went', () => {
    const library = filled({ ...read('a.txt', REACT('What shines?')), success: true, reward: 1 })
    expect(library.summary(0)).toEqual({
      id: 0,
      file: 'a.txt',
      index: 0,
      format: 'react-text',
      environment: 'wiki',
      title: 'What shines?',
      characters: REACT('What shines?').length,
      steps: 2,
      spans: { prompt: 1, reason: 2, act: 2, observation: 1, other: 0 },
      warnings: [],
      success: true,
      reward: 1,
      taskType: undefined,
      logprobs: 0,
      excluded: false,
      corrected: false,
    })
  })

  it('keeps what was read beside what a person made of it, and leaves excluded ones out', () => {
    const library = filled(read('a', REACT('What shines?')), read('b', REACT('What glows?')))
    const asRead = library.get(0)!
    const corrected = { ...asRead, spans: asRead.spans.map((span) => ({ ...span, kind: 'other' as const })) }
    library.correct(0, { excluded: true, corrected })
    expect(library.get(0)).toBe(corrected)
    expect(library.asRead(0)).toBe(asRead)
    expect(library.summary(0)).toMatchObject({ excluded: true, corrected: true, spans: { other: 6, act: 0 } })
    expect(library.included().length).toBe(1)
    expect(library.included().at(0)!.file).toBe('b')
    library.correct(0, {})
    expect(library.get(0)).toBe(asRead)
    expect(library.summary(0)).toMatchObject({ excluded: false, corrected: false, spans: { act: 2 } })
  })

  it('gives texts back that its memory did not hold', () => {
    const library = new Library()
    const pad = 'x'.repeat(9 * 2 ** 20)
    const texts = ['a', 'b', 'c', 'd', 'e'].map((name) => REACT(`${name} ${pad}?`))
    for (const [i, text] of texts.entries()) library.add(read(`${i}`, text))
    texts.forEach((text, i) => {
      expect(library.get(i)!.text === text, `text ${i}`).toBe(true)
      expect(library.get(i)!.spans).toEqual(read(`${i}`, text).spans)
    })
  })

  it('finds the same text again in other files', () => {
    const library = filled(
      read('a', REACT('What shines?')),
      read('b', REACT('What glows?')),
      read('c', REACT('What shines?')),
      read('d', REACT('What shines!')),
    )
    expect(library.twins()(0)).toEqual([0, 2])
    expect(library.twins()(1)).toEqual([1])
  })
})

describe('a query', () => {
  const library = filled(
    { ...read('wiki.txt', REACT('What shines?')), success: true, taskType: 'bridge' },
    { ...read('wiki.txt', REACT('What glows at night?')), success: false },
    read('house.txt', 'Your task is to: tidy up.\n> go to desk 1\nOn the desk 1, you see a lamp 1.\n'),
    read('act.txt', 'Question: q?\nAction: finish[1]\nObservation: Right.\n'),
  )
  library.correct(1, { excluded: true })

  it.each<[string, TrajectoryQuery, number[]]>([
    ['of nothing', {}, [0, 1, 2, 3]],
    ['for a word of the title, in any case', { search: 'SHINES' }, [0]],
    ['for words of the text and the title together', { search: 'lamp glows' }, [1]],
    ['for a word of a thought', { search: 'answer.' }, [0, 1]],
    ['for a word that is nowhere', { search: 'unicorn' }, []],
    ['by file', { file: 'house.txt' }, [2]],
    ['by environment', { environment: 'household' }, [2]],
    ['by format', { format: 'alfworld' }, [2]],
    ['by task type', { taskType: 'bridge' }, [0]],
    ['by success', { success: 'succeeded' }, [0]],
    ['by failure', { success: 'failed' }, [1]],
    ['by an unknown end', { success: 'unknown' }, [2, 3]],
    ['by a warning', { warning: 'no-reason-span' }, [2, 3]],
    ['by any warning', { warning: 'any' }, [2, 3]],
    ['by none', { warning: 'none' }, [0, 1]],
    ['by a kind it has', { has: 'reason' }, [0, 1]],
    ['by a kind it lacks', { lacks: 'reason' }, [2, 3]],
    ['by length', { minCharacters: 80, maxCharacters: 200 }, [0, 1]],
    ['by steps', { minSteps: 2 }, [0, 1]],
    ['by fewer steps', { maxSteps: 1 }, [2, 3]],
    ['for the excluded', { excluded: true }, [1]],
    ['for those taken in', { excluded: false, has: 'reason' }, [0]],
    ['for the corrected', { corrected: true }, []],
  ])('%s', async (_, query, ids) => {
    expect(await library.find(query)).toEqual(ids)
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

  it('is the first line of the last message where none of them states a task', () => {
    const library = new Library()
    const id = library.add(
      trajectoryOf('f', [
        ['prompt', '# Policy of the shop\nBe kind.\n', -1],
        ['prompt', 'I would like to return a lamp.\nIt hums.\n', -1],
        ['act', 'return_item()\n', 0],
      ]),
    )
    expect(library.summary(id)!.title).toBe('I would like to return a lamp.')
  })

  it('is not taken from what comes after the first step', () => {
    expect(titleOf('Begin.\n', '> ask\nQuestion: not the task?\n')).toBe('Begin.')
  })

  it('is at most 80 characters long and never ends inside one', () => {
    const title = titleOf(`Question: ${'x'.repeat(79)}🪔${'y'.repeat(50)}\n`)
    expect(title).toBe('x'.repeat(79))
    expect(titleOf(`Question: ${'z'.repeat(300)}\n`)).toBe('z'.repeat(80))
  })

  it('is found at the end of a very long prompt', () => {
    expect(titleOf(`${'instruction: \n'.repeat(100_000)}Question: where?\n`)).toBe('where?')
  })
})
