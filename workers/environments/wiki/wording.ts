/** The sentences that the world answers with: those of ReAct's own environment (ysymyth/ReAct, wikienv.py). */
import { oneLine } from '../../oneLine.ts'

/** Titles that an answer lists, as in ReAct. */
export const SIMILAR_TITLES = 5
/** Sentences of a page that a search shows, as in ReAct. */
export const SHOWN_SENTENCES = 5
/** What is repeated of an action, in characters: an agent that writes thousands must not read them all again. */
const REPEATED = 200

/** For a lookup that has walked all sentences, or found none. */
export const NO_MORE_RESULTS = 'No more results.'
/** For a lookup before any page was found; ReAct answers as if there were a page without such a sentence. */
export const NO_PAGE_YET = 'There is no page to look in yet: Search for one first.'
/** For actions after the last. */
export const EPISODE_OVER = 'The episode is over.'
/** For a page without a sentence, which only an uploaded corpus can hold. */
export const EMPTY_PAGE = 'This page holds no text.'

/**
 * No page has that title.
 *
 * @param ambiguous it is the title of several pages but for what stands in brackets behind it; ReAct then searches for
 *   "[title]" and says so
 */
export function couldNotFind(title: string, similar: readonly string[], ambiguous: boolean): string {
  const name = clip(title)
  return `Could not find ${ambiguous ? `[${name}]` : name}. Similar: [${similar.map(pythonString).join(', ')}].`
}

/** The titles that a "Could not find" lists, in its order; null for any other sentence. */
export function similarTitles(observation: string): string[] | null {
  const list = /^Could not find .*?\. Similar: \[(.*)\]\.?$/s.exec(observation)?.[1]
  if (list === undefined) return null
  return [...list.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/gs)].map((match) =>
    (match[1] ?? match[2])!.replace(/\\(.)/gs, '$1'),
  )
}

/** @param number counted from 1 */
export function lookupResult(number: number, of: number, sentence: string): string {
  return `(Result ${number} / ${of}) ${sentence}`
}

export function invalidAction(action: string): string {
  return `Invalid action: ${clip(action)}`
}

/** @param reward null where nobody knows the answer */
export function episodeFinished(reward: number | null): string {
  return reward === null ? 'Episode finished.' : `Episode finished, reward = ${reward}`
}

/** As Python prints a string in a list: in double quotes where it holds an apostrophe and no double quote. */
function pythonString(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\')
  if (escaped.includes("'") && !escaped.includes('"')) return `"${escaped}"`
  return `'${escaped.replaceAll("'", "\\'")}'`
}

function clip(text: string): string {
  const line = oneLine(text)
  return line.length > REPEATED ? `${line.slice(0, REPEATED).toWellFormed()}…` : line
}
