import { changeFor } from './changes.ts'
import { TOGGLEABLE } from './rules.ts'
import { contentsOf, type GameObject, liesHere, type World } from './world.ts'

/** ALFWorld's six task types, under short names. */
export const TASK_TYPES = ['place', 'examine', 'clean', 'heat', 'cool', 'two'] as const
export type TaskType = (typeof TASK_TYPES)[number]

/** Types of things, as in "put a hot mug in shelf". */
export type Task =
  | { type: 'examine'; object: string; lamp: string }
  | { type: Exclude<TaskType, 'examine'>; object: string; receptacle: string }

const OPENING = 'Your task is to: '

/** ALFWorld words every task in two ways, with the types of things put in. */
const WORDINGS: Record<TaskType, readonly [string, string]> = {
  place: ['put a {object} in {goal}', 'put some {object} on {goal}'],
  examine: ['look at {object} under the {goal}', 'examine the {object} with the {goal}'],
  clean: ['put a clean {object} in {goal}', 'clean some {object} and put it in {goal}'],
  heat: ['put a hot {object} in {goal}', 'heat some {object} and put it in {goal}'],
  cool: ['put a cool {object} in {goal}', 'cool some {object} and put it in {goal}'],
  two: ['put two {object} in {goal}', 'find two {object} and put them in {goal}'],
}

/** Wordings of an earlier ALFWorld, which transcripts still have. */
const EARLIER: [TaskType, string][] = [['place', 'find some {object} and put it in {goal}']]

/** @param wording chooses between the two, by its lowest bit */
export function goalSentence(task: Task, wording: number): string {
  const goal = task.type === 'examine' ? task.lamp : task.receptacle
  const sentence = WORDINGS[task.type][wording & 1]!
  return `${OPENING}${sentence.replace('{object}', task.object).replace('{goal}', goal)}.`
}

const PATTERNS = [
  ...TASK_TYPES.flatMap((type) => WORDINGS[type].map((wording) => [type, wording] as const)),
  ...EARLIER,
].map(([type, wording]) => {
  const pattern = wording.replace(/\{object\}|\{goal\}/g, '([a-z]+)')
  return { type, pattern: new RegExp(`^${OPENING}${pattern}\\.?$`) }
})

/** The task that a line of a prompt sets, or null where it is no task of ALFWorld's. */
export function readTask(line: string): Task | null {
  for (const { type, pattern } of PATTERNS) {
    const match = pattern.exec(line.trim())
    if (!match) continue
    const [, object, goal] = match as unknown as [string, string, string]
    return type === 'examine' ? { type, object, lamp: goal } : { type, object, receptacle: goal }
  }
  return null
}

/**
 * Is the goal reached in this state? As ALFWorld's goals have it: some object of the type, with the change that the task
 * asks for, lies in or on some receptacle of the type; the two objects of `two` share one receptacle; `examine` asks for
 * an object in hand where a lamp stands that has been switched.
 */
export function goalReached(world: World, task: Task): boolean {
  if (task.type === 'examine') return isExamined(world, task.object, task.lamp)
  const goals = [...world.receptacles.values()].filter(({ type }) => type === task.receptacle)
  return goals.some(({ name }) => {
    const there = contentsOf(world, name).filter(({ type }) => type === task.object)
    if (task.type === 'two') return there.length >= 2
    return there.some((object) => isChanged(object, task.type))
  })
}

function isChanged(object: GameObject, type: TaskType): boolean {
  const change = changeFor(type)
  return change === undefined || (change.able.has(object.type) && object[change.state])
}

function isExamined(world: World, object: string, lamp: string): boolean {
  const held = world.holding === null ? undefined : world.objects.get(world.holding)
  if (held?.type !== object) return false
  return [...world.objects.values()].some(
    (other) => other.type === lamp && TOGGLEABLE.has(other.type) && other.toggled && liesHere(world, other),
  )
}
