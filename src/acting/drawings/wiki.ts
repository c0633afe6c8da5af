import type { WikiView } from '../../../workers/protocol.ts'

/** Sentences of a page that follow each other and were all shown, or all not. */
export interface Stretch {
  /** Place of the first sentence, counted from 0. */
  from: number
  sentences: string[]
  seen: boolean
}

/** The sentences of a page in stretches, by whether a search or a lookup has shown them. */
export function stretchesOf({ sentences, shown, found }: NonNullable<WikiView['page']>): Stretch[] {
  const lookedUp = new Set(found)
  const stretches: Stretch[] = []
  for (const [place, sentence] of sentences.entries()) {
    const seen = place < shown || lookedUp.has(place)
    const last = stretches.at(-1)
    if (last?.seen === seen) last.sentences.push(sentence)
    else stretches.push({ from: place, sentences: [sentence], seen })
  }
  return stretches
}

/** A part of a sentence, and whether it is the word that was looked up. */
export interface Part {
  text: string
  marked: boolean
}

/** Cuts a sentence at every place where it has the word, in whatever case. */
export function markedParts(sentence: string, word: string): Part[] {
  const [text, sought] = [sentence.toLowerCase(), word.toLowerCase()]
  // A few letters are longer in lower case; places in the one are none in the other then.
  if (sought === '' || text.length !== sentence.length) return [{ text: sentence, marked: false }]
  const parts: Part[] = []
  let at = 0
  for (let next = text.indexOf(sought); next >= 0; next = text.indexOf(sought, at)) {
    if (next > at) parts.push({ text: sentence.slice(at, next), marked: false })
    at = next + sought.length
    parts.push({ text: sentence.slice(next, at), marked: true })
  }
  if (at < sentence.length) parts.push({ text: sentence.slice(at), marked: false })
  return parts
}

/** What the last lookup found, in words. */
export function lookupInWords({ word, sentence }: NonNullable<WikiView['lookup']>): string {
  return sentence === null
    ? `Lookup of “${word}”: no more results.`
    : `Lookup of “${word}”: sentence ${sentence + 1}.`
}
