/**
 * What the expert thinks, in few words. Every sentence says only what the expert knows when it says it. Where a thing
 * is looked for, its name stands right before the word that says found or not found: a small student learns the
 * look-up much sooner so.
 */
import type { Random } from '../../random.ts'
import { CHANGES } from './changes.ts'
import type { Task } from './task.ts'

/** "a mug", "an apple", "some bread". */
export function withArticle(noun: string): string {
  if (noun === 'bread' || noun === 'toiletpaper') return `some ${noun}`
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`
}

/** "a", "a and b", "a, b and c". */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** The first thought: what the task takes, in order. */
export function plan(random: Random, task: Task): string {
  const thing = withArticle(task.object)
  if (task.type === 'examine') {
    return random.pick([
      `My plan: find ${thing}, take it to a ${task.lamp}, use the ${task.lamp}.`,
      `I need ${thing} in hand, then I use a ${task.lamp}.`,
    ])
  }
  const goal = withArticle(task.receptacle)
  switch (task.type) {
    case 'place':
      return random.pick([
        `My plan: find ${thing}, take it, put it in/on ${goal}.`,
        `I need ${thing}. It goes in/on ${goal}.`,
      ])
    case 'clean':
    case 'heat':
    case 'cool': {
      const tool = withArticle(CHANGES[task.type].tool)
      return random.pick([
        `My plan: find ${thing}, ${task.type} it with ${tool}, put it in/on ${goal}.`,
        `I need ${thing}. I ${task.type} it in ${tool}. Then it goes in/on ${goal}.`,
      ])
    }
    case 'two':
      return random.pick([
        `My plan: find ${thing}, put it in/on ${goal}, then find another and put it there too.`,
        `I need ${thing}, then another. Both go to the same ${task.receptacle}.`,
      ])
  }
}

/** Before a search: the likely places in the order they will be visited. */
export function likelyPlaces(random: Random, target: string, places: readonly string[]): string {
  return random.pick([
    `Likely places for ${withArticle(target)}: ${listed(places)}.`,
    `${capital(withArticle(target))} is often in or on ${listed(places)}.`,
  ])
}

/** The less likely places, once no likely one is left, or where there is none. */
export function otherPlaces(target: string, places: readonly string[], first: boolean): string {
  return `${first ? 'Possible' : 'Other'} places for ${withArticle(target)}: ${listed(places)}.`
}

export function notFound(random: Random, target: string, next: string): string {
  return random.pick([
    `I look for ${target}: not here. Next: ${next}.`,
    `${target}: not here. I try ${next}.`,
  ])
}

/** At the last place of a list: what comes next is said by `otherPlaces`. */
export function notFoundAtLast(target: string): string {
  return `${target}: not here.`
}

export function found(random: Random, target: string, name: string): string {
  return random.pick([`I look for ${target}: found ${name}.`, `${target}: found ${name}.`])
}

/** The thing is where an earlier observation showed it. */
export function remembered(random: Random, name: string, place: string): string {
  return random.pick([
    `I saw ${name} at ${place}. I go there.`,
    `Before, ${name} was at ${place}. I go back.`,
  ])
}

/** What is in hand and what comes next. */
export function next(random: Random, held: string, step: string): string {
  return random.pick([`I have ${held}. Next: ${step}.`, `Now I hold ${held}. I ${step}.`])
}

/** What has been done to the thing in hand and what comes next. */
export function changed(random: Random, held: string, state: string, step: string): string {
  return random.pick([`${held} is ${state}. Next: ${step}.`, `Now ${held} is ${state}. I ${step}.`])
}

export function firstIsPlaced(random: Random, object: string, place: string): string {
  return random.pick([
    `One ${object} is at ${place}. I need a second ${object}.`,
    `${place} has one ${object} now. One more to go.`,
  ])
}

/** After "Nothing happens." or a thing that was taken by mistake: why, and what to do. */
export const AFTER_MISTAKE = {
  closed: (place: string) => `That failed: ${place} is closed. I open it first.`,
  away: (place: string) => `That failed: I am not at ${place}. I go there first.`,
  handsFull: (held: string) => `That failed: I already hold ${held}. I put it away first.`,
  wrongNumber: (wrong: string, right: string) => `That failed: ${wrong} is not here, ${right} is.`,
  wrongThing: (held: string, wanted: string) =>
    `That was wrong: I hold ${held}, not ${withArticle(wanted)}. I put it back.`,
  alreadyHere: (place: string) => `That failed: I am already at ${place}.`,
  alreadyOpen: (place: string) => `That failed: ${place} is already open.`,
  /** After taking blindly; what the look-up then shows follows. */
  blind: () => 'That failed.',
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
