/** HotpotQA's distractor files (Yang et al. 2018, arXiv 1809.09600): questions, each with ten paragraphs. */
import { oneLine } from '../../oneLine.ts'
import type { Page } from './library.ts'
import { type Records, readRecords, shown, textOf, Wrong } from './records.ts'

export interface HotpotQuestion {
  id: string
  question: string
  answer: string
  /** `bridge` or `comparison`. */
  type: string
  pages: Page[]
  /** Sentences that the answer takes, with the page they stand on; those that the file names wrongly are left out. */
  supporting: { title: string; sentence: string }[]
}

/**
 * Reads a distractor file: a JSON list, or one question per line. Questions that are not as they should be are left out
 * and told.
 *
 * @param name the file's name, as the person knows it
 * @throws LabError where not one question can be read
 */
export function readHotpot(name: string, text: string): Records<HotpotQuestion> {
  return readRecords(name, text, 'question', (record, number) => {
    const pages = contextOf(record.context)
    return {
      id: String(record._id ?? record.id ?? number),
      question: textOf(record, 'question'),
      answer: textOf(record, 'answer'),
      type: record.type === undefined ? 'bridge' : textOf(record, 'type'),
      pages: pages.map(({ title, sentences }) => ({ title, sentences: sentences.filter(Boolean) })),
      supporting: supportingOf(record.supporting_facts, pages),
    }
  })
}

function contextOf(context: unknown): Page[] {
  if (!Array.isArray(context) || context.length === 0) {
    throw new Wrong(`"context" must be a list of [title, [sentences]] (it is ${shown(context)})`)
  }
  return context.map((paragraph: unknown, i) => {
    const where = `paragraph ${i + 1} of "context"`
    if (!Array.isArray(paragraph) || paragraph.length !== 2) {
      throw new Wrong(`${where} must be [title, [sentences]] (it is ${shown(paragraph)})`)
    }
    const [title, sentences] = paragraph as [unknown, unknown]
    if (typeof title !== 'string' || oneLine(title) === '') {
      throw new Wrong(`the title of ${where} must be text (it is ${shown(title)})`)
    }
    if (!Array.isArray(sentences)) {
      throw new Wrong(`the sentences of ${where} must be a list (it is ${shown(sentences)})`)
    }
    const other = sentences.find((sentence) => typeof sentence !== 'string')
    if (other !== undefined) throw new Wrong(`a sentence of ${where} must be text (it is ${shown(other)})`)
    return { title: oneLine(title), sentences: (sentences as string[]).map(oneLine) }
  })
}

function supportingOf(facts: unknown, pages: readonly Page[]): HotpotQuestion['supporting'] {
  if (facts === undefined) return []
  if (!Array.isArray(facts)) throw new Wrong(`"supporting_facts" must be a list (it is ${shown(facts)})`)
  return facts.flatMap((fact: unknown) => {
    const [title, number] = Array.isArray(fact) ? (fact as unknown[]) : []
    if (typeof title !== 'string' || typeof number !== 'number') {
      throw new Wrong(`each of "supporting_facts" must be [title, number] (one is ${shown(fact)})`)
    }
    const page = pages.find((page) => page.title === oneLine(title))
    const sentence = page?.sentences[number]
    return page && sentence ? { title: page.title, sentence } : []
  })
}
