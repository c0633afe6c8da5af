import type { Answer, Play, Score } from '../environment.ts'
import { readCommand, step } from './commands.ts'
import { NOTHING_HAPPENS } from './sentences.ts'
import { goalReached, type Task } from './task.ts'
import { contentsOf, copyWorld, type GameObject, receptaclesHere, type World } from './world.ts'

/** A receptacle as it is and as far as the agent knows it. */
export interface ReceptacleView {
  name: string
  type: string
  /** Only what is openable can be closed. */
  openable: boolean
  open: boolean
  /** The agent has been told of it by going there, opening or examining it; before, it knows no more than the name. */
  visited: boolean
  /** The agent stands at it. */
  here: boolean
  /** What lies in or on it. */
  contents: string[]
  /** What the agent saw or put there; null where it has not looked in yet. */
  seen: string[] | null
}

/** An object's name and what has been done to it. */
export interface ObjectView {
  name: string
  type: string
  /** In the order clean, hot, cool, sliced, on: those that hold. */
  states: string[]
}

/** The household for drawing: one room. */
export interface HouseholdView {
  kind: 'household'
  task: Task
  /** Names of the receptacles that the agent stands at; empty in the middle of the room. */
  at: string[]
  holding: string | null
  receptacles: ReceptacleView[]
  objects: ObjectView[]
  goalReached: boolean
}

/** One playing of a household's task, in a world of its own. */
export class HouseholdPlay implements Play {
  private readonly world: World
  private readonly visited = new Set<string>()
  private readonly seen = new Map<string, Set<string>>()
  private success = false

  /** @param world as it is at first; it is copied */
  constructor(
    world: World,
    private readonly task: Task,
  ) {
    this.world = copyWorld(world)
    this.success = goalReached(this.world, task)
  }

  /** Once the goal is reached the episode is over, and nothing happens any more. */
  act(action: string): Answer {
    if (this.success) return { observation: NOTHING_HAPPENS, done: true, valid: false }
    const { observation, valid } = step(this.world, action)
    if (valid) this.remember(action)
    this.success = goalReached(this.world, this.task)
    return { observation, done: this.success, valid }
  }

  /** The reward is ALFWorld's: 1 for the goal, 0 before. */
  get score(): Score {
    return { success: this.success, reward: this.success ? 1 : 0 }
  }

  view(): HouseholdView {
    const here = new Set(receptaclesHere(this.world).map(({ name }) => name))
    const receptacles = [...this.world.receptacles.values()].map((receptacle) => {
      const { name, type, openable, open } = receptacle
      const contents = contentsOf(this.world, name).map((object) => object.name)
      const seen = this.seen.get(name)
      return {
        name,
        type,
        openable,
        open,
        visited: this.visited.has(name),
        here: here.has(name),
        contents,
        seen: seen ? [...seen] : null,
      }
    })
    return {
      kind: 'household',
      task: { ...this.task },
      at: [...here],
      holding: this.world.holding,
      receptacles,
      objects: [...this.world.objects.values()].map(viewOf),
      goalReached: this.success,
    }
  }

  /** Keeps what the answer to a command that was done has told of a receptacle. */
  private remember(action: string): void {
    const command = readCommand(action)
    if (!command) return
    const { verb, first, second } = command
    const shown = this.world.receptacles.get(first)
    if (shown && ['go to', 'open', 'close', 'examine'].includes(verb)) {
      this.visited.add(first)
      if (shown.open) this.seen.set(first, new Set(contentsOf(this.world, first).map(({ name }) => name)))
    } else if (verb === 'take') this.seen.get(second)?.delete(first)
    else if (verb === 'put' || verb === 'move') this.seen.get(second)?.add(first)
  }
}

function viewOf({ name, type, clean, hot, cool, sliced, on }: GameObject): ObjectView {
  const states = Object.entries({ clean, hot, cool, sliced, on })
  return { name, type, states: states.filter(([, holds]) => holds).map(([state]) => state) }
}
