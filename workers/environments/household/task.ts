import {
  CLEANABLE,
  COOLABLE,
  HEATABLE,
  type ObjectType,
  type ReceptacleType,
  TOGGLEABLE,
} from './catalogue.ts'
import type { GameObject, World } from './world.ts'

/** ALFWorld's six task types, under short names. */
export const TASK_TYPES = ['place', 'examine', 'clean', 'heat', 'cool', 'two'] as const
export type TaskType = (typeof TASK_TYPES)[number]

export type Task =
  | { type: 'examine'; object: ObjectType; lamp: ObjectType }
  | { type: Exclude<TaskType, 'examine'>; object: ObjectType; receptacle: ReceptacleType }

/** ALFWorld gives every task more than one wording; `wording` chooses, modulo how many there are. */
export function goalSentence(task: Task, wording: number): string {
  const sentences = goalSentences(task)
  return `Your task is to: ${sentences[wording % sentences.length]}.`
}

function goalSentences(task: Task): string[] {
  const object = task.object
  if (task.type === 'examine') {
    return [`look at ${object} under the ${task.lamp}`, `examine the ${object} with the ${task.lamp}`]
  }
  const place = task.receptacle
  switch (task.type) {
    case 'place':
      return [`put a ${object} in ${place}`, `put some ${object} on ${place}`]
    case 'clean':
      return [`put a clean ${object} in ${place}`, `clean some ${object} and put it in ${place}`]
    case 'heat':
      return [`put a hot ${object} in ${place}`, `heat some ${object} and put it in ${place}`]
    case 'cool':
      return [`put a cool ${object} in ${place}`, `cool some ${object} and put it in ${place}`]
    case 'two':
      return [`put two ${object} in ${place}`, `find two ${object} and put them in ${place}`]
  }
}

/**
 * Is the goal reached in this state? As ALFWorld's goals have it: the two objects of `two` must share one receptacle,
 * and `examine` asks for the object in hand at a lamp that has been switched.
 */
export function goalReached(world: World): boolean {
  const task = world.task
  const ofType = [...world.objects.values()].filter((object) => object.type === task.object)
  if (task.type === 'examine') {
    const lampIsHere = [...world.objects.values()].some(
      (object) =>
        object.type === task.lamp &&
        TOGGLEABLE.has(object.type) &&
        object.toggled &&
        object.place !== null &&
        object.place === world.location,
    )
    return lampIsHere && ofType.some((object) => object.name === world.holding)
  }
  const isPlaced = (object: GameObject) =>
    object.place !== null && world.receptacles.get(object.place)?.type === task.receptacle
  switch (task.type) {
    case 'place':
      return ofType.some(isPlaced)
    case 'clean':
      return ofType.some((object) => CLEANABLE.has(object.type) && object.clean && isPlaced(object))
    case 'heat':
      return ofType.some((object) => HEATABLE.has(object.type) && object.hot && isPlaced(object))
    case 'cool':
      return ofType.some((object) => COOLABLE.has(object.type) && object.cool && isPlaced(object))
    case 'two':
      return ofType.some((one) =>
        ofType.some((other) => other !== one && isPlaced(one) && one.place === other.place),
      )
  }
}
