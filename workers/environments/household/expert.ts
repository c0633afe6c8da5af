/**
 * The scripted expert. It plays through the same door as a student: it sees the prompt and the observations, never
 * the world's state, and remembers what it saw where. Now and then it slips, is told "Nothing happens.", says why and
 * does the right thing, so that students learn what to do after a failed action.
 */
import type { Random } from '../../random.ts'
import { canContain, LIKELY, type ObjectType, type ReceptacleType } from './catalogue.ts'
import type { Episode } from './generate.ts'
import type { Task } from './task.ts'
import * as thoughts from './thoughts.ts'
import { copyWorld, NOTHING_HAPPENS, step, type World } from './world.ts'

export interface ExpertStep {
  /** What follows "> ": a thought ("think: ...") or a command of the game. */
  command: string
  observation: string
}

export interface ExpertRun {
  steps: ExpertStep[]
  /** The goal was reached. */
  done: boolean
}

/** Share of episodes in which the expert may slip once, and how likely it then takes each chance to. */
const SLIP_SHARE = 0.45
const SLIP_CHANCE = 0.4

/** How the tool of each task is named and what it leaves the thing. */
const CHANGES = {
  clean: { tool: 'sinkbasin', state: 'clean' },
  heat: { tool: 'microwave', state: 'hot' },
  cool: { tool: 'fridge', state: 'cool' },
} as const

/** Plays an episode in a copy of its world. @param random chooses wordings and slips */
export function runExpert(episode: Episode, random: Random): ExpertRun {
  return new Expert(copyWorld(episode.world), episode.prompt, random).solve()
}

/** The transcript of a run, prompt first, as ALFWorld transcripts look, with a final newline. */
export function transcript(prompt: string, steps: readonly ExpertStep[]): string {
  return `${prompt}\n${steps.map(({ command, observation }) => `> ${command}\n${observation}\n`).join('')}`
}

class Expert {
  private readonly task: Task
  /** Every receptacle that the prompt names, from its last to its first: numbers upwards. */
  private readonly places: string[]
  /** What was last seen in or on each place whose inside was seen. */
  private readonly contents = new Map<string, string[]>()
  /** Places last seen closed. */
  private readonly closed = new Set<string>()
  /** Places seen open that could be closed. */
  private readonly opened = new Set<string>()
  private readonly steps: ExpertStep[] = []
  private location = ''
  private held = ''
  private done = false
  private slipsLeft: number

  constructor(
    private readonly world: World,
    prompt: string,
    private readonly random: Random,
  ) {
    this.task = world.task
    this.places = namesIn(prompt.split('\n')[0]!).reverse()
    this.slipsLeft = random.next() < SLIP_SHARE ? 1 : 0
  }

  solve(): ExpertRun {
    const task = this.task
    const plan = thoughts.plan(this.random, task)
    if (task.type === 'examine') this.examine(plan, task.object, task.lamp)
    else {
      const goal = this.choosePlace(task.receptacle)
      if (goal && this.fetch(task.object, plan)) {
        if (task.type === 'two') this.bringTwo(task.object, goal)
        else if (task.type === 'place')
          this.think(thoughts.next(this.random, this.held, `put it in/on ${goal}`))
        else this.change(task.type, goal)
        if (!this.done && this.held) this.put(goal)
      }
    }
    return { steps: this.steps, done: this.done }
  }

  private examine(plan: string, object: ObjectType, lamp: ObjectType): void {
    if (!this.fetch(object, plan)) return
    const intent = thoughts.next(this.random, this.held, `find ${thoughts.withArticle(lamp)}`)
    const name = this.find(lamp, intent)
    if (name) this.act(`use ${name}`)
  }

