/**
 * WebShop's own item files (github.com/princeton-nlp/WebShop, `engine.load_products`): a list of items, attributes and
 * synthetic instructions by asin (`items_ins_v2.json`), human instructions by asin (`items_human_ins.json`).
 */
import { z } from 'zod'
import { LabError } from '../../errors.ts'
import { isRecord } from '../../isRecord.ts'
import { describeIssues, issuesOf } from '../../issues.ts'
import type { Good } from './good.ts'
import { idOf, readItem } from './itemGoods.ts'

// The page's policy forbids the code that zod would compile otherwise.
z.config({ jitless: true })

/** What somebody wants, before a price limit is drawn. */
export interface Instruction {
  text: string
  attributes: string[]
  /** Null where every option of the good is to be asked for, as WebShop's synthetic instructions do. */
  options: string[] | null
}

/** What item files hold. */
export interface Items {
  goods: Good[]
  instructions: Map<string, Instruction[]>
  /** What was wrong with single items, a sentence each, with what became of them; the first hundred. */
  problems: string[]
}

export interface ItemFile {
  name: string
  text: string
}

const MOST_PROBLEMS = 100

const words = z.string().nullish()
const strings = z.array(z.string())
const attributesSchema = z.object({
  attributes: strings.nullish(),
  instruction: words,
  instruction_attributes: strings.nullish(),
})
const humanSchema = z.array(
  z.object({
    instruction: z.string(),
    instruction_attributes: strings,
    instruction_options: z
      .custom<Record<string, string> | string[]>(
        (value) =>
          typeof value === 'object' &&
          value !== null &&
          Object.values(value).every((one) => typeof one === 'string'),
        'must be a list of values',
      )
      .optional(),
  }),
)

/**
 * Reads item files in any order; which is which is told by their shape. A single item that is wrong becomes a problem.
 *
 * @throws LabError `broken-record` where a file is no such file at all, or where there are no items
 */
export function readItems(files: readonly ItemFile[]): Items {
  const report = new Report()
  const lists: { file: string; items: unknown[] }[] = []
  const tables: { file: string; table: Record<string, unknown> }[] = []
  for (const { name, text } of files) {
    const value = parse(name, text)
    if (Array.isArray(value)) lists.push({ file: name, items: value })
    else if (isRecord(value)) tables.push({ file: name, table: value })
    else {
      throw new LabError(
        'broken-record',
        `${name} is no WebShop file: it should hold a list of items, or attributes or instructions by asin.`,
      )
    }
  }
  const attributes = new Map<string, string[]>()
  const synthetic = new Map<string, Instruction[]>()
  const human = new Map<string, Instruction[]>()
  for (const { file, table } of tables) readTable(file, table, attributes, synthetic, human, report)
  const goods = new Map<string, Good>()
  for (const { file, items } of lists) {
    for (const [i, item] of items.entries()) {
      // Some copies of the files carry what else is said of an item in the item itself.
      if (isRecord(item) && typeof item.asin === 'string') {
        const { asin, instructions } = item
        if (Array.isArray(instructions))
          readTable(file, { [asin]: instructions }, attributes, synthetic, human, report)
        if ('attributes' in item) readTable(file, { [asin]: item }, attributes, synthetic, human, report)
      }
      const good = readItem(item, `${file}: item ${i + 1}`, attributes, (problem) => report.add(problem))
      if (good && !goods.has(good.id)) goods.set(good.id, good)
    }
  }
  if (goods.size === 0) {
    throw new LabError(
      'broken-record',
      `There are no items in ${files.map(({ name }) => name).join(', ')}: WebShop's items_shuffle.json is a list of objects with asin, name and pricing.${report.first}`,
    )
  }
  // WebShop plays either; where people have written instructions, those.
  return {
    goods: [...goods.values()],
    instructions: human.size > 0 ? human : synthetic,
    problems: report.all,
  }
}

class Report {
  private readonly sentences: string[] = []
  private more = 0

  add(sentence: string): void {
    if (this.sentences.length < MOST_PROBLEMS) this.sentences.push(sentence)
    else this.more++
  }

  get first(): string {
    return this.sentences.length > 0 ? ` ${this.sentences[0]}` : ''
  }

  get all(): string[] {
    return this.more > 0 ? [...this.sentences, `… and ${this.more} more.`] : this.sentences
  }
}

function parse(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new LabError(
      'broken-record',
      `${name} is not JSON, or it was cut off; WebShop's item files are JSON.`,
    )
  }
}

function readTable(
  file: string,
  table: Record<string, unknown>,
  attributes: Map<string, string[]>,
  synthetic: Map<string, Instruction[]>,
  human: Map<string, Instruction[]>,
  report: Report,
): void {
  for (const [key, value] of Object.entries(table)) {
    const asin = idOf(key)
    const at = `${file}: what is said of ${asin}`
    if (Array.isArray(value)) {
      const read = humanSchema.safeParse(value)
      if (!read.success) {
        report.add(`${at} is left out: ${describeIssues(issuesOf(read.error, value), 'it')}.`)
        continue
      }
      // WebShop passes over instructions without attributes.
      const asked = read.data.filter((one) => one.instruction_attributes.length > 0)
      const instructions = asked.map((one) => {
        return {
          text: one.instruction,
          attributes: one.instruction_attributes,
          options: Object.values(one.instruction_options ?? []),
        }
      })
      if (instructions.length > 0) human.set(asin, instructions)
      continue
    }
    const read = attributesSchema.safeParse(value)
    if (!read.success) {
      report.add(`${at} is left out: ${describeIssues(issuesOf(read.error, value), 'it')}.`)
      continue
    }
    const { attributes: own, instruction, instruction_attributes: wanted } = read.data
    if (own) attributes.set(asin, own)
    if (instruction && wanted && wanted.length > 0) {
      synthetic.set(asin, [{ text: instruction, attributes: wanted, options: null }])
    }
  }
}
