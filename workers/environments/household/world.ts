/**
 * ALFWorld's text game: a room of receptacles, objects that lie in or on them, one pair of hands. Pre-conditions and
 * effects are those of ALFWorld's alfred.pddl, sentences those of its alfred.twl2; what cannot be done is answered by
 * "Nothing happens." and changes nothing.
 */
import {
  BLADES,
  CLEANABLE,
  COOLABLE,
  canContain,
  HEATABLE,
  type ObjectType,
  OPENABLE,
  type ReceptacleType,
  SLICEABLE,
  TOGGLEABLE,
  VESSELS,
} from './catalogue.ts'
import { goalReached, type Task } from './task.ts'

export interface Receptacle {
  /** Type and number, e.g. "fridge 1". */
  name: string
  type: ReceptacleType
  /** Only an openable receptacle (catalogue.ts) can be closed. */
  open: boolean
}

export interface GameObject {
  /** Type and number, e.g. "mug 2". */
  name: string
  type: ObjectType
  /** The receptacle it lies in or on; null while it is held. */
  place: string | null
  clean: boolean
  hot: boolean
  cool: boolean
  sliced: boolean
  /** Has ever been switched: what the goal and the feedback look at, as in alfred.pddl. */
  toggled: boolean
  on: boolean
}

export interface World {
  receptacles: Map<string, Receptacle>
  objects: Map<string, GameObject>
  /** The receptacle the agent stands at; null in the middle of the room. */
  location: string | null
  /** The object in the agent's hands. */
  holding: string | null
  task: Task
}

export interface StepResult {
  observation: string
  /** The goal is reached. */
  done: boolean
}

export const NOTHING_HAPPENS = 'Nothing happens.'

/** An object as it lies there untouched. */
export function newObject(type: ObjectType, number: number, place: string): GameObject {
  const name = `${type} ${number}`
  return {
    name,
    type,
    place,
    clean: false,
    hot: false,
    cool: false,
    sliced: false,
    toggled: false,
    on: false,
  }
}

/** A receptacle, closed if it can be unless `open` is said. */
export function newReceptacle(type: ReceptacleType, number: number, open = !OPENABLE.has(type)): Receptacle {
  return { name: `${type} ${number}`, type, open }
}

/** A world of its own, to try commands in. */
export function copyWorld(world: World): World {
  return structuredClone(world)
}

/** What the agent sees from the middle of the room: the first line of every transcript. */
export function overview(world: World): string {
  const names = [...world.receptacles.values()].sort(byTypeThenNumberDown).map(({ name }) => `a ${name}`)
  return `You are in the middle of a room. Looking quickly around you, you see ${list(names)}.`
}

/**
 * Plays one command and changes the world. Thoughts ("think: ...") are answered by "OK." and change nothing.
 * `put X in/on Y` and the later `move X to Y` are the same action, each answered in its own wording.
 */
export function step(world: World, command: string): StepResult {
  const words = command.trim()
  if (/^think:/i.test(words)) return { observation: 'OK.', done: goalReached(world) }
  const observation = play(world, words.toLowerCase().replace(/\s+/g, ' ')) ?? NOTHING_HAPPENS
  return { observation, done: goalReached(world) }
}

/** The observation, or null where the command is unknown or its pre-condition does not hold. */
function play(world: World, command: string): string | null {
  if (command === 'look') return look(world)
  if (command === 'inventory') return inventory(world)
  for (const [pattern, action] of ACTIONS) {
    const match = pattern.exec(command)
    if (match) return action(world, match[1]!, match[2] ?? '')
  }
  return null
}

type Action = (world: World, first: string, second: string) => string | null

const NAME = '([a-z]+ [0-9]+)'
const ACTIONS: [RegExp, Action][] = [
  [new RegExp(`^go to ${NAME}$`), goTo],
  [new RegExp(`^open ${NAME}$`), open],
  [new RegExp(`^close ${NAME}$`), close],
  [new RegExp(`^take ${NAME} from ${NAME}$`), take],
  [
    new RegExp(`^put ${NAME} (?:in/on|in|on) ${NAME}$`),
    putWith((o, r) => `You put the ${o} in/on the ${r}.`),
  ],
  [new RegExp(`^move ${NAME} to ${NAME}$`), putWith((o, r) => `You move the ${o} to the ${r}.`)],
  [new RegExp(`^use ${NAME}$`), use],
  [new RegExp(`^clean ${NAME} with ${NAME}$`), clean],
  [new RegExp(`^heat ${NAME} with ${NAME}$`), heat],
  [new RegExp(`^cool ${NAME} with ${NAME}$`), cool],
  [new RegExp(`^slice ${NAME} with ${NAME}$`), slice],
  [new RegExp(`^examine ${NAME}$`), examine],
]

function goTo(world: World, name: string): string | null {
  const receptacle = world.receptacles.get(name)
  // Going where one stands is no move: real transcripts show it answered by "Nothing happens."
  if (!receptacle || world.location === name) return null
  world.location = name
  return describeReceptacle(world, receptacle)
}

function open(world: World, name: string): string | null {
  const receptacle = here(world, name)
  if (!receptacle || !OPENABLE.has(receptacle.type) || receptacle.open) return null
  receptacle.open = true
  return `You open the ${name}. ${describeReceptacle(world, receptacle)}`
}

function close(world: World, name: string): string | null {
  const receptacle = here(world, name)
  if (!receptacle || !OPENABLE.has(receptacle.type) || !receptacle.open) return null
  receptacle.open = false
  return `You close the ${name}.`
}

