import { LabError, messageOf } from '../errors.ts'
import { isRecord } from '../isRecord.ts'
import { readStudentFolder, STUDENT_FOLDER_FILES } from '../models/folder.ts'
import type { MetricsLine } from '../objective/metrics.ts'
import { Pauses } from '../pauses.ts'
import { parseRecipe, type Recipe } from '../recipe.ts'
import { teacherTokenizer } from '../teacher/shelf.ts'
import { LARGEST_METRICS, MetricsReader } from '../training/metricsReading.ts'
import type { KeptStudent } from '../training/run.ts'
import { openZip } from './zipFiles.ts'

/** A run that was trained elsewhere, as its output folder holds it. */
export interface ReturnedRun {
  name: string
  recipe: Recipe
  metrics: MetricsLine[]
  /** Null where the folder holds none that the lab can run. */
  student: KeptStudent | null
  /** Why there is no student; a sentence. */
  note?: string
}

/** What a run's folder is recognised by. */
const METRICS = 'metrics.jsonl'
const READ = [METRICS, 'recipe.json', 'corrections.json', ...STUDENT_FOLDER_FILES]

/** Bytes of a JSON file at most, a tokenizer's included. */
const LARGEST_JSON = 64 * 2 ** 20
/** Bytes of weights: a browser's array holds about as much. */
const LARGEST_WEIGHTS = 2 ** 31 - 1
/** Bytes of metrics that are read at a time, and milliseconds of work between two pauses. */
const PART = 2 ** 20
const PATIENCE_MS = 20

/** Whether a zip holds the folder of a run. */
export async function holdsRun(zip: File): Promise<boolean> {
  const { paths } = await openZip(zip)
  return paths.some((path) => baseName(path) === METRICS)
}

/**
 * Reads a run's folder.
 *
 * @param name what to call it in messages and on the page
 * @param files its files, named without their folder; or one zip of it
 * @throws LabError naming the file that is missing, damaged or of another version
 */
export async function readReturnedRun(name: string, files: readonly File[]): Promise<ReturnedRun> {
  const [first] = files
  const members: Map<string, Blob> =
    files.length === 1 && first!.name !== METRICS
      ? await membersOf(first!)
      : new Map(files.map((file) => [file.name, file]))
  for (const needed of [METRICS, 'recipe.json']) {
    if (members.has(needed)) continue
    throw new LabError(
      'usage',
      `${name}: ${needed} is missing; take all files of the folder that the run was written to.`,
    )
  }
  const where = (file: string) => `${name}/${file}`
  const recipe = parseRecipe(await jsonOf(members, 'recipe.json', name), where('recipe.json'))
  const metrics = await metricsOf(members.get(METRICS)!, where(METRICS))
  const measured = metrics.findLast(({ split }) => split === 'held-out') ?? metrics.at(-1)
  const about = { name, recipe, metrics }
  if (!STUDENT_FOLDER_FILES.some((file) => members.has(file))) {
    return { ...about, student: null, note: 'It came without its student.' }
  }
  const config = members.has('config.json') ? await jsonOf(members, 'config.json', name) : undefined
  if (isRecord(config) && typeof config.model_type === 'string' && config.model_type !== 'gpt2') {
    const type = config.model_type.slice(0, 40)
    return { ...about, student: null, note: `Its student is a ${type}, which this page cannot run.` }
  }
  const contents = new Map<string, Uint8Array>()
  for (const file of STUDENT_FOLDER_FILES) {
    const blob = members.get(file)
    if (blob) contents.set(file, await bytesOf(blob, where(file), LARGEST_WEIGHTS))
  }
  const folder = readStudentFolder(contents, name)
  const tokenizer = teacherTokenizer(folder, name)
  const corrections = members.get('corrections.json')
  const student: KeptStudent = {
    recipe,
    config: folder.config,
    tokenizer,
    // Students are written where they are measured.
    checkpoint: { step: measured?.step ?? recipe.steps, parameters: folder.parameters },
    corrections: corrections && new TextDecoder().decode(await bytesOf(corrections, name, LARGEST_JSON)),
  }
  return { ...about, student }
}

/** The files of the one run that a zip holds. */
async function membersOf(zip: File): Promise<Map<string, Blob>> {
  const { paths, unpack } = await openZip(zip)
  const runs = paths.filter((path) => baseName(path) === METRICS)
  if (runs.length !== 1) {
    throw new LabError(
      'usage',
      runs.length === 0
        ? `${zip.name} holds no ${METRICS}: it is not of a run.`
        : `${zip.name} holds ${runs.length} runs: take one of them at a time.`,
    )
  }
  const folder = runs[0]!.slice(0, -METRICS.length)
  const wanted = READ.map((name) => folder + name).filter((path) => paths.includes(path))
  const files = await unpack(new Set(wanted))
  return new Map([...files].map(([path, blob]) => [baseName(path), blob]))
}

async function metricsOf(file: Blob, where: string): Promise<MetricsLine[]> {
  requireSize(file, where, LARGEST_METRICS)
  const reader = new MetricsReader(where)
  const decoder = new TextDecoder()
  const pauses = new Pauses(PATIENCE_MS)
  try {
    for (let at = 0; at < file.size; at += PART) {
      const part = await file.slice(at, at + PART).arrayBuffer()
      reader.push(decoder.decode(part, { stream: true }))
      if (pauses.due) await pauses.take()
    }
  } finally {
    pauses.close()
  }
  return reader.lines
}

async function jsonOf(members: ReadonlyMap<string, Blob>, file: string, name: string): Promise<unknown> {
  const where = `${name}/${file}`
  const bytes = await bytesOf(members.get(file)!, where, LARGEST_JSON)
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    throw new LabError('broken-record', `${where} is not valid JSON (${messageOf(error)}).`)
  }
}

async function bytesOf(blob: Blob, where: string, most: number): Promise<Uint8Array> {
  requireSize(blob, where, most)
  return new Uint8Array(await blob.arrayBuffer())
}

function requireSize({ size }: Blob, where: string, most: number): void {
  if (size <= most) return
  throw new LabError(
    'file-too-large',
    `${where} has ${Math.round(size / 2 ** 20)} MiB, more than the ${Math.round(most / 2 ** 20)} MiB that this page takes in.`,
  )
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