  /** With the first of two in hand. */
  private bringTwo(object: ObjectType, goal: string): void {
    const second = this.seenAt(object)
    this.think(thoughts.next(this.random, this.held, `put it in/on ${goal}`))
    if (second?.place === this.location && this.slips()) {
      this.act(`take ${second.name} from ${second.place}`)
      this.think(thoughts.AFTER_FAILURE.handsFull(this.held))
    }
    this.put(goal)
    this.fetch(object, thoughts.firstIsPlaced(this.random, object, goal), goal)
    if (this.held) this.think(thoughts.next(this.random, this.held, `put it in/on ${goal}`))
  }

  /** Cleans, heats or cools what is in hand. */
  private change(verb: keyof typeof CHANGES, goal: string): void {
    const { tool, state } = CHANGES[verb]
    const place = this.choosePlace(tool)
    if (!place) return
    this.think(thoughts.next(this.random, this.held, `${verb} it with ${place}`))
    const command = `${verb} ${this.held} with ${place}`
    this.tryFromAfar(command, place)
    this.goTo(place)
    this.act(command)
    this.think(thoughts.changed(this.random, this.held, state, `put it in/on ${goal}`))
  }

  private put(goal: string): void {
    const command = `put ${this.held} in/on ${goal}`
    this.tryFromAfar(command, goal)
    this.goTo(goal)
    if (this.closed.has(goal)) {
      if (this.slips()) {
        this.act(command)
        this.think(thoughts.AFTER_FAILURE.closed(goal))
      }
      this.open(goal)
    }
    this.act(command)
    this.contents.get(goal)?.push(this.held)
    this.held = ''
  }

  /** A slip: doing at a place what can only be done there, before having gone there. */
  private tryFromAfar(command: string, place: string): void {
    if (this.location === place || !this.slips()) return
    this.act(command)
    this.think(thoughts.AFTER_FAILURE.away(place))
  }

  /** Finds an object of that type and takes it. @param intent opens the first thought @returns whether it is held */
  private fetch(type: ObjectType, intent: string, except?: string): boolean {
    const name = this.find(type, intent, except)
    if (!name) return false
    if (this.slips()) {
      const wrong = this.absentSibling(type)
      this.act(`take ${wrong} from ${this.location}`)
      this.think(thoughts.AFTER_FAILURE.wrongNumber(wrong, name))
    }
    this.act(`take ${name} from ${this.location}`)
    this.held = name
    const here = this.contents.get(this.location)!
    here.splice(here.indexOf(name), 1)
    return true
  }

  /**
   * Goes where an object of that type is: where one was seen, else to likely places, else to the others. What lies
   * where the task wants it already need not be fetched, so those places are left out.
   *
   * @returns its name, or null where every place was seen in vain
   */
  private find(type: ObjectType, intent: string, except?: string): string | null {
    const seen = this.seenAt(type, except)
    if (seen) {
      if (seen.place === this.location) {
        this.think(`${intent} ${thoughts.found(this.random, type, seen.name)}`)
        return seen.name
      }
      this.think(`${intent} ${thoughts.remembered(this.random, seen.name, seen.place)}`)
      this.goTo(seen.place)
      this.think(thoughts.found(this.random, type, seen.name))
      return seen.name
    }
    const unseen = this.unseenPlaces(type)
    const likely = LIKELY[type].flatMap((kind) => unseen.filter((place) => typeOf(place) === kind))
    const others = unseen.filter((place) => !likely.includes(place))
    let thought = intent
    for (const list of [likely, others]) {
      if (list.length === 0) continue
      const say =
        list === likely ? thoughts.likelyPlaces(this.random, type, list) : thoughts.otherPlaces(type, list)
      this.think(`${thought} ${say}`)
      for (const [i, place] of list.entries()) {
        this.goTo(place)
        if (this.closed.has(place)) this.openInSearch(place, type)
        const name = this.contents.get(place)?.find((candidate) => typeOf(candidate) === type)
        if (name) {
          this.think(thoughts.found(this.random, type, name))
          return name
        }
        const failure = this.slipWhileSearching(type)
        const next = list[i + 1]
        if (next) this.think(failure + thoughts.notFound(this.random, type, next))
        else thought = failure + thoughts.notFoundAtLast(type)
      }
    }
    return null
  }