function take(world: World, objectName: string, receptacleName: string): string | null {
  const object = world.objects.get(objectName)
  const receptacle = here(world, receptacleName)
  if (!object || !receptacle?.open || object.place !== receptacleName) return null
  if (world.holding !== null || TOGGLEABLE.has(object.type)) return null
  object.place = null
  world.holding = objectName
  return `You pick up the ${objectName} from the ${receptacleName}.`
}

function putWith(sentence: (object: string, receptacle: string) => string): Action {
  return (world, objectName, receptacleName) => {
    const object = held(world, objectName)
    const receptacle = here(world, receptacleName)
    if (!object || !receptacle?.open || !canContain(receptacle.type, object.type)) return null
    object.place = receptacleName
    world.holding = null
    return sentence(objectName, receptacleName)
  }
}

function use(world: World, name: string): string | null {
  const object = world.objects.get(name)
  if (!object || !TOGGLEABLE.has(object.type) || !world.location || object.place !== world.location)
    return null
  object.on = !object.on
  object.toggled = true
  // The game's grammar asks whether the object was ever switched, so switching it off reads the same.
  return `You turn on the ${name}.`
}

function clean(world: World, objectName: string, receptacleName: string): string | null {
  const object = held(world, objectName)
  if (!object || here(world, receptacleName)?.type !== 'sinkbasin' || !CLEANABLE.has(object.type)) return null
  object.clean = true
  return `You clean the ${objectName} using the ${receptacleName}.`
}

/** The microwave need not be open, as in alfred.pddl. */
function heat(world: World, objectName: string, receptacleName: string): string | null {
  const object = held(world, objectName)
  if (!object || here(world, receptacleName)?.type !== 'microwave' || !HEATABLE.has(object.type)) return null
  object.hot = true
  object.cool = false
  return `You heat the ${objectName} using the ${receptacleName}.`
}

/** The fridge need not be open, as in alfred.pddl. */
function cool(world: World, objectName: string, receptacleName: string): string | null {
  const object = held(world, objectName)
  if (!object || here(world, receptacleName)?.type !== 'fridge' || !COOLABLE.has(object.type)) return null
  object.cool = true
  object.hot = false
  return `You cool the ${objectName} using the ${receptacleName}.`
}

/** The knife is held, the object lies where the agent stands. */
function slice(world: World, objectName: string, bladeName: string): string | null {
  const object = world.objects.get(objectName)
  const blade = held(world, bladeName)
  if (!object || !blade || !BLADES.has(blade.type) || !SLICEABLE.has(object.type)) return null
  if (world.location === null || object.place !== world.location) return null
  object.sliced = true
  return `You sliced the ${objectName} with the ${bladeName}.`
}

function examine(world: World, name: string): string | null {
  const receptacle = here(world, name)
  if (receptacle) return describeReceptacle(world, receptacle)
  const object = world.objects.get(name)
  if (!object) return null
  const isSeen = object.place !== null && (here(world, object.place)?.open ?? false)
  return isSeen || world.holding === name ? describeObject(object) : null
}

function look(world: World): string {
  if (world.location === null) return overview(world)
  return `You are facing the ${world.location}. Next to it, you see nothing.`
}

function inventory(world: World): string {
  return world.holding === null ? 'You are not carrying anything.' : `You are carrying: a ${world.holding}.`
}

/** The receptacle of that name if the agent stands at it. */
function here(world: World, name: string): Receptacle | undefined {
  return world.location === name ? world.receptacles.get(name) : undefined
}

function held(world: World, name: string): GameObject | undefined {
  return world.holding === name ? world.objects.get(name) : undefined
}

/** The sentence on arriving at or opening a receptacle. */
function describeReceptacle(world: World, receptacle: Receptacle): string {
  if (!receptacle.open) return `The ${receptacle.name} is closed.`
  const objects = [...world.objects.values()].filter((object) => object.place === receptacle.name)
  const contents = list(objects.sort(byTypeThenNumberDown).map(({ name }) => `a ${name}`))
  if (OPENABLE.has(receptacle.type)) return `The ${receptacle.name} is open. In it, you see ${contents}.`
  return `On the ${receptacle.name}, you see ${contents}.`
}

function describeObject(object: GameObject): string {
  const { name, type } = object
  if (VESSELS.has(type)) return `This is a normal ${name}. In it, you see nothing.`
  const warmth = object.hot ? 'hot' : object.cool ? 'cool' : ''
  const state = [warmth, object.clean ? 'clean' : ''].filter(Boolean).join(' and ')
  if (object.sliced) return `This is a ${state ? `${state} ` : ''}sliced ${name}.`
  // The game says "cold" for what is cool and nothing else.
  if (state) return `This is a ${state === 'cool' ? 'cold' : state} ${name}.`
  if (TOGGLEABLE.has(type)) return `This ${name} is ${object.toggled ? 'on' : 'off'}.`
  return `There's nothing special about ${name}.`
}

/** The game's lists: "a mug 1", "a mug 1, and a plate 2", "nothing". */
function list(items: string[]): string {
  if (items.length === 0) return 'nothing'
  if (items.length === 1) return items[0]!
  return `${items.slice(0, -1).join(', ')}, and ${items.at(-1)}`
}

/** Types in alphabetical order, numbers downwards, as transcripts list them. */
function byTypeThenNumberDown(a: { name: string; type: string }, b: { name: string; type: string }): number {
  if (a.type !== b.type) return a.type < b.type ? -1 : 1
  return numberOf(b.name) - numberOf(a.name)
}

function numberOf(name: string): number {
  return Number(name.slice(name.indexOf(' ') + 1))
}
