import { describe, expect, it } from 'vitest'
import { householdTrajectories } from '../../../../workers/environments/household/demo.ts'
import { household, householdIn } from '../../../../workers/environments/household/environment.ts'
import { type Replay, replayTrajectory } from '../../../../workers/environments/household/replay/replay.ts'
import { scoreReplays } from '../../../../workers/environments/household/replay/score.ts'
import { Random } from '../../../../workers/random.ts'
import { readTrajectories } from '../../../../workers/trajectories/read.ts'

function replay(text: string): Replay {
  const { trajectories } = readTrajectories('some.txt', new TextEncoder().encode(text))
  expect(trajectories).toHaveLength(1)
  return replayTrajectory(trajectories[0]!)!
}

/** Turns as command and answer in a room of two cabinets, a desk, a fridge and a shelf. */
function transcript(...turns: [string, string][]): string {
  const room = 'a cabinet 2, a cabinet 1, a desk 1, a fridge 1, and a shelf 1'
  return [
    `You are in the middle of a room. Looking quickly around you, you see ${room}.`,
    'Your task is to: put a mug in shelf.',
    ...turns.flatMap(([command, answer]) => [`> ${command}`, answer]),
    '',
  ].join('\n')
}

const found: [string, string] = ['go to desk 1', 'On the desk 1, you see a mug 2, and a pen 1.']
const verdicts = (...turns: [string, string][]) =>
  replay(transcript(...turns)).answers.map(({ kind, verdict }) => `${kind} ${verdict}`)

describe('replaying transcripts of our own household', () => {
  const today = householdIn('new')
  it.each([
    ['old', (seed: number) => household.expert(household.episode(seed, 'test'), new Random(seed)).text],
    ['new', (seed: number) => today.expert(today.episode(seed, 'test'), new Random(seed)).text],
  ] as const)('predicts or is given every answer, and reaches every goal: %s wording', (wording, write) => {
    const score = scoreReplays(Array.from({ length: 60 }, (_, seed) => replay(write(seed))))
    expect(score.different).toBe(0)
    expect(score.predicted.compared).toBeGreaterThan(150)
    expect(score.given.compared).toBeGreaterThan(150)
    expect(score.goals).toMatchObject({ known: 60, reached: 60 })
    expect(score.thoughts.equal).toBe(score.thoughts.compared)
    const { actions, variants } = score
    if (wording === 'old') expect(actions.equal).toBe(actions.compared)
    // Arriving is worded differently, which is listed and not counted as equal.
    else expect(actions.compared - actions.equal).toBe(variants['says where one arrives'])
  })

  it('finds every answer that was changed, and only that one', () => {
    const changed = householdTrajectories({ seed: 2, trajectories: 60 }).flatMap(({ text }, i) => {
      const takes = [...text.matchAll(/\nYou (pick up|put|heat|cool|clean) the /g)]
      const at = takes[i % takes.length]!.index + 1
      return replay(`${text.slice(0, at)}You drop the ${text.slice(text.indexOf(' the ', at) + 5)}`).answers
    })
    const different = changed.filter(({ verdict }) => verdict === 'different')
    expect(different.filter(({ expected }) => expected.startsWith('You drop the '))).toHaveLength(60)
  })
})

describe('what a first sight gives, and what is predicted', () => {
  it('is given each place once, and predicts what is seen there again', () => {
    expect(
      verdicts(found, ['go to shelf 1', 'On the shelf 1, you see nothing.'], found, [
        'take mug 2 from desk 1',
        'You pick up the mug 2 from the desk 1.',
      ]),
    ).toEqual(['given equal', 'given equal', 'predicted equal', 'predicted equal'])
  })

  it('is given a closed door and what is behind it, each once', () => {
    expect(
      verdicts(
        ['go to fridge 1', 'The fridge 1 is closed.'],
        ['open fridge 1', 'You open the fridge 1. The fridge 1 is open. In it, you see a egg 1.'],
        ['close fridge 1', 'You close the fridge 1.'],
        ['open fridge 1', 'You open the fridge 1. The fridge 1 is open. In it, you see a egg 1.'],
        ['take egg 1 from fridge 1', 'You pick up the egg 1 from the fridge 1.'],
        ['examine fridge 1', 'The fridge 1 is open. In it, you see nothing.'],
      ),
    ).toEqual([
      'given equal',
      'given equal',
      'predicted equal',
      'predicted equal',
      'predicted equal',
      'predicted equal',
    ])
  })

  it('tries the wording of what is given: its order, its commas', () => {
    expect(verdicts(['go to desk 1', 'On the desk 1, you see a pen 1, and a mug 2.'])).toEqual([
      'given different',
    ])
    expect(verdicts(['go to desk 1', 'On the desk 1, you can see a mug 2.'])).toEqual(['predicted different'])
  })

  it('is given that a place never seen shares the spot, and predicts what follows from it', () => {
    const replayed = replay(
      transcript(
        ['go to cabinet 1', 'On the cabinet 1, you see nothing.'],
        ['go to cabinet 2', 'Nothing happens.'],
        ['look', 'You are facing the cabinet 2, and cabinet 1. Next to it, you see nothing.'],
        found,
        ['go to cabinet 2', 'The cabinet 2 is closed.'],
        ['go to cabinet 1', 'Nothing happens.'],
      ),
    )
    expect(replayed.answers.map(({ kind, verdict }) => `${kind} ${verdict}`)).toEqual([
      'given equal',
      'given equal',
      'predicted equal',
      'given equal',
      'given equal',
      'predicted equal',
    ])
    expect(scoreReplays([replayed]).neighbours).toBe(1)
  })

  it('does not take "Nothing happens." for a shared spot where both places were seen apart', () => {
    expect(
      verdicts(
        ['go to shelf 1', 'On the shelf 1, you see nothing.'],
        found,
        ['go to shelf 1', 'Nothing happens.'],
        ['look', 'You are facing the desk 1, and shelf 1. Next to it, you see a mug 2, and a pen 1.'],
      ),
    ).toEqual(['given equal', 'given equal', 'predicted different', 'predicted equal'])
  })

  it('cannot know a place that nobody told of, and says so', () => {
    const { answers } = replay(transcript(['go to desk 1', 'A dog barks.']))
    expect(answers).toMatchObject([{ verdict: 'different', got: null }])
  })
})

