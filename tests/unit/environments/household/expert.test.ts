import { describe, expect, it } from 'vitest'
import { OPENABLE, type ReceptacleType } from '../../../../workers/environments/household/catalogue.ts'
import { householdTrajectories } from '../../../../workers/environments/household/demo.ts'
import { runExpert, transcript } from '../../../../workers/environments/household/expert.ts'
import { generateEpisode } from '../../../../workers/environments/household/generate.ts'
import { goalReached, TASK_TYPES } from '../../../../workers/environments/household/task.ts'
import {
  copyWorld,
  NOTHING_HAPPENS,
  step,
  type World,
} from '../../../../workers/environments/household/world.ts'
import { Random } from '../../../../workers/random.ts'

const EPISODES = 300

/** The commands and observations of a transcript, read from its text alone. */
function readTranscript(text: string): { prompt: string; steps: { command: string; observation: string }[] } {
  const [prompt, ...turns] = text.slice(0, -1).split('\n> ')
  const steps = turns.map((turn) => {
    const [command, ...observation] = turn.split('\n')
    return { command: command!, observation: observation.join('\n') }
  })
  return { prompt: prompt!, steps }
}

describe('the scripted expert', () => {
  it.each(TASK_TYPES)('reaches the goal in at least 99 of 100 tasks: %s', (type) => {
    let reached = 0
    for (let seed = 0; seed < EPISODES; seed++) {
      if (runExpert(generateEpisode(seed, 'test', type), new Random(seed)).done) reached++
    }
    expect(reached / EPISODES).toBeGreaterThanOrEqual(0.99)
  })

  it.each(TASK_TYPES)(
    'writes what a fresh world answers to the letter, and that world agrees at the end: %s',
    (type) => {
      for (let seed = 0; seed < EPISODES; seed++) {
        const episode = generateEpisode(seed, 'train', type)
        const untouched = copyWorld(episode.world)
        const { prompt, steps } = readTranscript(
          transcript(episode.prompt, runExpert(episode, new Random(seed)).steps),
        )
        expect(prompt).toBe(episode.prompt)
        expect(episode.world).toEqual(untouched)
        const fresh = generateEpisode(seed, 'train', type).world
        expect(goalReached(fresh)).toBe(false)
        for (const [i, { command, observation }] of steps.entries()) {
          const result = step(fresh, command)
          expect(result.observation).toBe(observation)
          expect(result.done).toBe(i === steps.length - 1)
        }
      }
    },
  )

  it('thinks nothing that is not so at that moment', () => {
    const seen = new Set<string>()
    for (let seed = 0; seed < 1200; seed++) {
      const episode = generateEpisode(seed, 'train')
      const { steps } = runExpert(episode, new Random(seed))
      const world = copyWorld(episode.world)
      for (const [i, { command }] of steps.entries()) {
        if (command.startsWith('think: ')) {
          const following = steps.slice(i + 1).map((other) => other.command)
          for (const name of checkThought(command.slice('think: '.length), world, following)) seen.add(name)
        }
        step(world, command)
      }
    }
    expect([...seen].sort()).toEqual(CLAIMS.map(({ name }) => name).sort())
  })

  it('slips in a fair share of episodes and recovers with a thought', () => {
    const failing = householdTrajectories({ seed: 3, trajectories: 400 }).filter(({ text }) =>
      text.includes(NOTHING_HAPPENS),
    )
    expect(failing.length).toBeGreaterThan(400 * 0.25)
    expect(failing.length).toBeLessThan(400 * 0.5)
    for (const { text } of failing) {
      const { steps } = readTranscript(text)
      for (const [i, { observation }] of steps.entries()) {
        if (observation !== NOTHING_HAPPENS) continue
        expect(steps[i + 1]!.command).toMatch(/^think: That failed/)
        expect(steps[i + 2]!.observation).not.toBe(NOTHING_HAPPENS)
      }
    }
  })

  it('goes to no place twice, except to where it saw the lamp', () => {
    for (let seed = 0; seed < EPISODES; seed++) {
      const { steps } = runExpert(generateEpisode(seed, 'train', 'examine'), new Random(seed))
      const visits = steps
        .filter(({ command, observation }) => command.startsWith('go to ') && observation !== NOTHING_HAPPENS)
        .map(({ command }) => command)
      const beforeLamp = visits.slice(0, -1)
      expect(new Set(beforeLamp).size, visits.join(', ')).toBe(beforeLamp.length)
    }
  })
})

/** One kind of sentence that the expert may think, and whether it is so. */
interface Claim {
  name: string
  pattern: RegExp
  isTrue: (match: string[], world: World, following: string[]) => boolean
}

