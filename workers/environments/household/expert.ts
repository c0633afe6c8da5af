/**
 * The scripted expert. It plays through the same door as a student: it is told the prompt and the answers, never the
 * world's state, and remembers what it saw where. Now and then it slips, sees that it did, says why and does the right
 * thing, so that students learn what to do after a mistake.
 */
import type { Random } from '../../random.ts'
import type { Episode, ExpertRun } from '../environment.ts'
import { Recording } from '../recording.ts'
import { SlipBudget } from '../slipBudget.ts'
import { LIKELY, mayLie, type ObjectType, type ReceptacleType } from './catalogue.ts'
import { CHANGES, type ChangeVerb } from './changes.ts'
import { Memory } from './memory.ts'
import { canContain, isPickupable } from './rules.ts'
import { householdScript } from './script.ts'
import { readTask, type Task } from './task.ts'
import * as thoughts from './thoughts.ts'
import { typeOf, type Wording } from './world.ts'

const SLIPS = { share: 0.5, most: 2, chance: 0.35 }

/** Plays an episode from its beginning. @param random chooses wordings and slips */
export function runExpert(episode: Episode, random: Random, wording: Wording): ExpertRun {
  return new Expert(episode, random, wording).solve()
}

class Expert {
  private readonly task: Task
  private readonly memory: Memory
  private readonly recording: Recording
  private readonly slips: SlipBudget
  private location = ''
  private held = ''

  constructor(
    episode: Episode,
    private readonly random: Random,
    private readonly wording: Wording,
  ) {
    const [room, task] = episode.prompt.split('\n') as [string, string]
    this.task = readTask(task)!
    this.memory = new Memory(room)
    this.recording = new Recording(episode, householdScript)
    this.slips = new SlipBudget(random, SLIPS)
  }

  solve(): ExpertRun {
    const task = this.task
    const plan = thoughts.plan(this.random, task)
    if (task.type === 'examine') this.examine(plan, task.object, task.lamp)
    else {
      const goal = this.memory.nearest(task.receptacle, this.location)
      if (goal && this.fetch(task.object, plan)) {
        if (task.type === 'two') this.bringTwo(task.object, goal)
        else if (task.type === 'place')
          this.think(thoughts.next(this.random, this.held, `put it in/on ${goal}`))
        else this.change(task.type, goal)
        if (!this.recording.done && this.held) this.put(goal)
      }
    }
    return this.recording.run
  }

  private examine(plan: string, object: string, lamp: string): void {
    if (!this.fetch(object, plan)) return
    const intent = thoughts.next(this.random, this.held, `find ${thoughts.withArticle(lamp)}`)
    const name = this.find(lamp, intent)
    if (name) this.act(`use ${name}`)
  }

  /** With the first of two in hand. */
  private bringTwo(object: string, goal: string): void {
    const second = this.memory.seenAt(object)
    this.think(thoughts.next(this.random, this.held, `put it in/on ${goal}`))
    if (second?.place === this.location && this.slips.take()) {
      this.act(`take ${second.name} from ${second.place}`)
      this.think(thoughts.AFTER_MISTAKE.handsFull(this.held))
    }
    this.put(goal)
    this.fetch(object, thoughts.firstIsPlaced(this.random, object, goal), goal)
    if (this.held) this.think(thoughts.next(this.random, this.held, `put it in/on ${goal}`))
  }

  /** Cleans, heats or cools what is in hand. */
  private change(verb: ChangeVerb, goal: string): void {
    const { tool, state } = CHANGES[verb]
    const place = this.memory.nearest(tool, this.location)
    if (!place) return
    this.think(thoughts.next(this.random, this.held, `${verb} it with ${place}`))
    const command = `${verb} ${this.held} with ${place}`
    this.tryFromAfar(command, place)
    this.goTo(place)
    this.act(command)
    this.think(thoughts.changed(this.random, this.held, state, `put it in/on ${goal}`))
  }

  private put(goal: string): void {
    const command = this.putting(this.held, goal)
    this.tryFromAfar(command, goal)
    this.goTo(goal)
    if (this.memory.closed.has(goal)) {
      if (this.slips.take()) {
        this.act(command)
        this.think(thoughts.AFTER_MISTAKE.closed(goal))
      }
      this.open(goal)
    }
    this.act(command)
    this.memory.add(this.held, goal)
    this.held = ''
  }

  private putting(object: string, place: string): string {
    return this.wording === 'new' ? `move ${object} to ${place}` : `put ${object} in/on ${place}`
  }

  /** A slip: doing at a place what can only be done there, before having gone there. */
  private tryFromAfar(command: string, place: string): void {
    if (this.location === place || !this.slips.take()) return
    this.act(command)
    this.think(thoughts.AFTER_MISTAKE.away(place))
  }

