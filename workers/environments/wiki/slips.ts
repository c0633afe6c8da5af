import type { Random } from '../../random.ts'
import type { Kind } from './encyclopedia/relation.ts'

/** A way to search for something that no page is called, as agents do: a part of the title, more than it, or misspelt. */
export function slippedTitle(random: Random, kind: Kind, name: string): string {
  const ways = [`${kind} ${name}`, misspelt(random, name)]
  const words = name.split(' ')
  if (words.length > 1) ways.push(words.at(-1)!, words.slice(0, -1).join(' '))
  return random.pick(ways)
}

/** One letter left out, doubled, or changed places with the next; never the first. */
function misspelt(random: Random, name: string): string {
  const inner = [...name].flatMap((letter, i) => (i > 0 && /[a-z]/.test(letter) ? i : []))
  const at = random.pick(inner)
  const next = name[at + 1] ?? ''
  const ways = [name.slice(0, at) + name.slice(at + 1), name.slice(0, at) + name[at] + name.slice(at)]
  if (/[a-z]/.test(next) && next !== name[at]) {
    ways.push(name.slice(0, at) + next + name[at] + name.slice(at + 2))
  }
  return random.pick(ways)
}
