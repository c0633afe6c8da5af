/** Compares an answer of a transcript with ours, to the letter or by a wording variant that has a name. */
import { list } from '../sentences.ts'

/** Ways in which transcripts are known to word the same answer differently; none of them counts as equal. */
export const VARIANTS = [
  'blanks at the end',
  'shown by the shell as Out[n]',
  'says where one arrives',
  'no "and" before the last of a list',
  'no comma before "and"',
  '"an" before a vowel',
] as const
export type Variant = (typeof VARIANTS)[number]

export interface Comparison {
  verdict: 'equal' | 'variant' | 'different'
  /** What was rewritten until both were equal; empty unless the verdict is `variant`. */
  variants: Variant[]
}

/** @param expected what the transcript says @param got what the world says */
export function compareAnswers(expected: string, got: string): Comparison {
  if (expected === got) return { verdict: 'equal', variants: [] }
  let text = expected
  const variants: Variant[] = []
  for (const { name, rewrite } of REWRITES) {
    const rewritten = rewrite(text)
    if (rewritten === text) continue
    text = rewritten
    variants.push(name)
    if (text === got) return { verdict: 'variant', variants }
  }
  return { verdict: 'different', variants: [] }
}

const REWRITES: { name: Variant; rewrite: (text: string) => string }[] = [
  { name: 'blanks at the end', rewrite: (text) => text.trimEnd() },
  {
    name: 'shown by the shell as Out[n]',
    rewrite: (text) => /^Out\[\d+\]: (['"])(.*)\1$/.exec(text)?.[2] ?? text,
  },
  {
    name: 'says where one arrives',
    rewrite: (text) => text.replace(/^You arrive at (?:loc \d+|[a-z]+ \d+)\. /, ''),
  },
  {
    name: 'no "and" before the last of a list',
    rewrite: (text) => relist(text, (items, isJoined) => (isJoined ? null : items)),
  },
  {
    name: 'no comma before "and"',
    rewrite: (text) => relist(text, (items, isJoined) => (isJoined ? items : null)),
  },
  { name: '"an" before a vowel', rewrite: (text) => text.replace(/\ban ([a-z]+ \d+)/g, 'a $1') },
]

/** Writes the list of things in the game's way again where `accept` takes its items. */
function relist(text: string, accept: (items: string[], isJoined: boolean) => string[] | null): string {
  const match = /^(.*you see )(an? [a-z]+ \d+(?:(?:, and |, | and )an? [a-z]+ \d+)+)\.$/.exec(text)
  if (!match) return text
  const items = accept(match[2]!.split(/, and |, | and /), / and an? [a-z]+ \d+$/.test(match[2]!))
  return items ? `${match[1]}${list(items)}.` : text
}

/** Lines that the program around the game wrote, not the game. */
const AROUND_THE_GAME: [string, RegExp][] = [
  ['how many steps are left', /^You have \d+ steps? left and \d+ chances? to propose solution left\.$/],
  ['the last step is near', /^You should take the last step to propose a solution\.$/],
  ['a program printed nothing', /^\[Executed Successfully with No Output\]$/],
]

/** The game's own lines of an answer, and the names of those that were left out. */
export function gameLines(answer: string): { lines: string[]; leftOut: string[] } {
  const lines: string[] = []
  const leftOut: string[] = []
  for (const line of answer.split('\n')) {
    const around = AROUND_THE_GAME.find(([, pattern]) => pattern.test(line.trim()))
    if (around) leftOut.push(around[0])
    else if (line.trim() !== '') lines.push(line)
  }
  return { lines, leftOut }
}