const N = '([a-z]+ \\d+)'
const typeOf = (name: string) => name.split(' ')[0]!
const isOpen = (world: World, place: string) => world.receptacles.get(place)!.open
const lies = (world: World, name: string, place: string) => world.objects.get(name)?.place === place
const goalOf = (world: World) => (world.task.type === 'examine' ? world.task.lamp : world.task.receptacle)
const noun = (words: string) => words.replace(/^(an?|some) /, '')
const isStep = (words: string, world: World) => {
  const change = /^(put|clean|heat|cool) it (?:in\/on|with) ([a-z]+ \d+)$/.exec(words)
  if (!change) return words === 'find a desklamp' && world.task.type === 'examine'
  const tools = { put: goalOf(world), clean: 'sinkbasin', heat: 'microwave', cool: 'fridge' } as Record<
    string,
    string
  >
  return world.receptacles.has(change[2]!) && typeOf(change[2]!) === tools[change[1]!]
}
/** Places the agent could look into and has not: a list of them must hold every place named. */
const areInRoom = (list: string, world: World) => {
  const places = list.split(/, | and /)
  return new Set(places).size === places.length && places.every((place) => world.receptacles.has(place))
}
const nextMove = (following: string[]) => following.find((command) => command.startsWith('go to '))

const CLAIMS: Claim[] = [
  ...(['place', 'clean', 'heat', 'cool', 'two', 'examine'] as const).map((type) => ({
    name: `plan ${type}`,
    pattern: {
      place:
        /^(?:My plan: find ([^.]+), take it, put it in\/on ([^.]+)|I need ([^.]+)\. It goes in\/on ([^.]+))\.$/,
      clean:
        /^(?:My plan: find ([^.]+), clean it with a sinkbasin, put it in\/on ([^.]+)|I need ([^.]+)\. I clean it in a sinkbasin\. Then it goes in\/on ([^.]+))\.$/,
      heat: /^(?:My plan: find ([^.]+), heat it with a microwave, put it in\/on ([^.]+)|I need ([^.]+)\. I heat it in a microwave\. Then it goes in\/on ([^.]+))\.$/,
      cool: /^(?:My plan: find ([^.]+), cool it with a fridge, put it in\/on ([^.]+)|I need ([^.]+)\. I cool it in a fridge\. Then it goes in\/on ([^.]+))\.$/,
      two: /^(?:My plan: find ([^.]+), put it in\/on ([^.]+), then find another and put it there too|I need ([^.]+), then another\. Both go to the same ([^.]+))\.$/,
      examine:
        /^(?:My plan: find ([^.]+), take it to a ([^.]+), use the desklamp|I need ([^.]+) in hand, then I use a ([^.]+))\.$/,
    }[type],
    isTrue: (match: string[], world: World) =>
      world.task.type === type &&
      noun((match[1] ?? match[3])!) === world.task.object &&
      noun((match[2] ?? match[4])!) === goalOf(world),
  })),
  {
    name: 'likely places',
    pattern:
      /^(?:Likely places for (?:an?|some) ([a-z]+): ([^.]+)|(?:An?|Some) ([a-z]+) is often in or on ([^.]+))\.$/,
    isTrue: (match, world, following) =>
      areInRoom((match[2] ?? match[4])!, world) && startsSearch((match[2] ?? match[4])!, world, following),
  },
  {
    name: 'other places',
    pattern: /^Other places for (?:an?|some) ([a-z]+): ([^.]+)\.$/,
    isTrue: (match, world, following) =>
      areInRoom(match[2]!, world) && startsSearch(match[2]!, world, following),
  },
  {
    name: 'found',
    pattern: new RegExp(`^(?:I look for )?([a-z]+): found ${N}\\.$`),
    isTrue: ([, type, name], world) =>
      typeOf(name!) === type && lies(world, name!, world.location!) && isOpen(world, world.location!),
  },
  {
    name: 'not found, next place',
    pattern: new RegExp(`^(?:I look for )?([a-z]+): not here\\. (?:Next:|I try) ${N}\\.$`),
    isTrue: ([, type, next], world, following) =>
      isEmptyOf(type!, world) && nextMove(following) === `go to ${next}`,
  },
  {
    name: 'not found',
    pattern: /^(?:I look for )?([a-z]+): not here\.$/,
    isTrue: ([, type], world) => isEmptyOf(type!, world),
  },
  {
    name: 'remembered',
    pattern: new RegExp(`^(?:I saw ${N} at ${N}\\. I go there|Before, ${N} was at ${N}\\. I go back)\\.$`),
    isTrue: (match, world, following) =>
      lies(world, (match[1] ?? match[3])!, (match[2] ?? match[4])!) &&
      nextMove(following) === `go to ${match[2] ?? match[4]}`,
  },
  {
    name: 'in hand',
    pattern: new RegExp(`^(?:I have ${N}\\. Next: ([^.]+)|Now I hold ${N}\\. I ([^.]+))\\.$`),
    isTrue: (match, world) =>
      world.holding === (match[1] ?? match[3]) && isStep((match[2] ?? match[4])!, world),
  },
  {
    name: 'changed',
    pattern: new RegExp(
      `^(?:${N} is (clean|hot|cool)\\. Next: ([^.]+)|Now ${N} is (clean|hot|cool)\\. I ([^.]+))\\.$`,
    ),
    isTrue: (match, world) =>
      world.holding === (match[1] ?? match[4]) &&
      world.objects.get(world.holding!)![(match[2] ?? match[5]) as 'clean' | 'hot' | 'cool'] &&
      isStep((match[3] ?? match[6])!, world),
  },
  {
    name: 'first of two is placed',
    pattern: new RegExp(
      `^(?:One ([a-z]+) is at ${N}\\. I need a second ([a-z]+)|${N} has one ([a-z]+) now\\. One more to go)\\.$`,
    ),
    isTrue: (match, world) => {
      const place = (match[2] ?? match[4])!
      const there = [...world.objects.values()].filter(
        (object) => object.type === world.task.object && object.place === place,
      )
      return (
        there.length === 1 && typeOf(place) === goalOf(world) && (match[1] ?? match[5]) === world.task.object
      )
    },
  },
  {
    name: 'failed: closed',
    pattern: new RegExp(`^That failed: ${N} is closed\\. I open it first\\.$`),
    isTrue: ([, place], world, following) =>
      world.location === place && !isOpen(world, place!) && following[0] === `open ${place}`,
  },
  {
    name: 'failed: not there',
    pattern: new RegExp(`^That failed: I am not at ${N}\\. I go there first\\.$`),
    isTrue: ([, place], world, following) => world.location !== place && following[0] === `go to ${place}`,
  },
  {
    name: 'failed: hands full',
    pattern: new RegExp(`^That failed: I already hold ${N}\\. I put it away first\\.$`),
    isTrue: ([, name], world) => world.holding === name,
  },
  {
    name: 'failed: wrong number',
    pattern: new RegExp(`^That failed: ${N} is not here, ${N} is\\.$`),
    isTrue: ([, wrong, right], world) =>
      !lies(world, wrong!, world.location!) && lies(world, right!, world.location!),
  },
  {
    name: 'failed: already there',
    pattern: new RegExp(`^That failed: I am already at ${N}\\.$`),
    isTrue: ([, place], world) => world.location === place,
  },
  {
    name: 'failed: already open',
    pattern: new RegExp(`^That failed: ${N} is already open\\.$`),
    isTrue: ([, place], world) =>
      world.location === place && OPENABLE.has(typeOf(place!) as ReceptacleType) && isOpen(world, place!),
  },
  { name: 'failed', pattern: /^That failed\.$/, isTrue: () => true },
]

