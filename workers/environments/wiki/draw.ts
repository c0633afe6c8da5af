/** Draws questions with one right answer from an encyclopedia's facts. */
import type { Random } from '../../random.ts'
import type { Split } from '../environment.ts'
import type { Encyclopedia } from './encyclopedia/encyclopedia.ts'
import { type Entry, type Value, valueText } from './encyclopedia/entry.ts'
import type { Comparison, Kind, Relation } from './encyclopedia/relation.ts'
import { COMPARISONS, RELATIONS, relationsOf } from './encyclopedia/relations.ts'
import { type Ask, type Phrase, writeQuestion } from './questions.ts'
import { normaliseAnswer } from './scoring.ts'

/** HotpotQA's two types by the number of facts that the answer takes. */
export const TASK_TYPES = ['bridge-2', 'bridge-3', 'comparison-2', 'comparison-3'] as const
export type TaskType = (typeof TASK_TYPES)[number]

export interface DrawnQuestion {
  question: string
  answer: string
  ask: Ask
  /** Every entry that the way from the question to its answer touches, both ends included. */
  touched: Entry[]
}

/** Draws for one question; chains that have a gap or come back to where they began are drawn anew. */
const TRIES = 1000
/** Draws for one pair: few entries are alike in some relations. */
const PAIR_TRIES = 30

/** The chains of relations of each length: what a relation leads to is what the next begins with. */
const CHAINS: Record<2 | 3, Relation[][]> = { 2: [], 3: [] }
for (const first of RELATIONS.filter(({ phrases }) => phrases.length > 0)) {
  for (const second of relationsOf(first.to as Kind)) {
    if (second.asks.length > 0) CHAINS[2].push([first, second])
    if (second.phrases.length === 0) continue
    for (const third of relationsOf(second.to as Kind))
      if (third.asks.length > 0) CHAINS[3].push([first, second, third])
  }
}
/** Where the first of the two compared is told by a relation. */
const LEADS = new Map(
  COMPARISONS.map((comparison) => [
    comparison,
    RELATIONS.filter(({ to, phrases }) => to === comparison.relation.of && phrases.length > 0),
  ]),
)
const LED_COMPARISONS = COMPARISONS.filter((comparison) => LEADS.get(comparison)!.length > 0)

export class Questions {
  /** Entries of a split by their value of a relation; made when first needed. */
  private readonly byValue = new Map<string, Map<Value, Entry[]>>()

  constructor(private readonly encyclopedia: Encyclopedia) {}

  /** A question of a split whose answer no other value would be; the wording is drawn too. */
  draw(type: TaskType, split: Split, random: Random): DrawnQuestion {
    for (let tries = 0; tries < TRIES; tries++) {
      const hops = Number(type.at(-1)) as 2 | 3
      const drawn = type.startsWith('bridge')
        ? this.bridge(random.pick(CHAINS[hops]), split, random)
        : this.compare(random.pick(hops === 2 ? COMPARISONS : LED_COMPARISONS), hops === 3, split, random)
      if (drawn) return drawn
    }
    throw new Error(`No ${type} question was found in ${TRIES} draws.`)
  }

  private bridge(chain: readonly Relation[], split: Split, random: Random): DrawnQuestion | null {
    const start = random.pick(this.encyclopedia.entries[split][chain[0]!.of])
    const touched: Entry[] = [start]
    let of: Phrase = { kind: start.kind, name: start.name }
    let value: Value = start
    for (const [i, relation] of chain.entries()) {
      const next: Value | undefined = touched.at(-1)!.facts.get(relation.id)
      if (next === undefined) return null
      value = next
      if (typeof value === 'object') {
        // What the chain has been to would make a riddle whose answer stands in the question.
        if (touched.some((entry) => entry === value || entry.name === valueText(next))) return null
        touched.push(value)
      }
      if (i < chain.length - 1) of = { kind: relation.to as Kind, relation, of }
    }
    const ask: Ask = { type: 'bridge', relation: chain.at(-1)!, of }
    const question = writeQuestion(ask, random)
    const answer = valueText(value)
    const given = ` ${normaliseAnswer(question)} `.includes(` ${normaliseAnswer(answer)} `)
    return given ? null : { question, answer, ask, touched }
  }

  private compare(comparison: Comparison, led: boolean, split: Split, random: Random): DrawnQuestion | null {
    const { relation, wins } = comparison
    const pair = this.pair(comparison, split, random)
    if (!pair) return null
    const values = pair.map((entry) => entry.facts.get(relation.id))
    if (values[0] === undefined || values[1] === undefined) return null
    const [first, second] = pair
    const touched = [...pair, ...values.filter((value): value is Entry => typeof value === 'object')]
    const phrases: Phrase[] = pair.map(({ kind, name }) => ({ kind, name }))
    if (led) {
      const lead = this.lead(first, comparison, split, random)
      if (!lead || touched.includes(lead.from)) return null
      touched.push(lead.from)
      phrases[0] = {
        kind: first.kind,
        relation: lead.relation,
        of: { kind: lead.from.kind, name: lead.from.name },
      }
    }
    let answer: string
    if (wins === 'same') answer = values[0] === values[1] ? 'yes' : 'no'
    else {
      if (values[0] === values[1]) return null
      answer = values[0] > values[1] === (wins === 'more') ? first.name : second.name
    }
    if (random.next() < 0.5) phrases.reverse()
    const ask: Ask = { type: 'comparison', comparison, a: phrases[0]!, b: phrases[1]! }
    return { question: writeQuestion(ask, random), answer, ask, touched }
  }

  /** Two different entries; where they are asked to be alike, they are in about every second question. */
  private pair({ relation, wins }: Comparison, split: Split, random: Random): [Entry, Entry] | null {
    const all = this.encyclopedia.entries[split][relation.of]
    const alike = wins === 'same' && random.next() < 0.5
    for (let tries = 0; tries < PAIR_TRIES; tries++) {
      const first = random.pick(all)
      const value = first.facts.get(relation.id)
      const others = alike && value !== undefined ? this.sources(relation, split).get(value)! : all
      const second = random.pick(others)
      if (first.name !== second.name) return [first, second]
    }
    return null
  }

  /** An entry from which a relation leads to the one given. */
  private lead(to: Entry, comparison: Comparison, split: Split, random: Random) {
    const relation = random.pick(LEADS.get(comparison)!)
    const from = this.sources(relation, split).get(to)
    return from && { relation, from: random.pick(from) }
  }

  private sources(relation: Relation, split: Split): Map<Value, Entry[]> {
    const key = `${split} ${relation.id}`
    let sources = this.byValue.get(key)
    if (sources === undefined) {
      sources = new Map()
      for (const entry of this.encyclopedia.entries[split][relation.of]) {
        const value = entry.facts.get(relation.id)
        if (value === undefined) continue
        const known = sources.get(value)
        if (known) known.push(entry)
        else sources.set(value, [entry])
      }
      this.byValue.set(key, sources)
    }
    return sources
  }
}
