import type { Task } from '../../../../workers/environments/household/task.ts'
import {
  contentsOf,
  receptaclesHere,
  typeOf,
  type World,
} from '../../../../workers/environments/household/world.ts'
import type { Claim } from '../claims.ts'

/** A world when a thought is thought, its task, and the commands that came after. */
export interface Moment {
  world: World
  task: Task
  following: string[]
}

const N = '([a-z]+ \\d+)'
const isOpen = ({ world }: Moment, place: string) => world.receptacles.get(place)!.open
const lies = ({ world }: Moment, name: string, place: string) =>
  world.objects.get(name)?.places.includes(place) ?? false
const isAt = ({ world }: Moment, place: string) => receptaclesHere(world).some(({ name }) => name === place)
const goalOf = (task: Task) => (task.type === 'examine' ? task.lamp : task.receptacle)
const noun = (words: string) => words.replace(/^(an?|some) /, '')
const isStep = (words: string, { world, task }: Moment) => {
  const change = /^(put|clean|heat|cool) it (?:in\/on|with) ([a-z]+ \d+)$/.exec(words)
  if (!change) return words === 'find a desklamp' && task.type === 'examine'
  const tools: Record<string, string> = {
    put: goalOf(task),
    clean: 'sinkbasin',
    heat: 'microwave',
    cool: 'fridge',
  }
  return world.receptacles.has(change[2]!) && typeOf(change[2]!) === tools[change[1]!]
}
const nextMove = ({ following }: Moment) => following.find((command) => command.startsWith('go to '))

/** Every place that is named is there, once, and the first is the next that is visited unless the agent stands there. */
function isSearch(list: string, moment: Moment): boolean {
  const places = list.split(/, | and /)
  return (
    new Set(places).size === places.length &&
    places.every((place) => moment.world.receptacles.has(place)) &&
    (isAt(moment, places[0]!) || nextMove(moment) === `go to ${places[0]}`)
  )
}

/** No object of that type lies where the agent stands, and the agent can see so. */
function isEmptyOf(type: string, { world }: Moment): boolean {
  return receptaclesHere(world).every(
    ({ name, open }) => open && !contentsOf(world, name).some((object) => object.type === type),
  )
}

const PLANS: Record<string, RegExp> = {
  place:
    /^(?:My plan: find ([^.]+), take it, put it in\/on ([^.]+)|I need ([^.]+)\. It goes in\/on ([^.]+))\.$/,
  clean:
    /^(?:My plan: find ([^.]+), clean it with a sinkbasin, put it in\/on ([^.]+)|I need ([^.]+)\. I clean it in a sinkbasin\. Then it goes in\/on ([^.]+))\.$/,
  heat: /^(?:My plan: find ([^.]+), heat it with a microwave, put it in\/on ([^.]+)|I need ([^.]+)\. I heat it in a microwave\. Then it goes in\/on ([^.]+))\.$/,
  cool: /^(?:My plan: find ([^.]+), cool it with a fridge, put it in\/on ([^.]+)|I need ([^.]+)\. I cool it in a fridge\. Then it goes in\/on ([^.]+))\.$/,
  two: /^(?:My plan: find ([^.]+), put it in\/on ([^.]+), then find another and put it there too|I need ([^.]+), then another\. Both go to the same ([^.]+))\.$/,
  examine:
    /^(?:My plan: find ([^.]+), take it to a ([^.]+), use the desklamp|I need ([^.]+) in hand, then I use a ([^.]+))\.$/,
}

