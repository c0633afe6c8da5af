import { describe, expect, it } from 'vitest'
import { SPLITS } from '../../../workers/environments/environment.ts'
import { type Entry, valueText } from '../../../workers/environments/wiki/encyclopedia/entry.ts'
import { COMPARISONS, relationsOf } from '../../../workers/environments/wiki/encyclopedia/relations.ts'
import { readFact } from '../../../workers/environments/wiki/reading.ts'
import { similarTitles } from '../../../workers/environments/wiki/wording.ts'
import { runs, type Step, stepsOf, wiki } from './wikiRuns.ts'

/** Every entry of the encyclopedia that the episode at hand is read in. */
let all: Entry[]

describe('the expert of the wiki', () => {
  it('thinks nothing that is not so at that moment', () => {
    const seen = new Set<string>()
    for (const { episode, text } of runs(500)) {
      const { entries } = wiki.encyclopediaOf(episode.id)
      all = SPLITS.flatMap((split) => Object.values(entries[split]).flat())
      const { question, steps } = stepsOf(text)
      for (const [i, step] of steps.entries()) {
        for (const sentence of step.thought.match(/[^.]+\./g)!.map((part) => part.trim())) {
          const told: Told = { question, steps, at: i, before: steps[i - 1], step }
          seen.add(check(sentence, told))
        }
      }
    }
    expect([...seen].sort()).toEqual(CLAIMS.map(([name]) => name).sort())
  })
})

interface Told {
  question: string
  steps: Step[]
  at: number
  before: Step | undefined
  step: Step
}

/** Whether a name has that value of a relation that thoughts call so. */
function isSo(noun: string, name: string, value: string): boolean {
  return all.some(
    (entry) => entry.name === name && factsCalled(noun, entry).some((fact) => valueText(fact) === value),
  )
}

function factsCalled(noun: string, entry: Entry) {
  return relationsOf(entry.kind)
    .filter((relation) => relation.noun === noun)
    .flatMap((relation) => entry.facts.get(relation.id) ?? [])
}

/** Whether some relation called so can be read from a text. */
function shows(noun: string, observation: string, value?: string): boolean {
  const text = observation.replace(/^\(Result \d+ \/ \d+\) /, '')
  const relations = [...new Set(all.map(({ kind }) => kind))].flatMap((kind) => relationsOf(kind))
  return relations
    .filter((relation) => relation.noun === noun)
    .some((relation) =>
      value === undefined ? readFact(relation, text) !== null : readFact(relation, text) === value,
    )
}

const observation = (told: Told) => told.before!.observation
const searched = (told: Told) =>
  told.steps.slice(0, told.at).some(({ action }) => action.startsWith('Search['))

/** Every kind of sentence that the expert may think, and whether it is so. The first that fits is the one meant. */
const CLAIMS: [name: string, pattern: RegExp, isTrue: (match: string[], told: Told) => boolean][] = [
  [
    'plan',
    /^(?:I need|My plan: (?:first )?)\s?(the .+)\.$/,
    ([, plan], { question, steps, at }) => {
      // What the first fact is of, the question names; every fact planned is found in the end.
      return plan!.split(', then ').every((part) => {
        const [, noun, name] = /^the (.+?)(?: of both| of ([A-Z].*))?$/.exec(part)!
        const found = steps.some(({ observation }) => shows(noun!, observation))
        return at === 0 && found && question.includes(name ?? '')
      })
    },
  ],
  ['search', /^(?:So )?I search (.+)\.$/, ([, title], { step }) => step.action === `Search[${title}]`],
  ['look up', /^I look up (.+?)(?: again)?\.$/, ([, word], { step }) => step.action === `Lookup[${word}]`],
  [
    'listed',
    /^I look for (.+) in the list: found(?:, (.+))?\.$/,
    ([, name, title], told) => similarTitles(observation(told))!.includes(title ?? name!),
  ],
  [
    'not listed',
    /^I look for (.+) in the list: not there\.$/,
    ([, name], told) => !similarTitles(observation(told))!.includes(name!),
  ],
  ['maybe', /^(.+) may be it\.$/, ([, title], told) => similarTitles(observation(told))!.includes(title!)],
  [
    'wrong page',
    /^I look for (.+): not here, this is (.+)\.$/,
    ([, name, other], told) => name !== other && !observation(told).startsWith(`${name} `),
  ],
  [
    'no sentence',
    /^(?:The word|I look for) (.+): not on this page\.$/,
    ([, word], { before }) =>
      before!.action === `Lookup[${word}]` && before!.observation === 'No more results.',
  ],
  [
    'found',
    /^(?:I look for the|The) ([^:]+?)(?: of ([A-Z].*))?: found, (.+)\.$/,
    ([, noun, name, value], told) =>
      shows(noun!, observation(told), value!) && (name === undefined || isSo(noun!, name, value!)),
  ],
  [
    'not found',
    /^(?:I look for the|The) ([^:]+?)(?: of ([A-Z].*))?: not found yet\.$/,
    ([, noun, name], told) =>
      !shows(noun!, observation(told)) && (name === undefined || observation(told).startsWith(name)),
  ],
  [
    'other sentence',
    /^The (.+): not in this sentence\.$/,
    ([, noun], told) => observation(told).startsWith('(Result ') && !shows(noun!, observation(told)),
  ],
  [
    'no more',
    /^No more (.+)\.$/,
    ([, word], { before }) =>
      before!.action === `Lookup[${word}]` && /^\(Result (\d+) \/ \1\)/.test(before!.observation),
  ],
  [
    'missing',
    /^(?:Now I need|Still missing:) the (.+?)(?: of ([A-Z].*))?\.$/,
    ([, noun, name], told) => {
      const after = told.steps.slice(told.at).map(({ observation }) => observation)
      const known = told.question.includes(name ?? '') || told.before!.observation.includes(name ?? '')
      return searched(told) && known && after.some((text) => shows(noun!, text))
    },
  ],
  [
    'answer',
    /^(?:So the|The) answer is (.+)\.$/,
    ([, value], { step }) => step.action === `Finish[${value}]`,
  ],
  [
    'numbers compared',
    /^(\d+) is (before|after|more than|less than) (\d+)\.$/,
    ([, a, word, b]) => Number(a) < Number(b) === ['before', 'less than'].includes(word!) && a !== b,
  ],
  [
    'alike',
    /^They are (not )?the same\.$/,
    ([, not], { step }) => {
      const [a, b] = [...step.thought.matchAll(/([^.]+): ([^.]+)\. (?=[^.]+: |They)/g)]
        .slice(-2)
        .map((m) => m[2])
      return (a === b) === (not === undefined)
    },
  ],
  [
    'value',
    /^([A-Z][^:]+): (.+)\.$/,
    ([, name, value], told) => {
      const text = told.steps.slice(0, told.at).map(({ observation }) => observation)
      const relations = COMPARISONS.map(({ relation }) => relation)
      const held = all
        .filter((entry) => entry.name === name)
        .some((entry) =>
          relations.some((relation) => {
            const fact = entry.facts.get(relation.id)
            return relation.of === entry.kind && fact !== undefined && valueText(fact) === value
          }),
        )
      return held && text.some((seen) => seen.includes(value!))
    },
  ],
]

function check(sentence: string, told: Told): string {
  for (const [name, pattern, isTrue] of CLAIMS) {
    const match = pattern.exec(sentence)
    if (!match) continue
    expect(isTrue(match, told), `${name}: ${sentence}\n${JSON.stringify(told.steps, null, 1)}`).toBe(true)
    return name
  }
  throw new Error(`No claim fits "${sentence}".`)
}
