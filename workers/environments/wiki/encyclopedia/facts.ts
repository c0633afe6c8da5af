/** Invents what is so in one split's part of the encyclopedia, each fact consistent with those before it. */
import type { Random } from '../../../random.ts'
import type { Entry, Value } from './entry.ts'
import type { Kind } from './relation.ts'
import { MEMBERS, NUMBERS, PRODUCTS, PROFESSIONS, type Profession, WORDS } from './words.ts'

export type Entries = Readonly<Record<Kind, readonly Entry[]>>

/** Years of age at which people do what makes them known. */
const YOUNGEST = 22
const OLDEST = 70
/** Tries to find a pair that fits in time; where none does, the page says nothing of it. */
const TRIES = 60
/** Share of films after a book, and of those that took its name. */
const AFTER_BOOK = 0.6
const SAME_NAME = 0.35
/** Share of paintings that share their name with a book. */
const PAINTED_BOOK = 0.12

/** A year, or any other number. */
const year = (entry: Entry, relation: string) => entry.facts.get(`${entry.kind} ${relation}`) as number

export class Facts {
  private readonly byProfession: Map<Value | undefined, Entry[]> = new Map()

  constructor(
    private readonly entries: Entries,
    private readonly random: Random,
  ) {}

  invent(): void {
    // First, as the lengths of rivers decide which is the longest.
    this.wordsAndNumbers()
    this.lands()
    this.people()
    this.trades()
    this.books()
    this.films()
    this.paintings()
  }

  private lands(): void {
    const { country, river, town, university } = this.entries
    river.forEach((entry, i) => {
      this.say(entry, 'country', country[i % country.length]!)
    })
    town.forEach((entry, i) => {
      const by = river[i % river.length]!
      this.say(entry, 'river', by)
      this.say(entry, 'country', by.facts.get('river country')!)
    })
    for (const entry of river)
      this.say(entry, 'town at the mouth', this.pick(this.withFact(town, 'river', entry)))
    for (const entry of country) {
      const rivers = this.withFact(river, 'country', entry)
      const longest = rivers.reduce((best, other) =>
        year(other, 'length') > year(best, 'length') ? other : best,
      )
      const rest = rivers.filter((other) => other !== longest)
      // A tie would make the longest one a matter of taste.
      for (const other of rest) {
        if (year(other, 'length') === year(longest, 'length'))
          this.say(other, 'length', year(other, 'length') - 10)
      }
      this.say(entry, 'longest river', longest)
      this.say(entry, 'capital', this.pick(this.withFact(town, 'country', entry)))
    }
    for (const entry of university) this.say(entry, 'town', this.pick(town))
    this.pairUp(university)
  }

  private people(): void {
    const { person, town, university } = this.entries
    person.forEach((entry, i) => {
      this.say(entry, 'work', PROFESSIONS[i % PROFESSIONS.length]!)
      this.say(entry, 'year of birth', this.between(1840, 1910))
      for (const name of ['birthplace', 'home']) this.say(entry, name, this.pick(town))
      this.say(entry, 'university', this.pick(university))
    })
    for (const profession of PROFESSIONS) {
      this.byProfession.set(profession, this.withFact(person, 'work', profession))
    }
    for (const entry of person) {
      const born = year(entry, 'year of birth')
      const teacher = this.find(person, (other) => {
        const older = born - year(other, 'year of birth')
        return older >= YOUNGEST && older <= OLDEST - YOUNGEST
      })
      if (teacher) this.say(entry, 'teacher', teacher)
    }
    for (const entry of town) this.say(entry, 'statue', this.pick(person))
  }

  private trades(): void {
    const { company, band, club, species, town, river } = this.entries
    company.forEach((entry, i) => {
      this.say(entry, 'product', PRODUCTS[i % PRODUCTS.length]!)
      this.say(entry, 'office', this.pick(town))
      this.by(entry, 'founder', 'a merchant', 'year of founding')
    })
    for (const entry of band) {
      const formed = this.by(entry, 'singer', 'a singer', 'first year')
      this.say(entry, 'home', this.pick(town))
      const members = MEMBERS[entry.name.slice(entry.name.lastIndexOf(' ') + 1)]
      if (members !== undefined) this.say(entry, 'number of members', members)
      const label = this.find(this.makers('records'), (other) => year(other, 'year of founding') <= formed)
      if (label) this.say(entry, 'label', label)
    }
    for (const entry of club) {
      this.by(entry, 'first coach', 'a coach', 'year of founding')
      this.say(entry, 'town', this.pick(town))
    }
    this.pairUp(club)
    // Each pair twice, which does no harm.
    for (const entry of club) {
      const rival = entry.facts.get('club rival') as Entry | undefined
      if (rival) this.say(rival, 'sport', entry.facts.get('club sport')!)
    }
    for (const entry of species) {
      this.by(entry, 'first describer', 'a scientist', 'year of description')
      this.say(entry, 'river', this.pick(river))
    }
  }

