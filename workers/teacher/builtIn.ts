import { z } from 'zod'
import { LabError, messageOf } from '../errors.ts'
import { readStudentFolder, STUDENT_FOLDER_FILES, type StudentFolder } from '../models/folder.ts'

// The page's policy forbids the code that zod would compile otherwise.
z.config({ jitless: true })

/** What a recipe's teacher.source begins with where it names a teacher that comes with the lab. */
const PREFIX = 'built-in:'

/** No teacher that ships is larger, all its files together. */
const MOST_BYTES = 64 * 2 ** 20

/** A teacher that comes with the lab. */
export interface BuiltInTeacher {
  name: string
  environment: 'household' | 'wiki' | 'shop'
  title: string
  about: string
  parameters: number
  /** Of its files. */
  bytes: number
  /** Share of unseen test tasks of its world that it solves by itself. */
  success: { mean: number; low: number; high: number; episodes: number }
}

const Index: z.ZodType<BuiltInTeacher[]> = z.array(
  z.object({
    name: z.string(),
    environment: z.enum(['household', 'wiki', 'shop']),
    title: z.string(),
    about: z.string(),
    parameters: z.number(),
    bytes: z.number(),
    success: z.object({ mean: z.number(), low: z.number(), high: z.number(), episodes: z.number() }),
  }),
)

/** A part of the program, so that no request is made to know which there are. It may be missing. */
const indexes = import.meta.glob<unknown>('../../public/teachers/index.json', {
  eager: true,
  import: 'default',
})

/** The teachers that come with the lab; those of `index` where it is given. */
export function builtInTeachers(index: unknown = Object.values(indexes)[0] ?? []): BuiltInTeacher[] {
  return Index.parse(index)
}

/** What recipes and the shelf of teachers call one: "built-in:household". */
export function builtInSource(name: string): string {
  return PREFIX + name
}

/** The name behind "built-in:"; null where a source names another kind of teacher. */
export function builtInName(source: string): string | null {
  return source.startsWith(PREFIX) ? source.slice(PREFIX.length) : null
}

/** What there is to say of a name that none has. */
export function noSuchTeacher(name: string, known = builtInTeachers()): LabError {
  const others = known.map((one) => one.name).join(', ')
  return new LabError(
    'invalid-teacher',
    `There is no built-in teacher "${name}"${others ? `, only ${others}` : ': this copy of the lab comes without any'}.`,
  )
}

/**
 * Fetches one from where the page is from, because a person asked for it.
 *
 * @param onProgress hears how much of it has come, in bytes
 * @param known those that there are
 * @param page the page's folder
 * @throws LabError `invalid-teacher` for a name that none has, `fetch-failed` naming the file, or as `readStudentFolder`
 */
export async function fetchBuiltInTeacher(
  name: string,
  onProgress: (bytesDone: number, bytesTotal: number) => void = () => {},
  known = builtInTeachers(),
  page = pageFolder(),
): Promise<StudentFolder> {
  const teacher = known.find((one) => one.name === name)
  if (!teacher) throw noSuchTeacher(name, known)
  const files = new Map<string, Uint8Array>()
  let done = 0
  for (const file of STUDENT_FOLDER_FILES) {
    const content = await fetchFile(new URL(`teachers/${name}/${file}`, page), MOST_BYTES - done, (bytes) => {
      done += bytes
      onProgress(done, Math.max(done, teacher.bytes))
    })
    files.set(file, content)
  }
  return readStudentFolder(files, builtInSource(name))
}

/** The worker's program lies in a folder of the page's own, when it is built as while it is developed. */
function pageFolder(): string {
  return new URL('..', globalThis.location.href).href
}

/** @param most bytes at most @param came hears of each part that has come, in bytes */
async function fetchFile(url: URL, most: number, came: (bytes: number) => void): Promise<Uint8Array> {
  const fail = (what: string) =>
    new LabError(
      'fetch-failed',
      `${url.pathname} could not be fetched: ${what}. Connect to where this page is from, and try again.`,
    )
  const response = await fetch(url, { credentials: 'omit' }).catch((error) => {
    throw fail(messageOf(error))
  })
  if (!response.ok) throw fail(`the host answered ${`${response.status} ${response.statusText}`.trim()}`)
  const parts: Uint8Array<ArrayBuffer>[] = []
  let bytes = 0
  const reader = response.body!.getReader()
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      throw fail(`the transfer broke off (${messageOf(error)})`)
    })
    if (done) break
    bytes += value.length
    if (bytes > most) {
      await reader.cancel()
      throw fail(`there is more of it than the ${MOST_BYTES / 2 ** 20} MB that a built-in teacher may have`)
    }
    parts.push(value)
    came(value.length)
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}
