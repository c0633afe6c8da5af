import { namesSeen } from './reading.ts'
import { NOTHING_HAPPENS } from './sentences.ts'
import { typeOf } from './world.ts'

/** What the expert has been told of a room. */
export class Memory {
  /** Every receptacle that the overview names, from its last to its first: numbers upwards. */
  private readonly places: string[]
  /** What was last seen in or on each place whose inside was seen, in the order of the looks. */
  private readonly contents = new Map<string, string[]>()
  /** Places last seen closed. */
  readonly closed = new Set<string>()
  /** Places seen open that could be closed. */
  readonly opened = new Set<string>()

  /** @param overview the first line of the prompt */
  constructor(overview: string) {
    this.places = namesSeen(overview).reverse()
  }

  /** Keeps what an answer shows of the place where the expert stands. */
  lookAt(place: string, observation: string): void {
    if (observation.endsWith('is closed.')) this.closed.add(place)
    else if (observation !== NOTHING_HAPPENS) {
      this.closed.delete(place)
      if (observation.includes('is open.')) this.opened.add(place)
      this.contents.set(place, namesSeen(observation))
    }
  }

  /** What was last seen there; nothing where its inside was never seen. */
  at(place: string): readonly string[] {
    return this.contents.get(place) ?? []
  }

  add(object: string, place: string): void {
    this.contents.get(place)?.push(object)
  }

  remove(object: string, place: string): void {
    this.contents.set(
      place,
      this.at(place).filter((name) => name !== object),
    )
  }

  /** Places whose inside was never seen. */
  unseen(): string[] {
    return this.places.filter((place) => !this.contents.has(place))
  }

  /** Where an object of that type was seen first, a place left out. */
  seenAt(type: string, except?: string): { name: string; place: string } | null {
    for (const [place, names] of this.contents) {
      const name = names.find((candidate) => typeOf(candidate) === type)
      if (name && place !== except) return { name, place }
    }
    return null
  }

  /** An object of that type, by number, that was not seen at the place. */
  absentSibling(type: string, place: string): string {
    for (let number = 1; ; number++) {
      if (!this.at(place).includes(`${type} ${number}`)) return `${type} ${number}`
    }
  }

  /** The place of that type where the expert stands, else the first. */
  nearest(type: string, location: string): string | undefined {
    return typeOf(location) === type ? location : this.places.find((place) => typeOf(place) === type)
  }
}
