/**
 * Seeded rooms and tasks. A room is what its overview names; which split it belongs to follows from that (`splitOf`), so
 * that validation and test play in rooms that training has never seen, whatever the seeds.
 */
import { hashOf, Random } from '../../random.ts'
import type { Split } from '../environment.ts'
import { LIKELY, mayLie, type ObjectType, type ReceptacleType, ROOMS, type RoomKind } from './catalogue.ts'
import { changeFor } from './changes.ts'
import { overview } from './sentences.ts'
import { goalSentence, TASK_TYPES, type Task, type TaskType } from './task.ts'
import { newObject, newReceptacle, newWorld, type Receptacle, typeOf, type World } from './world.ts'

/** A room with a task. */
export interface Household {
  world: World
  task: Task
  /** What the agent is told: the room's overview and its task, two lines without a final newline. */
  prompt: string
}

const KINDS_OF_TASK: Record<TaskType, readonly RoomKind[]> = {
  place: ['kitchen', 'bathroom', 'bedroom', 'livingroom'],
  examine: ['bedroom', 'livingroom'],
  clean: ['kitchen', 'bathroom'],
  heat: ['kitchen'],
  cool: ['kitchen'],
  two: ['kitchen', 'bathroom', 'bedroom', 'livingroom'],
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
 * A room of one split with a task.
 *
 * @param seed any integer; the same seed, split and type give the same one
 * @param split draws are repeated until a room belongs to it
 * @param type the kind of task; left out, all six are equally likely
 */
export function generateHousehold(seed: number, split: Split, type?: TaskType): Household {
  const seeded = new Random(seed).fork(`household ${split}`)
  const taskType = type ?? seeded.fork('task').pick(TASK_TYPES)
  // Of its own, so that a kind that was asked for and one that was drawn give the same household.
  const random = seeded.fork(taskType)
  for (;;) {
    const kind = random.pick(KINDS_OF_TASK[taskType])
    const receptacles = drawReceptacles(random, kind)
    if (splitOf(receptacles.map(({ name }) => name)) !== split) continue
    const task = drawTask(random, taskType, kind, receptacles)
    if (!task) continue
    const world = newWorld(receptacles)
    if (!furnish(world, random, kind, task)) continue
    return { world, task, prompt: `${overview(world)}\n${goalSentence(task, random.below(2))}` }
  }
}

/**
 * The split of a room, from the names of its receptacles alone: 80 % of the rooms that can be are for training, 10 % for
 * validation, 10 % for test. Which task is set in it and where things lie have no say.
 */
export function splitOf(receptacles: readonly string[]): Split {
  const key = [...receptacles].sort().join(',')
  const tenth = new Random(hashOf(key, 0)).below(10)
  return tenth < 8 ? 'train' : tenth === 8 ? 'validation' : 'test'
}

function drawReceptacles(random: Random, kind: RoomKind): Receptacle[] {
  const { always, maybe } = ROOMS[kind]
  const size = MIN_RECEPTACLES + random.below(MAX_RECEPTACLES - MIN_RECEPTACLES + 1)
  const types = [...always, ...random.shuffle(maybe).slice(0, size - always.length)]
  const counts = new Map<ReceptacleType, number>()
  return types.map((type, spot) => {
    const number = (counts.get(type) ?? 0) + 1
    counts.set(type, number)
    return newReceptacle(type, number, spot, random.next() < OPEN_SHARE)
  })
}

/** A task for the room, or null where it has no place for such a one. */
function drawTask(random: Random, type: TaskType, kind: RoomKind, receptacles: Receptacle[]): Task | null {
  const change = changeFor(type)
  const object = random.pick(ROOMS[kind].objects.filter((candidate) => change?.able.has(candidate) ?? true))
  if (type === 'examine') return { type, object, lamp: 'desklamp' }
  const goals = [...new Set(receptacles.map((receptacle) => receptacle.type as ReceptacleType))]
  // Asking to put the thing back where the change happens would be odd.
  const fitting = goals.filter((goal) => goal !== change?.tool && mayLie(goal, object))
  return fitting.length === 0 ? null : { type, object, receptacle: random.pick(fitting) }
}

/** Puts things into the room. @returns whether what the task needs found a place */
function furnish(world: World, random: Random, kind: RoomKind, task: Task): boolean {
  const target = task.object as ObjectType
  const least = task.type === 'two' ? 2 : 1
  if (placeObjects(world, random, task, target, least + random.below(2)) < least) return false
  if (kind === 'bedroom' || kind === 'livingroom') {
    if (placeObjects(world, random, task, 'desklamp', 1) < 1 && task.type === 'examine') return false
  }
  const others = ROOMS[kind].objects.filter((other) => other !== task.object)
  const variety = random
    .shuffle(others)
    .slice(0, 3 + random.below(3))
    .sort()
  for (const other of variety) placeObjects(world, random, task, other, 1 + random.below(3))
  return true
}

/**
 * Puts up to `count` objects of one type into the room, numbered from 1 in no order of place.
 *
 * @returns how many found a place
 */
function placeObjects(world: World, random: Random, task: Task, type: ObjectType, count: number): number {
  const contents = new Map<string, number>()
  for (const { places } of world.objects.values()) {
    for (const place of places) contents.set(place, (contents.get(place) ?? 0) + 1)
  }
  let placed = 0
  while (placed < count) {
    const possible = [...world.receptacles.keys()].filter((place) => {
      const kind = typeOf(place) as ReceptacleType
      const hasRoom = (contents.get(place) ?? 0) < MAX_CONTENTS
      return hasRoom && mayLie(kind, type) && !wouldHelp(task, type, kind)
    })
    const usual = possible.filter((place) => LIKELY[type].includes(typeOf(place) as ReceptacleType))
    const choice = usual.length > 0 && random.next() < USUAL_SHARE ? usual : possible
    if (choice.length === 0) break
    const place = random.pick(choice)
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
