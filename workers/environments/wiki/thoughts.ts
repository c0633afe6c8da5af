/**
 * What the expert thinks, in few words. Every sentence says only what the expert has been told when it says it. What is
 * looked for is named right before the word that says found or not found: a small student learns the look-up much sooner
 * so.
 */
import type { Random } from '../../random.ts'
import type { Relation } from './encyclopedia/relation.ts'
import type { Ask, Phrase } from './questions.ts'

/** The first thought: the facts that the answer takes, in order. */
export function plan(random: Random, ask: Ask): string {
  if (ask.type === 'bridge') {
    const [first, ...rest] = [...chainOf(ask.of), ask.relation].map(({ noun }) => `the ${noun}`)
    const then = rest.map((noun) => `, then ${noun}`).join('')
    const start = `${first} of ${startOf(ask.of)}`
    return random.pick([`I need ${start}${then}.`, `My plan: first ${start}${then}.`])
  }
  const { noun } = ask.comparison.relation
  const led = [ask.a, ask.b].find((phrase) => 'relation' in phrase)
  const lead = led && 'relation' in led ? `the ${led.relation.noun} of ${startOf(led)}, then ` : ''
  return random.pick([
    `I need ${lead}the ${noun} of both.`,
    `My plan: ${lead ? 'first ' : ''}${lead}the ${noun} of both.`,
  ])
}

export function search(random: Random, title: string): string {
  return random.pick([`I search ${title}.`, `So I search ${title}.`])
}

/**
 * What is still missing, once something is known, and where it will be sought.
 *
 * @param title what will be searched for, which a slip makes differ from the subject
 */
export function missing(random: Random, relation: Relation, subject: string, title: string): string {
  const search = `I search ${title}.`
  return random.pick([
    `Now I need the ${relation.noun} of ${subject}.${title === subject ? '' : ` ${search}`}`,
    `Still missing: the ${relation.noun} of ${subject}.${title === subject ? '' : ` ${search}`}`,
    `Still missing: the ${relation.noun}. ${search}`,
  ])
}

export function found(random: Random, relation: Relation, subject: string, value: string): string {
  return random.pick([
    `The ${relation.noun} of ${subject}: found, ${value}.`,
    `I look for the ${relation.noun}: found, ${value}.`,
  ])
}

/** The sentences shown do not hold it. */
export function notShown(random: Random, relation: Relation, subject: string): string {
  return random.pick([
    `The ${relation.noun} of ${subject}: not found yet.`,
    `I look for the ${relation.noun}: not found yet.`,
  ])
}

export function lookUp(word: string): string {
  return `I look up ${word}.`
}

/** A sentence with the word, but about something else. @param more the page holds further ones */
export function otherSentence(relation: Relation, word: string, more: boolean): string {
  return `The ${relation.noun}: not in this sentence. ${more ? `I look up ${word} again.` : `No more ${word}.`}`
}

export function noSentence(random: Random, word: string): string {
  return random.pick([`The word ${word}: not on this page.`, `I look for ${word}: not on this page.`])
}

/** Of the titles listed after a failed search. @param title as listed; more than the name where works share one */
export function listed(name: string, title: string): string {
  const which = title === name ? '' : `, ${title}`
  return `I look for ${name} in the list: found${which}.`
}

export function notListed(name: string): string {
  return `I look for ${name} in the list: not there.`
}

export function maybe(title: string): string {
  return `${title} may be it.`
}

export function wrongPage(wanted: string, title: string): string {
  return `I look for ${wanted}: not here, this is ${title}.`
}

/** Two values in the order they were read. @param values the winner's and the loser's; left out, whether they are the same */
export function compared(
  a: [name: string, value: string],
  b: [name: string, value: string],
  values?: { winner: string; word: string; loser: string },
): string {
  const both = [a, b].map(([name, value]) => `${name}: ${value}.`).join(' ')
  if (values) return `${both} ${values.winner} is ${values.word} ${values.loser}.`
  return `${both} They are ${a[1] === b[1] ? '' : 'not '}the same.`
}

/** Where no page or no sentence was found; the built-in encyclopedia never comes to this. */
export const GIVE_UP = 'I cannot find what I need. I finish without an answer.'

export function answer(random: Random, value: string): string {
  return random.pick([`So the answer is ${value}.`, `The answer is ${value}.`])
}

function startOf(phrase: Phrase): string {
  return 'relation' in phrase ? startOf(phrase.of) : phrase.name
}

/** The relations that lead from a phrase's entry to what it stands for. */
function chainOf(phrase: Phrase): Relation[] {
  return 'relation' in phrase ? [...chainOf(phrase.of), phrase.relation] : []
}
