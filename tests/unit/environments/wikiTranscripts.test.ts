import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Library } from '../../../workers/environments/wiki/library.ts'
import { WikiPlay } from '../../../workers/environments/wiki/play.ts'
import {
  couldNotFind,
  episodeFinished,
  invalidAction,
  NO_MORE_RESULTS,
  NO_PAGE_YET,
  similarTitles,
} from '../../../workers/environments/wiki/wording.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'

/** Transcripts that public repositories recorded; they lie beside the checkout, not in it. */
const FOLDER = fileURLToPath(new URL('../../../../shared/trajectories/', import.meta.url))
const here = existsSync(FOLDER)

/** Every action with its answer, in order, by episode. */
function episodesOf(path: string): { action: string; observation: string }[][] {
  return readTrajectories(path, readFileSync(FOLDER + path)).trajectories.map(({ text, spans }) =>
    spans.flatMap((span, i) => {
      const next = spans[i + 1]
      if (span.kind !== 'act' || next?.kind !== 'observation') return []
      const action = text.slice(span.contentStart, span.contentEnd)
      return { action, observation: text.slice(next.contentStart, next.contentEnd).replaceAll('\n', ' ') }
    }),
  )
}

/** A form of answer, and the same answer as this world writes it; null where the form is another. */
const FORMS: Record<string, (observation: string, action: string, searched: boolean) => string | null> = {
  'Could not find': (observation) => {
    const titles = similarTitles(observation)
    if (titles === null) return null
    const name = observation.slice('Could not find '.length, observation.indexOf('. Similar: ['))
    const ambiguous = name.startsWith('[') && name.endsWith(']')
    return couldNotFind(ambiguous ? name.slice(1, -1) : name, titles, ambiguous)
  },
  Result: (observation, action) => {
    const [, number, of, sentence] = /^\(Result (\d+) ?\/ ?(\d+)\) (.*)$/.exec(observation) ?? []
    const word = /^lookup\[(.*)\]$/i.exec(action)?.[1]
    if (!number || !word) return null
    // A page that holds that sentence at that place among as many that hold the word.
    const sentences = Array.from({ length: Number(of) }, (_, i) => `${word} ${i}`)
    sentences[Number(number) - 1] = sentence!.toLowerCase().includes(word.toLowerCase())
      ? sentence!
      : `${sentence} ${word}`
    return lookUp(sentences, word, Number(number))
  },
  'No more results': (observation, action, searched) => {
    const word = /^lookup\[(.*)\]$/i.exec(action)?.[1]
    if (!observation.startsWith('No more results') || !word) return null
    return searched ? lookUp([''], word, 1) : new WikiPlay(new Library([]), '', null).act(action).observation
  },
  Invalid: (observation) =>
    observation.startsWith('Invalid action: ')
      ? invalidAction(observation.slice('Invalid action: '.length))
      : null,
  Finished: (observation) => {
    const reward = /^Episode finished, reward = (\d)$/.exec(observation)?.[1]
    return reward === undefined ? null : episodeFinished(Number(reward))
  },
}

function lookUp(sentences: string[], word: string, times: number): string {
  const play = new WikiPlay(new Library([{ title: 'page', sentences }]), '', null)
  play.act('Search[page]')
  let observation = ''
  for (let i = 0; i < times; i++) observation = play.act(`Lookup[${word}]`).observation
  return observation
}

/** Answers that this world writes otherwise on purpose, and how the transcripts write them. */
const VARIANTS: [name: string, rewrite: (written: string) => string][] = [
  ['without the last full stop', (written) => written.replace(/\.$/, '')],
  ['without blanks around the slash', (written) => written.replace(/^\(Result (\d+) \/ /, '(Result $1/')],
  ['no page yet', (written) => (written === NO_PAGE_YET ? NO_MORE_RESULTS : written)],
]

/** How many answers of each form there are, and how many of them this world writes the same to the letter. */
function compare(path: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const episode of episodesOf(path)) {
    let searched = false
    for (const { action, observation } of episode) {
      for (const [form, write] of Object.entries(FORMS)) {
        const written = write(observation, action, searched)
        if (written === null) continue
        const variant = VARIANTS.find(([, rewrite]) => rewrite(written) === observation)?.[0]
        const how =
          written === observation ? 'the same' : (variant ?? `otherwise: ${observation} / ${written}`)
        const key = `${form}: ${how}`
        counts[key] = (counts[key] ?? 0) + 1
      }
      if (/^search\[/i.test(action) && !observation.startsWith('Could not find')) searched = true
    }
  }
  return counts
}

describe.skipIf(!here)(
  `wording of recorded transcripts${here ? '' : ' (skipped: ../shared/trajectories is not here)'}`,
  () => {
    it('is ReAct’s own in its prompts', () => {
      expect(compare('ysymyth-ReAct/prompts_naive.json')).toEqual({
        'Could not find: the same': 4,
        'Result: the same': 7,
        'No more results: the same': 1,
      })
    })

    it('is ReAct’s own in its FEVER run, but for lookups without a page', () => {
      expect(compare('ysymyth-ReAct/fever_run_stdout.txt')).toEqual({
        'Could not find: the same': 9,
        'No more results: the same': 4,
        'No more results: no page yet': 13,
        'Invalid: the same': 5,
        'Finished: the same': 59,
      })
    })

    it('differs from Reflexion’s by a full stop and two blanks', () => {
      expect(compare('noahshinn-reflexion/hotpotqa_base_react_thought_log.txt')).toEqual({
        'Could not find: without the last full stop': 98,
        'Result: without blanks around the slash': 5,
      })
    })
  },
)
