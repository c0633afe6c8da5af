/**
 * What can be done in the household: commands, pre-conditions and effects of ALFWorld's alfred.pddl and alfred.twl2. As
 * in TextWorld, a command is known by its exact spelling, and what is not known or cannot be done now is answered by
 * "Nothing happens." and changes nothing.
 */
import { THOUGHT_TAKEN } from '../environment.ts'
import { CHANGES, type ChangeVerb } from './changes.ts'
import { BLADES, canContain, isPickupable, SLICEABLE, TOGGLEABLE } from './rules.ts'
import {
  describeObject,
  describeReceptacle,
  HELP,
  NOTHING_HAPPENS,
  overview,
  surroundings,
} from './sentences.ts'
import { type GameObject, liesHere, receptacleHere, type World } from './world.ts'

export interface StepResult {
  observation: string
  /** The command was known and could be done. */
  valid: boolean
}

/**
 * Plays one command and changes the world. Thoughts ("think: ...") are answered by "OK." and change nothing.
 *
 * @param command any text at all
 */
export function step(world: World, command: string): StepResult {
  const words = command.trim()
  if (/^think:/i.test(words)) return { observation: THOUGHT_TAKEN, valid: true }
  const observation = play(world, words)
  return { observation: observation ?? NOTHING_HAPPENS, valid: observation !== null }
}

/** A command with what it names, as far as its spelling goes; null where the game knows none such. */
export function readCommand(command: string): { verb: string; first: string; second: string } | null {
  for (const [verb, pattern] of COMMANDS) {
    const match = pattern.exec(command.trim())
    if (match) return { verb, first: match[1] ?? '', second: match[2] ?? '' }
  }
  return null
}

/** The observation, or null where the command is unknown or its pre-condition does not hold. */
function play(world: World, command: string): string | null {
  const read = readCommand(command)
  return read && ACTIONS[read.verb]!(world, read.first, read.second)
}

type Action = (world: World, first: string, second: string) => string | null

const ACTIONS: Record<string, Action> = {
  look: (world) => (world.spot === null ? overview(world) : surroundings(world)),
  inventory: ({ holding }) =>
    holding === null ? 'You are not carrying anything.' : `You are carrying: a ${holding}.`,
  help: () => HELP,
  'go to': goTo,
  open,
  close,
  take,
  put: putWith((object, receptacle) => `You put the ${object} in/on the ${receptacle}.`),
  move: putWith((object, receptacle) => `You move the ${object} to the ${receptacle}.`),
  use,
  clean: changing('clean'),
  heat: changing('heat'),
  cool: changing('cool'),
  slice,
  examine,
}

const NAME = '([a-z]+ [0-9]+)'
const COMMANDS: [string, RegExp][] = [
  ['look', /^look$/],
  ['inventory', /^inventory$/],
  ['help', /^help$/],
  ['go to', new RegExp(`^go to ${NAME}$`)],
  ['open', new RegExp(`^open ${NAME}$`)],
  ['close', new RegExp(`^close ${NAME}$`)],
  ['take', new RegExp(`^take ${NAME} from ${NAME}$`)],
  ['put', new RegExp(`^put ${NAME} in/on ${NAME}$`)],
  ['move', new RegExp(`^move ${NAME} to ${NAME}$`)],
  ['use', new RegExp(`^use ${NAME}$`)],
  ['clean', new RegExp(`^clean ${NAME} with ${NAME}$`)],
  ['heat', new RegExp(`^heat ${NAME} with ${NAME}$`)],
  ['cool', new RegExp(`^cool ${NAME} with ${NAME}$`)],
  ['slice', new RegExp(`^slice ${NAME} with ${NAME}$`)],
  ['examine', new RegExp(`^examine ${NAME}$`)],
]

function goTo(world: World, name: string): string | null {
  const receptacle = world.receptacles.get(name)
  // Going where one stands is no move: real transcripts show it answered by "Nothing happens.", neighbours included.
  if (!receptacle || receptacle.spot === world.spot) return null
  world.spot = receptacle.spot
  const arrival = world.wording === 'new' ? `You arrive at ${name}. ` : ''
  return arrival + describeReceptacle(world, receptacle)
}

function open(world: World, name: string): string | null {
  const receptacle = receptacleHere(world, name)
  if (!receptacle || receptacle.open) return null
  receptacle.open = true
  return `You open the ${name}. ${describeReceptacle(world, receptacle)}`
}

function close(world: World, name: string): string | null {
  const receptacle = receptacleHere(world, name)
  if (!receptacle?.openable || !receptacle.open) return null
  receptacle.open = false
  return `You close the ${name}.`
}

function take(world: World, objectName: string, receptacleName: string): string | null {
  const object = world.objects.get(objectName)
  const receptacle = receptacleHere(world, receptacleName)
  if (!object || !receptacle?.open || !object.places.includes(receptacleName)) return null
  if (world.holding !== null || !isPickupable(object.type)) return null
  object.places = object.places.filter((place) => place !== receptacleName)
  world.holding = objectName
  return `You pick up the ${objectName} from the ${receptacleName}.`
}

function putWith(sentence: (object: string, receptacle: string) => string): Action {
  return (world, objectName, receptacleName) => {
    const object = held(world, objectName)
    const receptacle = receptacleHere(world, receptacleName)
    if (!object || !receptacle?.open || !canContain(receptacle.type, object.type)) return null
    object.places = [...new Set([...object.places, receptacleName])]
    world.holding = null
    return sentence(objectName, receptacleName)
  }
}

function use(world: World, name: string): string | null {
  const object = world.objects.get(name)
  if (!object || !TOGGLEABLE.has(object.type) || !liesHere(world, object)) return null
  object.on = !object.on
  object.toggled = true
  // The game's grammar asks whether the object was ever switched, so switching it off reads the same.
  return `You turn on the ${name}.`
}

/** The thing is held where its tool is; that need not be open, as in alfred.pddl. */
function changing(verb: ChangeVerb): Action {
  const { tool, state, undoes, able } = CHANGES[verb]
  return (world, object, place) => {
    const thing = held(world, object)
    if (!thing || receptacleHere(world, place)?.type !== tool || !able.has(thing.type)) return null
    thing[state] = true
    if (undoes) thing[undoes] = false
    return `You ${verb} the ${object} using the ${place}.`
  }
}

/** The knife is held, the object lies where the agent stands, behind a closed door too, as in alfred.pddl. */
function slice(world: World, objectName: string, bladeName: string): string | null {
  const object = world.objects.get(objectName)
  const blade = held(world, bladeName)
  if (!object || !blade || !BLADES.has(blade.type) || !SLICEABLE.has(object.type)) return null
  if (!liesHere(world, object)) return null
  object.sliced = true
  return `You sliced the ${objectName} with the ${bladeName}.`
}

function examine(world: World, name: string): string | null {
  const receptacle = receptacleHere(world, name)
  if (receptacle) return describeReceptacle(world, receptacle)
  const object = world.objects.get(name)
  if (!object) return null
  const isSeen = object.places.some((place) => receptacleHere(world, place)?.open)
  return isSeen || world.holding === name ? describeObject(object) : null
}

function held(world: World, name: string): GameObject | undefined {
  return world.holding === name ? world.objects.get(name) : undefined
}
