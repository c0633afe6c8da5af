/**
 * A room rebuilt from what a transcript reveals. It knows at first the names of the receptacles, from the overview, and
 * ALFWorld's rules. Three facts can only be learnt by looking, so the answer that tells them is given, not predicted:
 *
 * - the first sight of a receptacle: whether it has a door, whether that is open, what lies in or on it;
 * - the first look behind a closed door;
 * - that a receptacle never seen yet shares the agent's spot ("Nothing happens." on going there, or `look`).
 *
 * Everything else is predicted.
 */
import { readCommand, step } from '../commands.ts'
import { namesSeen } from '../reading.ts'
import { NOTHING_HAPPENS } from '../sentences.ts'
import {
  contentsOf,
  copyWorld,
  newObject,
  newReceptacle,
  newWorld,
  numberOf,
  type Receptacle,
  receptacleHere,
  typeOf,
  type World,
} from '../world.ts'

/** `unknown`: it hangs on what no answer has told yet. */
export type Knowledge = 'predicted' | 'given' | 'unknown'

export interface Played {
  command: string
  observation: string
  knowledge: Knowledge
}

export class RevealedRoom {
  world: World
  private readonly unseen: Set<string>
  private readonly unseenInside: Set<string>

  /** @param receptacles as the overview names them */
  constructor(receptacles: readonly string[]) {
    const list = receptacles.map((name, spot) => newReceptacle(typeOf(name), numberOf(name), spot))
    this.world = newWorld(list)
    this.unseen = new Set(receptacles)
    this.unseenInside = new Set(receptacles)
  }

  /**
   * Plays a command.
   *
   * @param told what the transcript answers, null where it does not; it is looked at only for the facts above
   */
  play(command: string, told: string | null): Played {
    const knowledge = this.learn(command, told)
    return { command, observation: step(this.world, command).observation, knowledge }
  }

  /**
   * Takes the transcript's word after an answer that was not as predicted, so that one difference is not counted again
   * in all that follows from it.
   *
   * @param before the world before the command
   */
  believe(command: string, told: string, before: World): void {
    const read = readCommand(command)
    if (!read) return
    const { verb, first, second } = read
    if (told === NOTHING_HAPPENS) {
      this.world = before
      if (verb === 'go to') this.shareSpot(first)
      return
    }
    const place = this.world.receptacles.get(verb === 'go to' || verb === 'open' ? first : second)
    if (!place) return
    this.world.spot = place.spot
    if (verb === 'go to' || verb === 'open') {
      for (const object of contentsOf(this.world, place.name)) {
        object.places = object.places.filter((name) => name !== place.name)
      }
      if (verb === 'go to') this.see(place, told)
      else if (this.seeInside(place, told)) place.open = true
    }
    if (verb === 'take' && told.startsWith('You pick up ')) {
      this.place(first, second)
      this.world.holding = null
      step(this.world, command)
    }
    if ((verb === 'put' || verb === 'move') && /^You (put|move) /.test(told)) {
      this.place(first, second)
      if (this.world.holding === first) this.world.holding = null
    }
  }

  private learn(command: string, told: string | null): Knowledge {
    const read = readCommand(command)
    if (!read) return 'predicted'
    const { verb, first, second } = read
    if (verb === 'look') return this.learnNeighbours(told)
    const place = this.world.receptacles.get(['take', 'put', 'move'].includes(verb) ? second : first)
    if (!place) return 'predicted'
    const isHere = receptacleHere(this.world, place.name) !== undefined
    if (verb === 'go to') return isHere || !this.unseen.has(first) ? 'predicted' : this.arrive(place, told)
    if (!isHere) return 'predicted'
    if (verb === 'open') {
      if (!this.unseenInside.has(first) || told === null) return this.openUntold(place)
      if (this.seeInside(place, told)) return 'given'
      return this.unseen.has(first) ? 'unknown' : 'predicted'
    }
    if (verb === 'examine' && this.unseen.has(first)) return this.see(place, told) ? 'given' : 'unknown'
    if (verb === 'take' && this.unseenInside.has(second) && (place.open || this.unseen.has(second))) {
      if (!told?.startsWith('You pick up ')) return 'unknown'
      place.open = true
      this.place(first, second)
      return 'given'
    }
    // Only types that have doors as a rule can be closed.
    if ((verb === 'put' || verb === 'move') && this.unseen.has(second) && place.openable) {
      if (!told?.startsWith('You ')) return 'unknown'
      place.open = true
      return 'given'
    }
    return 'predicted'
  }

  private arrive(place: Receptacle, told: string | null): Knowledge {
    if (this.see(place, told)) return 'given'
    if (told !== NOTHING_HAPPENS || this.world.spot === null) return 'unknown'
    this.shareSpot(place.name)
    return 'given'
  }

  /** Opening what is known is predicted; with nothing told, what is inside stays unknown. */
  private openUntold(place: Receptacle): Knowledge {
    return this.unseenInside.has(place.name) ? 'unknown' : 'predicted'
  }

  private learnNeighbours(told: string | null): Knowledge {
    const facing = /^You are facing the (.*)\. Next to it/.exec(told ?? '')
    const names = [...(facing?.[1] ?? '').matchAll(/[a-z]+ \d+/g)].map(([name]) => name)
    const news = names.filter((name) => this.unseen.has(name) && !receptacleHere(this.world, name))
    for (const name of news) this.shareSpot(name)
    return news.length > 0 ? 'given' : 'predicted'
  }

  private shareSpot(name: string): void {
    const place = this.world.receptacles.get(name)
    if (place && this.world.spot !== null) place.spot = this.world.spot
  }

  /** Takes in the first sight of a receptacle. @returns whether the text tells it */
  private see(place: Receptacle, told: string | null): boolean {
    const { name } = place
    const text = (told ?? '').replace(/^You arrive at [a-z]+ \d+\. /, '')
    // Opening it later in the same program tells that it was closed.
    if (text.startsWith(`The ${name} is closed.`) || text.startsWith(`You open the ${name}.`)) {
      Object.assign(place, { openable: true, open: false })
      this.unseen.delete(name)
      return true
    }
    const isOpen = text.startsWith(`The ${name} is open. In it, you see `)
    if (!isOpen && !text.startsWith(`On the ${name}, you see `)) return false
    Object.assign(place, { openable: isOpen, open: true })
    this.fill(name, text)
    return true
  }

  /** Takes in the first look behind a door. @returns whether the text tells it */
  private seeInside(place: Receptacle, told: string): boolean {
    if (!told.startsWith(`You open the ${place.name}. The ${place.name} is open. In it, you see `))
      return false
    Object.assign(place, { openable: true, open: false })
    this.fill(place.name, told)
    return true
  }

  private fill(receptacle: string, told: string): void {
    this.unseen.delete(receptacle)
    this.unseenInside.delete(receptacle)
    for (const name of namesSeen(told)) this.place(name, receptacle)
  }

  private place(name: string, receptacle: string): void {
    const object = this.world.objects.get(name)
    if (!object) this.world.objects.set(name, newObject(typeOf(name), numberOf(name), receptacle))
    else if (!object.places.includes(receptacle)) object.places.push(receptacle)
  }

  /** A copy of the world as it is, for `believe`. */
  snapshot(): World {
    return copyWorld(this.world)
  }
}