describe('an answer that differs', () => {
  it('is told with its step, and believed afterwards', () => {
    const { answers, goalReached } = replay(
      transcript(
        ['open fridge 1', 'You open the fridge 1. The fridge 1 is open. In it, you see a mug 3.'],
        ['take mug 3 from fridge 1', 'You pick up the mug 3 from the fridge 1.'],
        ['go to shelf 1', 'On the shelf 1, you see nothing.'],
        ['put mug 3 in/on shelf 1', 'You put the mug 3 in/on the shelf 1.'],
      ),
    )
    expect(answers[0]).toEqual({
      step: 1,
      command: 'open fridge 1',
      kind: 'predicted',
      verdict: 'different',
      variants: [],
      expected: 'You open the fridge 1. The fridge 1 is open. In it, you see a mug 3.',
      got: 'Nothing happens.',
    })
    expect(answers.slice(1).map(({ verdict }) => verdict)).toEqual(['equal', 'equal', 'equal'])
    expect(goalReached).toBe(true)
  })

  it('may be another content of a place seen before, which holds from then on', () => {
    const now: [string, string] = ['go to desk 1', 'On the desk 1, you see a cd 1, and a mug 2.']
    const away: [string, string] = ['go to shelf 1', 'On the shelf 1, you see nothing.']
    expect(verdicts(found, away, now, away, now)).toEqual([
      'given equal',
      'given equal',
      'predicted different',
      'predicted equal',
      'predicted equal',
    ])
  })

  it('may be that nothing happened, and then nothing has', () => {
    expect(
      verdicts(
        found,
        ['take mug 2 from desk 1', 'Nothing happens.'],
        ['inventory', 'You are not carrying anything.'],
      ),
    ).toEqual(['given equal', 'predicted different', 'predicted equal'])
  })

  it.each([
    ['On the desk 1, you see a mug 2, a pen 1.', 'no "and" before the last of a list'],
    ['On the desk 1, you see a mug 2 and a pen 1.', 'no comma before "and"'],
    ['On the desk 1, you see a alarmclock 1, and an egg 2.', '"an" before a vowel'],
    ['You arrive at loc 12. On the desk 1, you see nothing.', 'says where one arrives'],
    ['On the desk 1, you see nothing. ', 'blanks at the end'],
  ])('by a known wording is named and not equal: %s', (answer, variant) => {
    const [compared] = replay(transcript(['go to desk 1', answer])).answers
    expect(compared).toMatchObject({ verdict: 'variant', variants: [variant], expected: answer })
  })

  it('by two known wordings at once has both named', () => {
    const [compared] = replay(
      transcript(['go to desk 1', 'On the desk 1, you see an egg 2 and a pen 1.']),
    ).answers
    expect(compared!.variants).toEqual(['no comma before "and"', '"an" before a vowel'])
  })
})

describe('the score', () => {
  it('counts the answers of an episode that is there twice once more by themselves', () => {
    const once = replay(
      transcript(found, ['take pen 1 from desk 1', 'You pick up the pen 1 from the desk 1.']),
    )
    const other = replay(
      transcript(found, ['take mug 2 from desk 1', 'You pick up the mug 2 from the desk 1.']),
    )
    const { actions, distinct } = scoreReplays([once, once, other])
    expect(actions).toEqual({ compared: 6, equal: 6 })
    expect(distinct).toEqual({ compared: 3, equal: 3 })
  })
})

describe('what is not replayed', () => {
  it('is a trajectory that does not tell its room', () => {
    const { trajectories } = readTrajectories(
      'some.txt',
      new TextEncoder().encode(
        'Your task is to: put a mug in shelf.\n> go to shelf 1\nOn the shelf 1, you see nothing.\n',
      ),
    )
    expect(trajectories.map(replayTrajectory)).toEqual([null])
    expect(scoreReplays([null])).toMatchObject({ trajectories: 0, withoutRoom: 1 })
  })

  it('is an answer that is not there', () => {
    const { answers, notCompared } = replay(`${transcript(found)}> take mug 2 from desk 1\n`)
    expect(answers).toHaveLength(1)
    expect(notCompared).toEqual({ 'no answer': 1 })
  })
})
