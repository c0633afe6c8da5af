/** What the household says, to the letter of ALFWorld's alfred.twl2 with its lists as TextWorld joins them. */
import { TOGGLEABLE, VESSELS } from './rules.ts'
import {
  contentsOf,
  type GameObject,
  liesHere,
  numberOf,
  type Receptacle,
  receptaclesHere,
  typeOf,
  type World,
} from './world.ts'

export const NOTHING_HAPPENS = 'Nothing happens.'

/** What the agent sees from the middle of the room: the first line of every transcript. */
export function overview(world: World): string {
  const seen = list(withArticles([...world.receptacles.values()]))
  return `You are in the middle of a room. Looking quickly around you, you see ${seen}.`
}

/** What `look` says where the agent stands. */
export function surroundings(world: World): string {
  const here = receptaclesHere(world)
  const names = list(here.sort(byTypeThenNumberDown).map(({ name }) => name))
  const things = [...world.objects.values()].filter((object) => liesHere(world, object))
  // As the grammar has it, a thing is named once for every receptacle of the spot that it does not lie in.
  const beside = here.flatMap(({ name }) => things.filter(({ places }) => !places.includes(name)))
  return `You are facing the ${names}. Next to it, you see ${list(withArticles(beside))}.`
}

/** The sentence on arriving at, opening or examining a receptacle. */
export function describeReceptacle(world: World, receptacle: Receptacle): string {
  if (!receptacle.open) return `The ${receptacle.name} is closed.`
  const contents = list(withArticles(contentsOf(world, receptacle.name)))
  if (receptacle.openable) return `The ${receptacle.name} is open. In it, you see ${contents}.`
  return `On the ${receptacle.name}, you see ${contents}.`
}

/** The sentence on examining an object. */
export function describeObject(object: GameObject): string {
  const { name, type } = object
  // Nothing can be put into a vessel: alfred.pddl has those actions commented out.
  if (VESSELS.has(type)) return `This is a normal ${name}. In it, you see nothing.`
  const warmth = object.hot ? 'hot' : object.cool ? 'cool' : ''
  const state = [warmth, object.clean ? 'clean' : ''].filter(Boolean).join(' and ')
  if (object.sliced && state) return `This is a ${state} sliced ${name}.`
  // The game says "cold" for what is cool and nothing else.
  if (state) return `This is a ${state === 'cool' ? 'cold' : state} ${name}.`
  if (TOGGLEABLE.has(type)) return `This ${name} is ${object.toggled ? 'on' : 'off'}.`
  if (object.sliced) return `This is a sliced ${name}.`
  return `There's nothing special about ${name}.`
}

/** The game's lists: "a mug 1", "a mug 1, and a plate 2", "nothing". */
export function list(items: readonly string[]): string {
  if (items.length < 2) return items[0] ?? 'nothing'
  return `${items.slice(0, -1).join(', ')}, and ${items.at(-1)}`
}

/** ALFWorld gives all things the indefinite article "a", also "a apple 1". */
function withArticles(things: { name: string }[]): string[] {
  return things.sort(byTypeThenNumberDown).map(({ name }) => `a ${name}`)
}

/** Types in alphabetical order, numbers downwards, as transcripts list them. */
function byTypeThenNumberDown(a: { name: string }, b: { name: string }): number {
  const [one, other] = [typeOf(a.name), typeOf(b.name)]
  if (one !== other) return one < other ? -1 : 1
  return numberOf(b.name) - numberOf(a.name)
}

/** What `help` says. */
export const HELP = [
  'Available commands:',
  '  look:                             look around your current location',
  '  inventory:                        check your current inventory',
  '  go to (receptacle):               move to a receptacle',
  '  open (receptacle):                open a receptacle',
  '  close (receptacle):               close a receptacle',
  '  take (object) from (receptacle):  take an object from a receptacle',
  '  move (object) to (receptacle):  place an object in or on a receptacle',
  '  examine (something):              examine a receptacle or an object',
  '  use (object):                     use an object',
  '  heat (object) with (receptacle):  heat an object using a receptacle',
  '  clean (object) with (receptacle): clean an object using a receptacle',
  '  cool (object) with (receptacle):  cool an object using a receptacle',
  '  slice (object) with (object):     slice an object using a sharp object',
].join('\n')
