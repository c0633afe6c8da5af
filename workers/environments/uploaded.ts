/** Worlds on files of a person's own, told by their content: the page and the command line open them through this door. */
import { LabError } from '../errors.ts'
import type { Environment, Episode } from './environment.ts'
import { type FileKind, fileKind } from './fileKind.ts'
import type { HotpotQuestion } from './wiki/hotpot.ts'
import type { Page } from './wiki/library.ts'

export interface WorldFile {
  name: string
  text: string
}

/** The worlds that files can be made into. */
export const UPLOADED_ENVIRONMENTS = ['wiki', 'shop'] as const
export type UploadedEnvironment = (typeof UPLOADED_ENVIRONMENTS)[number]

/** What each of them is programmed by. */
export const UPLOADED_PROGRAMS = {
  wiki: () =>
    Promise.all([
      import('./wiki/hotpot.ts'),
      import('./wiki/pages.ts'),
      import('./wiki/library.ts'),
      import('./wiki/uploaded.ts'),
    ]),
  shop: () => import('./shop/itemsShop.ts'),
} satisfies Record<UploadedEnvironment, () => Promise<unknown>>

export interface UploadedWorld {
  environment: Environment
  /** What it is made of; a sentence. */
  about: string
  /** Asks what a person has typed; null where tasks are drawn from the files. @param answer null where nobody knows */
  ask: ((question: string, answer: string | null) => Episode) | null
  /** Whether its expert can play all of its tasks: of questions it is guided by the sentences that support the answer. */
  hasExpert: boolean
  /** What was wrong with single records, and what became of them; sentences. */
  problems: string[]
}

const EXPECTED =
  'HotpotQA’s distractor JSON (question, answer, context), JSON lines of title and text, or WebShop’s item files (asin, name, pricing)'

/**
 * Opens a world on files that belong together.
 *
 * @param kind where the person knows it, and the files may not tell
 * @throws LabError `usage` without files, `empty-file` or `broken-record` naming the file and what is wrong with it,
 *   `no-trajectory` where there are too few questions
 */
export async function openWorld(
  files: readonly WorldFile[],
  kind?: UploadedEnvironment,
): Promise<UploadedWorld> {
  if (files.length === 0) throw new LabError('usage', `Name the files of a world: ${EXPECTED}.`)
  const read = files.map(({ name, text }) => {
    const plain = text.replace(/^\uFEFF/, '')
    return { name, text: plain, kind: kindOf(name, plain, kind) }
  })
  const items = read.find(({ kind }) => kind === 'items')
  const others = read.filter(({ kind }) => kind !== 'items')
  if (items && others.length > 0) {
    throw new LabError(
      'broken-record',
      `${items.name} holds goods of a shop and ${others[0]!.name} does not: open them as two worlds.`,
    )
  }
  return items ? openShop(read) : openWiki(others)
}

/** What a file holds, and where it does not say, what it should hold. */
function kindOf(name: string, text: string, wanted: UploadedEnvironment | undefined): FileKind {
  const kind = fileKind(name, text)
  if (kind === null) {
    if (wanted) return wanted === 'shop' ? 'items' : 'questions'
    throw new LabError('broken-record', `${name} is none of the files that a world is made of: ${EXPECTED}.`)
  }
  if (wanted !== undefined && (kind === 'items') !== (wanted === 'shop')) {
    const found = kind === 'items' ? 'goods of a shop' : 'questions or pages of a wiki'
    throw new LabError('broken-record', `${name} holds ${found}, which make no ${wanted}.`)
  }
  return kind
}

async function openShop(files: readonly WorldFile[]): Promise<UploadedWorld> {
  const { itemsShop } = await UPLOADED_PROGRAMS.shop()
  const { shop, goods, wanted, problems } = await itemsShop(files)
  const about = `${counted(goods, 'item')} on sale, of which ${wanted} ${wanted === 1 ? 'is' : 'are'} asked for.`
  return { environment: shop, about, ask: null, hasExpert: true, problems }
}

async function openWiki(files: readonly (WorldFile & { kind: FileKind })[]): Promise<UploadedWorld> {
  const [{ readHotpot }, { readPagesAndQuestions }, { Library }, wiki] = await UPLOADED_PROGRAMS.wiki()
  const questions: HotpotQuestion[] = []
  const pages: Page[] = []
  const problems: string[] = []
  for (const { name, text, kind } of files) {
    if (kind === 'questions') {
      const read = readHotpot(name, text)
      for (const question of read.records) questions.push(question)
      problems.push(...read.problems)
      continue
    }
    const read = readPagesAndQuestions(name, text)
    problems.push(...read.problems)
    for (const record of read.records) {
      if ('title' in record) pages.push(record)
      else questions.push({ ...record, id: `${name} ${questions.length + 1}`, pages: [], supporting: [] })
    }
  }
  const names = files.map(({ name }) => name).join(', ')
  const titles = [...questions.flatMap(({ pages }) => pages), ...pages].map(({ title }) =>
    title.toLowerCase(),
  )
  const count = counted(new Set(titles).size, 'page')
  if (titles.length === 0) {
    throw new LabError(
      'broken-record',
      `${names} holds questions and no pages to search: add lines of title and text, or a "context" to each question.`,
    )
  }
  const title = `Wiki (${names})`
  if (questions.length === 0) {
    const library = new Library(pages)
    await library.prepare()
    return {
      environment: wiki.createPagesWiki(title),
      about: `${count} and no questions: type your own.`,
      ask: (question, answer) => wiki.askLibrary(library, question, answer),
      hasExpert: false,
      problems,
    }
  }
  const environment = wiki.createHotpotWiki(questions, { pages, title })
  await environment.prepare()
  return {
    environment,
    about: `${counted(questions.length, 'question')} over ${count}.`,
    ask: null,
    hasExpert: questions.every(({ supporting }) => supporting.length > 0),
    problems,
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