export const CLAIMS: Claim<Moment>[] = [
  ...Object.entries(PLANS).map(([type, pattern]) => ({
    name: `plan ${type}`,
    pattern,
    isTrue: (match: string[], { task }: Moment) =>
      task.type === type &&
      noun((match[1] ?? match[3])!) === task.object &&
      noun((match[2] ?? match[4])!) === goalOf(task),
  })),
  {
    name: 'likely places',
    pattern:
      /^(?:Likely places for (?:an?|some) ([a-z]+): ([^.]+)|(?:An?|Some) ([a-z]+) is often in or on ([^.]+))\.$/,
    isTrue: (match, moment) => isSearch((match[2] ?? match[4])!, moment),
  },
  {
    name: 'other places',
    pattern: /^(?:Other|Possible) places for (?:an?|some) ([a-z]+): ([^.]+)\.$/,
    isTrue: (match, moment) => isSearch(match[2]!, moment),
  },
  {
    name: 'found',
    pattern: new RegExp(`^(?:I look for )?([a-z]+): found ${N}\\.$`),
    isTrue: ([, type, name], moment) =>
      typeOf(name!) === type &&
      receptaclesHere(moment.world).some((place) => place.open && lies(moment, name!, place.name)),
  },
  {
    name: 'not found, next place',
    pattern: new RegExp(`^(?:I look for )?([a-z]+): not here\\. (?:Next:|I try) ${N}\\.$`),
    isTrue: ([, type, next], moment) => isEmptyOf(type!, moment) && nextMove(moment) === `go to ${next}`,
  },
  {
    name: 'not found',
    pattern: /^(?:I look for )?([a-z]+): not here\.$/,
    isTrue: ([, type], moment) => isEmptyOf(type!, moment),
  },
  {
    name: 'remembered',
    pattern: new RegExp(`^(?:I saw ${N} at ${N}\\. I go there|Before, ${N} was at ${N}\\. I go back)\\.$`),
    isTrue: (match, moment) =>
      lies(moment, (match[1] ?? match[3])!, (match[2] ?? match[4])!) &&
      nextMove(moment) === `go to ${match[2] ?? match[4]}`,
  },
  {
    name: 'in hand',
    pattern: new RegExp(`^(?:I have ${N}\\. Next: ([^.]+)|Now I hold ${N}\\. I ([^.]+))\\.$`),
    isTrue: (match, moment) =>
      moment.world.holding === (match[1] ?? match[3]) && isStep((match[2] ?? match[4])!, moment),
  },
  {
    name: 'changed',
    pattern: new RegExp(
      `^(?:${N} is (clean|hot|cool)\\. Next: ([^.]+)|Now ${N} is (clean|hot|cool)\\. I ([^.]+))\\.$`,
    ),
    isTrue: (match, moment) => {
      const { world } = moment
      return (
        world.holding === (match[1] ?? match[4]) &&
        world.objects.get(world.holding!)![(match[2] ?? match[5]) as 'clean' | 'hot' | 'cool'] &&
        isStep((match[3] ?? match[6])!, moment)
      )
    },
  },
  {
    name: 'first of two is placed',
    pattern: new RegExp(
      `^(?:One ([a-z]+) is at ${N}\\. I need a second ([a-z]+)|${N} has one ([a-z]+) now\\. One more to go)\\.$`,
    ),
    isTrue: (match, { world, task }) => {
      const place = (match[2] ?? match[4])!
      const there = contentsOf(world, place).filter(({ type }) => type === task.object)
      return there.length === 1 && typeOf(place) === goalOf(task) && (match[1] ?? match[5]) === task.object
    },
  },
  {
    name: 'failed: closed',
    pattern: new RegExp(`^That failed: ${N} is closed\\. I open it first\\.$`),
    isTrue: ([, place], moment) =>
      isAt(moment, place!) && !isOpen(moment, place!) && moment.following[0] === `open ${place}`,
  },
  {
    name: 'failed: not there',
    pattern: new RegExp(`^That failed: I am not at ${N}\\. I go there first\\.$`),
    isTrue: ([, place], moment) => !isAt(moment, place!) && moment.following[0] === `go to ${place}`,
  },
  {
    name: 'failed: hands full',
    pattern: new RegExp(`^That failed: I already hold ${N}\\. I put it away first\\.$`),
    isTrue: ([, name], { world }) => world.holding === name,
  },
  {
    name: 'failed: wrong number',
    pattern: new RegExp(`^That failed: ${N} is not here, ${N} is\\.$`),
    isTrue: ([, wrong, right], moment) => {
      const here = receptaclesHere(moment.world).map(({ name }) => name)
      return (
        here.some((place) => lies(moment, right!, place)) &&
        !here.some((place) => lies(moment, wrong!, place))
      )
    },
  },
  {
    name: 'wrong thing in hand',
    pattern: new RegExp(`^That was wrong: I hold ${N}, not (?:an?|some) ([a-z]+)\\. I put it back\\.$`),
    isTrue: ([, held, wanted], { world, following }) =>
      world.holding === held &&
      typeOf(held!) !== wanted &&
      receptaclesHere(world).some(({ name }) => following[0] === `put ${held} in/on ${name}`),
  },
  {
    name: 'failed: already there',
    pattern: new RegExp(`^That failed: I am already at ${N}\\.$`),
    isTrue: ([, place], moment) => isAt(moment, place!),
  },
  {
    name: 'failed: already open',
    pattern: new RegExp(`^That failed: ${N} is already open\\.$`),
    isTrue: ([, place], moment) => {
      const { openable, open } = moment.world.receptacles.get(place!)!
      return isAt(moment, place!) && openable && open
    },
  },
  { name: 'failed', pattern: /^That failed\.$/, isTrue: () => true },
]