  /** Finds an object of that type and takes it. @param intent opens the first thought @returns whether it is held */
  private fetch(type: string, intent: string, except?: string): boolean {
    const name = this.find(type, intent, except)
    if (!name) return false
    if (this.slips.take()) this.takeWrongly(type, name)
    this.act(`take ${name} from ${this.location}`)
    this.held = name
    this.memory.remove(name, this.location)
    return true
  }

  /** A slip: taking what is not there, or another thing that is, which is put back. */
  private takeWrongly(type: string, right: string): void {
    const place = this.location
    const others = this.memory
      .at(place)
      .filter((name) => typeOf(name) !== type && isPickupable(typeOf(name)))
      .filter((name) => canContain(typeOf(place), typeOf(name)))
    if (others.length > 0 && this.random.next() < 0.5) {
      const wrong = this.random.pick(others)
      this.act(`take ${wrong} from ${place}`)
      this.think(thoughts.AFTER_MISTAKE.wrongThing(wrong, type))
      this.act(this.putting(wrong, place))
      return
    }
    const wrong = this.memory.absentSibling(type, place)
    this.act(`take ${wrong} from ${place}`)
    this.think(thoughts.AFTER_MISTAKE.wrongNumber(wrong, right))
  }

  /**
   * Goes where an object of that type is: where one was seen, else to likely places, else to the others. What lies
   * where the task wants it already need not be fetched, so those places are left out.
   *
   * @returns its name, or null where every place was seen in vain
   */
  private find(type: string, intent: string, except?: string): string | null {
    const seen = this.memory.seenAt(type, except)
    if (seen) {
      if (seen.place !== this.location) {
        this.think(`${intent} ${thoughts.remembered(this.random, seen.name, seen.place)}`)
        this.goTo(seen.place)
        this.think(thoughts.found(this.random, type, seen.name))
      } else this.think(`${intent} ${thoughts.found(this.random, type, seen.name)}`)
      return seen.name
    }
    const unseen = this.unseenPlaces(type)
    const usual: readonly string[] = LIKELY[type as ObjectType]
    const likely = usual.flatMap((kind) => unseen.filter((place) => typeOf(place) === kind))
    const others = unseen.filter((place) => !likely.includes(place))
    let thought = intent
    for (const list of [likely, others]) {
      if (list.length === 0) continue
      const say =
        list === likely
          ? thoughts.likelyPlaces(this.random, type, list)
          : thoughts.otherPlaces(type, list, likely.length === 0)
      this.think(`${thought} ${say}`)
      for (const [i, place] of list.entries()) {
        this.goTo(place)
        if (this.memory.closed.has(place)) this.openInSearch(place, type)
        const name = this.memory.at(place).find((candidate) => typeOf(candidate) === type)
        if (name) {
          this.think(thoughts.found(this.random, type, name))
          return name
        }
        const mistake = this.slipWhileSearching(type)
        const next = list[i + 1]
        if (next) this.think(mistake + thoughts.notFound(this.random, type, next))
        else thought = mistake + thoughts.notFoundAtLast(type)
      }
    }
    return null
  }

  /** A slip after a look in vain. @returns how the next thought begins, '' where there was no slip */
  private slipWhileSearching(type: string): string {
    const place = this.location
    if (!this.slips.take()) return ''
    const slips = [
      { command: `go to ${place}`, thought: thoughts.AFTER_MISTAKE.alreadyHere(place) },
      { command: `take ${type} 1 from ${place}`, thought: thoughts.AFTER_MISTAKE.blind() },
    ]
    if (this.memory.opened.has(place)) {
      slips.push({ command: `open ${place}`, thought: thoughts.AFTER_MISTAKE.alreadyOpen(place) })
    }
    const { command, thought } = this.random.pick(slips)
    this.act(command)
    return `${thought} `
  }

  /** Places not looked into yet where such an object may lie and is of use to take. */
  private unseenPlaces(type: string): string[] {
    const task = this.task
    const goal = task.type === 'place' || task.type === 'two' ? task.receptacle : null
    return this.memory.unseen().filter((place) => {
      const kind = typeOf(place)
      const possible = mayLie(kind as ReceptacleType, type as ObjectType)
      return possible && !(type === task.object && kind === goal)
    })
  }

  private goTo(place: string): void {
    if (this.location === place) return
    const observation = this.act(`go to ${place}`)
    this.location = place
    this.memory.lookAt(place, observation)
  }

  private open(place: string): void {
    this.memory.lookAt(place, this.act(`open ${place}`))
  }

  /** Opens a place to look into it; a slip takes before opening. */
  private openInSearch(place: string, type: string): void {
    if (!this.held && this.slips.take()) {
      this.act(`take ${type} 1 from ${place}`)
      this.think(thoughts.AFTER_MISTAKE.closed(place))
    }
    this.open(place)
  }

  private think(reasoning: string): void {
    this.recording.think(reasoning)
  }

  private act(action: string): string {
    return this.recording.act(action)
  }
}
