import { oneLine } from '../../oneLine.ts'
import type { Page } from './library.ts'
import { type Records, readRecords, shown, textOf, Wrong } from './records.ts'

/** Unicode's sentence borders (UAX 29), which every engine of ours knows. */
const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' })

/**
 * Reads pages: one `{"title": …, "text": …}` per line, or a JSON list of them; `text` may be a list of sentences.
 *
 * @param name the file's name, as the person knows it
 * @throws LabError where not one page can be read
 */
export function readPages(name: string, text: string): Records<Page> {
  const titles = new Set<string>()
  return readRecords(name, text, 'page', (record) => pageOf(record, titles))
}

/** A question that was brought with pages, or without. */
export interface BareQuestion {
  question: string
  answer: string
  /** Which kind it is, by its owner's own words. */
  type: string
}

/** As `readPages`, with `{"question": …, "answer": …}` among the pages; a `type` of its own if its owner likes. */
export function readPagesAndQuestions(name: string, text: string): Records<Page | BareQuestion> {
  const titles = new Set<string>()
  return readRecords(name, text, 'page', (record) =>
    'question' in record
      ? {
          question: textOf(record, 'question'),
          answer: textOf(record, 'answer'),
          type: record.type === undefined ? 'question' : textOf(record, 'type'),
        }
      : pageOf(record, titles),
  )
}

/** @param titles of the pages before it, in lower case */
function pageOf(record: Record<string, unknown>, titles: Set<string>): Page {
  const title = textOf(record, 'title')
  if (titles.has(title.toLowerCase())) throw new Wrong(`there is a page "${title}" before it`)
  titles.add(title.toLowerCase())
  return { title, sentences: sentencesOf(record.text) }
}

function sentencesOf(text: unknown): string[] {
  if (typeof text === 'string')
    return Array.from(SENTENCES.segment(text), ({ segment }) => oneLine(segment)).filter(Boolean)
  if (!Array.isArray(text) || text.some((sentence) => typeof sentence !== 'string')) {
    throw new Wrong(`"text" must be text or a list of sentences (it is ${shown(text)})`)
  }
  return (text as string[]).map(oneLine).filter(Boolean)
}
