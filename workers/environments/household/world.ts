/**
 * The state of ALFWorld's text game: a room of receptacles, objects that lie in or on them, one pair of hands. What can
 * be done in it is in `commands.ts`, what it says in `sentences.ts`.
 */
import { OPENABLE } from './rules.ts'

export interface Receptacle {
  /** Type and number, e.g. "fridge 1". */
  name: string
  type: string
  /** Where one stands to reach it. Neighbours share a spot, e.g. two doors of one cupboard. */
  spot: number
  openable: boolean
  /** Only an openable receptacle can be closed. */
  open: boolean
}

export interface GameObject {
  /** Type and number, e.g. "mug 2". */
  name: string
  type: string
  /**
   * The receptacles it lies in or on: none while it is held, one as a rule. ALFWorld's rooms also have objects that are
   * seen from two receptacles, e.g. from a desk and from the shelf on it.
   */
  places: string[]
  clean: boolean
  hot: boolean
  cool: boolean
  sliced: boolean
  /** Has ever been switched: what the goal and the feedback look at, as in alfred.pddl. */
  toggled: boolean
  on: boolean
}

/**
 * How the game words its answers. Both answer `put X in/on Y` and `move X to Y`, each in its own words; `new` (today's
 * alfred.twl2) also says where one arrives: "You arrive at desk 1. On the desk 1, you see nothing."
 */
export type Wording = 'old' | 'new'

export interface World {
  wording: Wording
  receptacles: Map<string, Receptacle>
  objects: Map<string, GameObject>
  /** The spot where the agent stands; null in the middle of the room. */
  spot: number | null
  /** The object in the agent's hands. */
  holding: string | null
}

/** A receptacle at a spot of its own or a shared one, closed if it can be unless `open` is said. */
export function newReceptacle(type: string, number: number, spot: number, open?: boolean): Receptacle {
  const openable = OPENABLE.has(type)
  return { name: `${type} ${number}`, type, spot, openable, open: !openable || (open ?? false) }
}

/** An object as it lies there untouched. */
export function newObject(type: string, number: number, place: string): GameObject {
  return {
    name: `${type} ${number}`,
    type,
    places: [place],
    clean: false,
    hot: false,
    cool: false,
    sliced: false,
    toggled: false,
    on: false,
  }
}

/** A world with the agent in the middle of the room. */
export function newWorld(
  receptacles: Iterable<Receptacle>,
  objects: Iterable<GameObject> = [],
  wording: Wording = 'old',
): World {
  return {
    wording,
    receptacles: new Map([...receptacles].map((receptacle) => [receptacle.name, receptacle])),
    objects: new Map([...objects].map((object) => [object.name, object])),
    spot: null,
    holding: null,
  }
}

/** A world of its own, to try commands in. */
export function copyWorld(world: World): World {
  return structuredClone(world)
}

/** The receptacle of that name if the agent stands at it. */
export function receptacleHere(world: World, name: string): Receptacle | undefined {
  const receptacle = world.receptacles.get(name)
  return receptacle && receptacle.spot === world.spot ? receptacle : undefined
}

/** All receptacles that the agent stands at. */
export function receptaclesHere(world: World): Receptacle[] {
  return [...world.receptacles.values()].filter((receptacle) => receptacle.spot === world.spot)
}

/** What lies in or on a receptacle, seen or not. */
export function contentsOf(world: World, receptacle: string): GameObject[] {
  return [...world.objects.values()].filter((object) => object.places.includes(receptacle))
}

/** Does the object lie in or on a receptacle that the agent stands at, open or not? */
export function liesHere(world: World, object: GameObject): boolean {
  return object.places.some((place) => receptacleHere(world, place) !== undefined)
}

/** "mug" of "mug 2". */
export function typeOf(name: string): string {
  return name.slice(0, name.indexOf(' '))
}

/** 2 of "mug 2". */
export function numberOf(name: string): number {
  return Number(name.slice(name.indexOf(' ') + 1))
}
