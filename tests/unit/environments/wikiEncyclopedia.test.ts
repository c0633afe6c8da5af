import { describe, expect, it } from 'vitest'
import { SPLITS } from '../../../workers/environments/environment.ts'
import { inventEncyclopedia } from '../../../workers/environments/wiki/encyclopedia/encyclopedia.ts'
import { type Entry, type Value, valueText } from '../../../workers/environments/wiki/encyclopedia/entry.ts'
import { KINDS } from '../../../workers/environments/wiki/encyclopedia/relation.ts'
import { RELATIONS, relationsOf } from '../../../workers/environments/wiki/encyclopedia/relations.ts'
import { readFact, subjectOf } from '../../../workers/environments/wiki/reading.ts'
import { normaliseAnswer } from '../../../workers/environments/wiki/scoring.ts'

const encyclopedia = inventEncyclopedia(1)
const { library, entries } = encyclopedia
const ALL = SPLITS.flatMap((split) => KINDS.flatMap((kind) => entries[split][kind]))
const of = (kind: string) => ALL.filter((entry) => entry.kind === kind)
const fact = <T extends Value>(entry: Entry, name: string) =>
  entry.facts.get(`${entry.kind} ${name}`) as T | undefined
const number = (entry: Entry, name: string) => fact<number>(entry, name)!

describe('the invented encyclopedia', () => {
  it('has at least 2,000 pages of several sentences, one for every entry', () => {
    expect(library.size).toBeGreaterThanOrEqual(2000)
    expect(library.size).toBe(ALL.length)
    for (const { sentences } of library.pages) {
      expect(sentences.length).toBeGreaterThanOrEqual(5)
      for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z][^.]*\.$/)
    }
    const long = [...library.pages].filter(({ sentences }) => sentences.length > 5)
    expect(long.length / library.size).toBeGreaterThan(0.9)
  })

  it('is the same for the same seed, and another for another', () => {
    const pages = (seed: number) => [...inventEncyclopedia(seed).library.pages]
    expect(pages(1)).toEqual([...library.pages])
    const titles = new Set([...library.pages].map(({ title }) => title))
    expect(pages(2).filter(({ title }) => titles.has(title)).length).toBeLessThan(library.size / 2)
  })

  it('calls no two things the same, but for works that took a name over and say so in their titles', () => {
    const byName = new Map<string, Entry[]>()
    for (const entry of ALL) {
      const key = normaliseAnswer(entry.name)
      byName.set(key, [...(byName.get(key) ?? []), entry])
    }
    const shared = [...byName.values()].filter((group) => group.length > 1)
    expect(shared.length).toBeGreaterThan(20)
    for (const group of shared) {
      expect(new Set(group.map(({ kind }) => kind)).size).toBe(group.length)
      for (const { title, name, kind } of group) expect(title).toBe(`${name} (${kind})`)
    }
    for (const group of byName.values()) if (group.length === 1) expect(group[0]!.title).toBe(group[0]!.name)
    expect(new Set([...library.pages].map(({ sentences }) => sentences.join(' '))).size).toBe(library.size)
  })

  it('has names that can be spoken', () => {
    for (const { name } of ALL) {
      expect(name).toMatch(/^[A-Z][a-z]+(?: (?:and|the|[A-Za-z][a-z]+))*$/)
      for (const word of name.split(' ')) {
        expect(word).toMatch(/[aeiouy]/i)
        expect(word).not.toMatch(/[^aeiouy]{6}|(.)\1\1/i)
        expect(word.length).toBeLessThanOrEqual(14)
      }
    }
  })

  it('says on a page every fact about its subject, readably, and nothing else', () => {
    for (const entry of ALL) {
      const page = library.find(entry.title)!
      const text = page.sentences.join(' ')
      expect(subjectOf(entry.kind, text)).toBe(entry.name)
      let said = 0
      for (const relation of relationsOf(entry.kind)) {
        const value = entry.facts.get(relation.id)
        expect(readFact(relation, text), `${relation.id} of ${entry.name}`).toBe(
          value === undefined ? null : valueText(value),
        )
        if (value === undefined) continue
        const sentences = page.sentences.filter((sentence) => readFact(relation, sentence) !== null)
        expect(sentences).toHaveLength(1)
        const keywords = relation.says.map(([, keyword]) => keyword)
        expect(keywords.some((word) => sentences[0]!.includes(word))).toBe(true)
        said++
      }
      expect(page.sentences.length - said).toBe(relationsOf(entry.kind).some(({ opens }) => opens) ? 0 : 1)
    }
  })

  it('has every fact of every relation it knows, in every split', () => {
    for (const split of SPLITS) {
      for (const relation of RELATIONS) {
        const having = entries[split][relation.of].filter((entry) => entry.facts.has(relation.id))
        expect(having.length / entries[split][relation.of].length, `${split} ${relation.id}`).toBeGreaterThan(
          0.3,
        )
      }
    }
    for (const entry of ALL)
      for (const id of entry.facts.keys()) expect(RELATIONS.map((r) => r.id)).toContain(id)
  })

  it('never leaves a split', () => {
    for (const entry of ALL) {
      for (const value of entry.facts.values())
        if (typeof value === 'object') expect(value.split).toBe(entry.split)
    }
  })
})