  private books(): void {
    for (const entry of this.entries.book) {
      const written = this.by(entry, 'author', 'a writer', 'year')
      const publisher = this.find(this.makers('books'), (other) => year(other, 'year of founding') <= written)
      if (publisher) this.say(entry, 'publisher', publisher)
      this.say(entry, 'setting', this.pick(this.entries.town))
    }
  }

  private films(): void {
    const { film, book, band, town } = this.entries
    for (const entry of film) {
      let made = 0
      do made = this.by(entry, 'director', 'a film maker', 'year')
      while (made < 1905)
      const actor = this.find(this.of('an actor'), (other) => {
        const age = made - year(other, 'year of birth')
        return age >= YOUNGEST && age <= OLDEST
      })
      if (actor) this.say(entry, 'leading actor', actor)
      const music = this.find(band, (other) => {
        const age = made - year(other, 'first year')
        return age >= 0 && age <= OLDEST - YOUNGEST
      })
      if (music) this.say(entry, 'music', music)
      this.say(entry, 'place of filming', this.pick(town))
      if (this.random.next() >= AFTER_BOOK) continue
      const origin = this.find(book, (other) => year(other, 'year') < made)
      if (!origin) continue
      this.say(entry, 'source book', origin)
      if (this.random.next() < SAME_NAME) this.share(entry, origin, film)
    }
  }

  private paintings(): void {
    const { painting, book, river, university } = this.entries
    for (const entry of painting) {
      this.by(entry, 'painter', 'a painter', 'year')
      this.say(entry, 'owner', this.pick(university))
      this.say(entry, 'river', this.pick(river))
      if (this.random.next() < PAINTED_BOOK) this.share(entry, this.pick(book), painting)
    }
  }

  private wordsAndNumbers(): void {
    for (const [id, words] of Object.entries(WORDS)) {
      for (const entry of this.entries[kindOf(id)]) entry.facts.set(id, this.pick(words))
    }
    for (const [id, [from, to, step]] of Object.entries(NUMBERS)) {
      for (const entry of this.entries[kindOf(id)]) {
        entry.facts.set(id, this.between(from / step, to / step) * step)
      }
    }
  }

  /** A person of that profession did it, at an age when people do. @returns the year */
  private by(entry: Entry, relation: string, profession: Profession, when: string): number {
    const person = this.pick(this.of(profession))
    const done = year(person, 'year of birth') + this.between(YOUNGEST, OLDEST)
    this.say(entry, relation, person)
    this.say(entry, when, done)
    return done
  }

  /** Two works with one name: what tells them apart stands in brackets in their titles. */
  private share(entry: Entry, other: Entry, same: readonly Entry[]): void {
    if (same.some(({ name }) => name === other.name)) return
    entry.name = other.name
    for (const work of [entry, other]) work.title = `${work.name} (${work.kind})`
  }

  private pairUp(entries: readonly Entry[]): void {
    for (let i = 0; i + 1 < entries.length; i += 2) {
      this.say(entries[i]!, 'rival', entries[i + 1]!)
      this.say(entries[i + 1]!, 'rival', entries[i]!)
    }
  }

  private of(profession: Profession): Entry[] {
    return this.byProfession.get(profession)!
  }

  private makers(product: (typeof PRODUCTS)[number]): Entry[] {
    return this.withFact(this.entries.company, 'product', product)
  }

  private withFact(entries: readonly Entry[], relation: string, value: Value): Entry[] {
    return entries.filter((entry) => entry.facts.get(`${entry.kind} ${relation}`) === value)
  }

  private find(entries: readonly Entry[], fits: (entry: Entry) => boolean): Entry | undefined {
    for (let tries = 0; tries < TRIES; tries++) {
      const entry = this.pick(entries)
      if (fits(entry)) return entry
    }
    return undefined
  }

  private say(entry: Entry, relation: string, value: Value): void {
    entry.facts.set(`${entry.kind} ${relation}`, value)
  }

  private pick<T>(items: readonly T[]): T {
    return this.random.pick(items)
  }

  private between(from: number, to: number): number {
    return from + this.random.below(to - from + 1)
  }
}

/** Relations are named by their kind and a name of their own. */
function kindOf(id: string): Kind {
  return id.slice(0, id.indexOf(' ')) as Kind
}
