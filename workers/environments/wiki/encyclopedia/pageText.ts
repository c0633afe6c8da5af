import type { Random } from '../../../random.ts'
import type { Page } from '../library.ts'
import { type Entry, valueText } from './entry.ts'
import { OPENINGS, relationsOf } from './relations.ts'

/** The page of an entry: its opening, then its other facts in any order, each in one of its wordings. */
export function writePage(entry: Entry, random: Random): Page {
  const opening: string[] = []
  const others: string[] = []
  if (OPENINGS[entry.kind]) opening.push(fill(OPENINGS[entry.kind]!, entry.name, ''))
  for (const relation of relationsOf(entry.kind)) {
    const value = entry.facts.get(relation.id)
    if (value === undefined) continue
    const [sentence] = random.pick(relation.says)
    const subject = relation.opens ? entry.name : shortName(entry)
    const said = fill(sentence, subject, valueText(value))
    if (relation.opens) opening.push(said)
    else others.push(said)
  }
  return { title: entry.title, sentences: [...opening, ...random.shuffle(others)] }
}

/** What a page calls its subject behind the first sentence: people by their last name. */
function shortName({ kind, name }: Entry): string {
  return kind === 'person' ? name.slice(name.lastIndexOf(' ') + 1) : name
}

function fill(sentence: string, subject: string, value: string): string {
  return sentence.replace('{S}', () => subject).replace('{V}', () => value)
}
