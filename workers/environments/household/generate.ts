/**
 * Seeded rooms and tasks. An episode is one room with one task; which split it belongs to follows from what it asks
 * (`splitOf`), so no two splits ever share an episode's room and task, whatever the seeds.
 */
import { Random } from '../../random.ts'
import {
  CLEANABLE,
  COOLABLE,
  canContain,
  HEATABLE,
  LIKELY,
  type ObjectType,
  OPENABLE,
  type ReceptacleType,
  ROOMS,
  type RoomKind,
} from './catalogue.ts'
import { goalSentence, TASK_TYPES, type Task, type TaskType } from './task.ts'
import { newObject, newReceptacle, overview, type Receptacle, type World } from './world.ts'

export const SPLITS = ['train', 'validation', 'test'] as const
export type Split = (typeof SPLITS)[number]

export interface Episode {
  world: World
  /** What the agent is told: the room's overview and its task, two lines without a final newline. */
  prompt: string
  split: Split
}

const KINDS_OF_TASK: Record<TaskType, readonly RoomKind[]> = {
  place: ['kitchen', 'bathroom', 'bedroom', 'livingroom'],
  examine: ['bedroom', 'livingroom'],
  clean: ['kitchen', 'bathroom'],
  heat: ['kitchen'],
  cool: ['kitchen'],
  two: ['kitchen', 'bathroom', 'bedroom', 'livingroom'],
}

/** What the task's object must be able to undergo. */
const ABLE: Record<TaskType, ReadonlySet<ObjectType> | null> = {
  place: null,
  examine: null,
  clean: CLEANABLE,
  heat: HEATABLE,
  cool: COOLABLE,
  two: null,
}

/** Where the change happens: asking to put the thing back there would be odd. */
const TOOL: Record<TaskType, ReceptacleType | null> = {
  place: null,
  examine: null,
  clean: 'sinkbasin',
  heat: 'microwave',
  cool: 'fridge',
  two: null,
}

const MIN_RECEPTACLES = 6
const MAX_RECEPTACLES = 10
/** Objects in or on one receptacle, so that observations stay short. */
const MAX_CONTENTS = 4
/** Share of objects that lie where such objects usually are. */
const USUAL_SHARE = 0.75
/** Share of openable receptacles that stand open at first. */
const OPEN_SHARE = 0.1

/**
 * An episode of one split.
 *
 * @param seed any integer; the same seed, split and type give the same episode
 * @param split draws are repeated until one belongs to it
 * @param type the kind of task; left out, all six are equally likely
 */
export function generateEpisode(seed: number, split: Split, type?: TaskType): Episode {
  const random = new Random(seed).fork(`household ${split}`)
  const taskType = type ?? random.pick(TASK_TYPES)
  for (;;) {
    const world = drawWorld(random, taskType)
    if (world && splitOf(world) === split) {
      const prompt = `${overview(world)}\n${goalSentence(world.task, random.below(2))}`
      return { world, prompt, split }
    }
  }
}

/**
 * The split of an episode, from its room's receptacles and its task (not from where things lie, nor from the task's
 * wording): 80 % training, 10 % validation, 10 % test.
 */
export function splitOf(world: World): Split {
  const { type, object } = world.task
  const goal = world.task.type === 'examine' ? world.task.lamp : world.task.receptacle
  const key = `${[...world.receptacles.keys()].sort().join(',')};${type},${object},${goal}`
  let hash = 0
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  const tenth = new Random(hash).below(10)
  return tenth < 8 ? 'train' : tenth === 8 ? 'validation' : 'test'
}

/** One room with one task, or null where the drawn room has no place for such a task. */
function drawWorld(random: Random, type: TaskType): World | null {
  const kind = random.pick(KINDS_OF_TASK[type])
  const receptacles = drawReceptacles(random, kind)
  const task = drawTask(random, type, kind, receptacles)
  if (!task) return null
  const world: World = {
    receptacles: new Map(receptacles.map((receptacle) => [receptacle.name, receptacle])),
    objects: new Map(),
    location: null,
    holding: null,
    task,
  }
  const least = type === 'two' ? 2 : 1
  const targets = least + random.below(2)
  if (placeObjects(world, random, task.object, targets) < least) return null
  if (kind === 'bedroom' || kind === 'livingroom') {
    if (placeObjects(world, random, 'desklamp', 1) < 1 && task.type === 'examine') return null
  }
  const others = ROOMS[kind].objects.filter((other) => other !== task.object)
  const variety = random
    .shuffle(others)
    .slice(0, 3 + random.below(3))
    .sort()
  for (const other of variety) placeObjects(world, random, other, 1 + random.below(3))
  return world
}

function drawReceptacles(random: Random, kind: RoomKind): Receptacle[] {
  const { always, maybe } = ROOMS[kind]
  const size = MIN_RECEPTACLES + random.below(MAX_RECEPTACLES - MIN_RECEPTACLES + 1)
  const types = [...always, ...random.shuffle(maybe).slice(0, size - always.length)]
  const counts = new Map<ReceptacleType, number>()
  return types.map((type) => {
    const number = (counts.get(type) ?? 0) + 1
    counts.set(type, number)
    return newReceptacle(type, number, !OPENABLE.has(type) || random.next() < OPEN_SHARE)
  })
}

function drawTask(random: Random, type: TaskType, kind: RoomKind, receptacles: Receptacle[]): Task | null {
  const able = ABLE[type]
  const object = random.pick(ROOMS[kind].objects.filter((candidate) => able?.has(candidate) ?? true))
  if (type === 'examine') return { type, object, lamp: 'desklamp' }
  const goals = new Set(receptacles.map((receptacle) => receptacle.type))
  const fitting = [...goals].filter((goal) => goal !== TOOL[type] && canContain(goal, object))
  return fitting.length === 0 ? null : { type, object, receptacle: random.pick(fitting) }
}

/**
 * Puts up to `count` objects of one type into the room, numbered from 1 in no order of place.
 *
 * @returns how many found a place
 */
function placeObjects(world: World, random: Random, type: ObjectType, count: number): number {
  const contents = new Map<string, number>()
  for (const { place } of world.objects.values()) contents.set(place!, (contents.get(place!) ?? 0) + 1)
  let placed = 0
  while (placed < count) {
    const possible = [...world.receptacles.values()].filter(
      (receptacle) =>
        canContain(receptacle.type, type) &&
        !wouldHelp(world.task, type, receptacle.type) &&
        (contents.get(receptacle.name) ?? 0) < MAX_CONTENTS,
    )
    const usual = possible.filter((receptacle) => LIKELY[type].includes(receptacle.type))
    const choice = usual.length > 0 && random.next() < USUAL_SHARE ? usual : possible
    if (choice.length === 0) break
    const place = random.pick(choice).name
    contents.set(place, (contents.get(place) ?? 0) + 1)
    placed++
    const object = newObject(type, placed, place)
    world.objects.set(object.name, object)
  }
  return placed
}

/** Would an untouched object of this type, lying there, already be part of what the task asks for? */
function wouldHelp(task: Task, object: ObjectType, receptacle: ReceptacleType): boolean {
  return (
    (task.type === 'place' || task.type === 'two') && object === task.object && receptacle === task.receptacle
  )
}