  /** A slip after a look in vain. @returns how the next thought begins, '' where there was no slip */
  private slipWhileSearching(type: ObjectType): string {
    const place = this.location
    if (!this.slips()) return ''
    const slips = [
      { command: `go to ${place}`, thought: thoughts.AFTER_FAILURE.alreadyHere(place) },
      { command: `take ${type} 1 from ${place}`, thought: thoughts.AFTER_FAILURE.blind() },
    ]
    if (this.opened.has(place)) {
      slips.push({ command: `open ${place}`, thought: thoughts.AFTER_FAILURE.alreadyOpen(place) })
    }
    const { command, thought } = this.random.pick(slips)
    this.act(command)
    return `${thought} `
  }

  private seenAt(type: ObjectType, except?: string): { name: string; place: string } | null {
    for (const [place, names] of this.contents) {
      const name = names.find((candidate) => typeOf(candidate) === type)
      if (name && place !== except) return { name, place }
    }
    return null
  }

  /** Places not looked into yet where such an object may lie and is of use to take. */
  private unseenPlaces(type: ObjectType): string[] {
    const task = this.task
    const goal = task.type === 'place' || task.type === 'two' ? task.receptacle : null
    return this.places.filter((place) => {
      const kind = typeOf(place) as ReceptacleType
      return !this.contents.has(place) && canContain(kind, type) && !(type === task.object && kind === goal)
    })
  }

  /** An object of that type, by number, that is not at this place. */
  private absentSibling(type: ObjectType): string {
    const here = this.contents.get(this.location)!
    for (let number = 1; ; number++) {
      if (!here.includes(`${type} ${number}`)) return `${type} ${number}`
    }
  }

  /** The place of that type where the agent stands, else the first. */
  private choosePlace(type: ReceptacleType): string | undefined {
    if (typeOf(this.location) === type) return this.location
    return this.places.find((place) => typeOf(place) === type)
  }

  private slips(): boolean {
    if (this.slipsLeft === 0 || this.random.next() >= SLIP_CHANCE) return false
    this.slipsLeft--
    return true
  }

  private goTo(place: string): void {
    if (this.location === place) return
    const observation = this.act(`go to ${place}`)
    this.location = place
    this.lookAt(observation)
  }

  private open(place: string): void {
    this.lookAt(this.act(`open ${place}`))
  }

  /** Opens a place to look into it; a slip takes before opening. */
  private openInSearch(place: string, type: ObjectType): void {
    if (!this.held && this.slips()) {
      this.act(`take ${type} 1 from ${place}`)
      this.think(thoughts.AFTER_FAILURE.closed(place))
    }
    this.open(place)
  }

  /** Remembers what an observation shows of the place where the agent stands. */
  private lookAt(observation: string): void {
    if (observation.endsWith('is closed.')) this.closed.add(this.location)
    else if (observation !== NOTHING_HAPPENS) {
      this.closed.delete(this.location)
      if (observation.includes('is open.')) this.opened.add(this.location)
      this.contents.set(this.location, namesIn(observation))
    }
  }

  private think(thought: string): void {
    this.act(`think: ${thought}`)
  }

  private act(command: string): string {
    const result = step(this.world, command)
    this.steps.push({ command, observation: result.observation })
    this.done = result.done
    return result.observation
  }
}

/** The things that a sentence says one sees, in its order. */
function namesIn(observation: string): string[] {
  const seen = observation.slice(observation.indexOf('you see ') + 'you see '.length)
  return [...seen.matchAll(/\ba ([a-z]+ [0-9]+)/g)].map((match) => match[1]!)
}

function typeOf(name: string): string {
  return name.slice(0, name.indexOf(' '))
}