describe('its facts', () => {
  it('agree about places', () => {
    for (const town of of('town')) {
      expect(fact<Entry>(town, 'country')).toBe(fact<Entry>(fact<Entry>(town, 'river')!, 'country'))
    }
    for (const river of of('river')) {
      expect(fact<Entry>(fact<Entry>(river, 'town at the mouth')!, 'river')).toBe(river)
    }
    for (const country of of('country')) {
      expect(fact<Entry>(fact<Entry>(country, 'capital')!, 'country')).toBe(country)
      const longest = fact<Entry>(country, 'longest river')!
      expect(fact<Entry>(longest, 'country')).toBe(country)
      const others = of('river').filter((river) => fact(river, 'country') === country && river !== longest)
      for (const other of others) expect(number(other, 'length')).toBeLessThan(number(longest, 'length'))
    }
    for (const university of of('university')) {
      expect(number(university, 'year of founding')).toBeGreaterThan(
        number(fact<Entry>(university, 'town')!, 'year of founding'),
      )
    }
  })

  it('agree about rivals', () => {
    for (const entry of [...of('university'), ...of('club')]) {
      const rival = fact<Entry>(entry, 'rival')
      if (rival) expect([rival === entry, fact(rival, 'rival')]).toEqual([false, entry])
      if (rival?.kind === 'club') expect(fact(rival, 'sport')).toBe(fact(entry, 'sport'))
    }
  })

  it('agree with names that tell a number', () => {
    for (const [name, members] of [
      ['Trio', 3],
      ['Quartet', 4],
    ]) {
      const called = of('band').filter((band) => band.name.endsWith(` ${name}`))
      expect(called.length).toBeGreaterThan(10)
      for (const band of called) expect(fact(band, 'number of members')).toBe(members)
    }
  })

  it('let people do at a fair age what fits their work', () => {
    const deeds: [kind: string, person: string, year: string, work: string][] = [
      ['book', 'author', 'year', 'a writer'],
      ['film', 'director', 'year', 'a film maker'],
      ['film', 'leading actor', 'year', 'an actor'],
      ['painting', 'painter', 'year', 'a painter'],
      ['band', 'singer', 'first year', 'a singer'],
      ['club', 'first coach', 'year of founding', 'a coach'],
      ['species', 'first describer', 'year of description', 'a scientist'],
      ['company', 'founder', 'year of founding', 'a merchant'],
    ]
    for (const [kind, relation, year, work] of deeds) {
      for (const entry of of(kind)) {
        const person = fact<Entry>(entry, relation)
        if (!person) continue
        expect(fact(person, 'work')).toBe(work)
        const age = number(entry, year) - number(person, 'year of birth')
        expect(age).toBeGreaterThanOrEqual(22)
        expect(age).toBeLessThanOrEqual(70)
      }
    }
    for (const person of of('person')) {
      const teacher = fact<Entry>(person, 'teacher')
      if (!teacher) continue
      const older = number(person, 'year of birth') - number(teacher, 'year of birth')
      expect(older).toBeGreaterThanOrEqual(22)
      expect(older).toBeLessThanOrEqual(48)
    }
  })

  it('let nothing come before what it needs', () => {
    const orders: [kind: string, year: string, needs: string, itsYear: string][] = [
      ['film', 'year', 'source book', 'year'],
      ['film', 'year', 'music', 'first year'],
      ['book', 'year', 'publisher', 'year of founding'],
      ['band', 'first year', 'label', 'year of founding'],
    ]
    for (const [kind, year, needs, itsYear] of orders) {
      for (const entry of of(kind)) {
        const needed = fact<Entry>(entry, needs)
        if (needed) expect(number(entry, year)).toBeGreaterThanOrEqual(number(needed, itsYear))
      }
    }
    for (const book of of('book')) {
      const publisher = fact<Entry>(book, 'publisher')
      if (publisher) expect(fact(publisher, 'product')).toBe('books')
    }
    for (const band of of('band')) {
      const label = fact<Entry>(band, 'label')
      if (label) expect(fact(label, 'product')).toBe('records')
    }
  })
})

describe('finding pages', () => {
  it('lists the right title for one that is misspelt, in nearly all cases', () => {
    let listed = 0
    const some = ALL.filter((_, i) => i % 12 === 0)
    for (const { name, title } of some) {
      const misspelt = name.slice(0, -2) + name.slice(-1)
      if (library.similar(misspelt, 5).includes(title)) listed++
    }
    expect(listed / some.length).toBeGreaterThan(0.9)
  })

  it('is ready in a fifth of a second of a processor’s time, index of titles included', () => {
    const times = Array.from({ length: 5 }, () => {
      const began = process.cpuUsage()
      inventEncyclopedia(3).library.similar('Orvan', 5)
      const { user, system } = process.cpuUsage(began)
      return (user + system) / 1000
    })
    expect(Math.min(...times)).toBeLessThan(200)
  })

  it('prepares its index in steps, with the same result', async () => {
    const prepared = inventEncyclopedia(1).library
    await prepared.prepare()
    expect(prepared.similar('Quiet Anchr', 5)).toEqual(library.similar('Quiet Anchr', 5))
  })
})