/** No object of that type lies where the agent stands, and the agent can see so. */
function isEmptyOf(type: string, world: World): boolean {
  const place = world.location!
  return (
    isOpen(world, place) && ![...world.objects.values()].some((o) => o.type === type && o.place === place)
  )
}

/** The first place of the list is the next that is visited, unless the agent stands there. */
function startsSearch(list: string, world: World, following: string[]): boolean {
  const first = list.split(/, | and /)[0]
  return world.location === first || nextMove(following) === `go to ${first}`
}

/** Splits a thought into sentences that each match one claim, checks them, and gives the claims' names. */
function checkThought(thought: string, world: World, following: string[]): string[] {
  const names: string[] = []
  let sentences = thought.split(/(?<=\.) /)
  while (sentences.length > 0) {
    // The longest run of sentences that is one claim.
    let length = sentences.length
    let claim: Claim | undefined
    for (; length > 0 && !claim; length--) {
      const text = sentences.slice(0, length).join(' ')
      claim = CLAIMS.find(({ pattern }) => pattern.test(text))
      if (claim) {
        const match = claim.pattern.exec(text)!
        expect(claim.isTrue([...match], world, following), `${claim.name}: "${text}" in "${thought}"`).toBe(
          true,
        )
        names.push(claim.name)
        sentences = sentences.slice(length)
        break
      }
    }
    expect(claim, `no claim matches "${sentences.join(' ')}"`).toBeDefined()
  }
  return names
}
