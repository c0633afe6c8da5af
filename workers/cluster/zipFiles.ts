import { LabError } from '../errors.ts'
import { type Pull, sourceBytes } from '../trajectories/containers/pull.ts'
import { isZip } from '../trajectories/containers/signatures.ts'
import { readZip } from '../trajectories/containers/zip.ts'
import { type Budget, type ZipEntry, zipDirectory } from '../trajectories/containers/zipDirectory.ts'

/** What is opened of one archive at most. */
const BUDGET: Budget = { entries: 65_535, bytes: 4 * 2 ** 30 }

/** An archive whose directory has been read. */
export interface OpenedZip {
  /** Of the files in it; none for what is no zip. */
  paths: string[]
  /**
   * Unpacks some of them, outside the heap.
   *
   * @param wanted their paths
   * @throws LabError for a damaged archive, or one that unpacks to more than the lab takes
   */
  unpack(wanted: ReadonlySet<string>): Promise<Map<string, Blob>>
}

/** @throws LabError for a damaged one */
export async function openZip(zip: File): Promise<OpenedZip> {
  const head = new Uint8Array(await zip.slice(0, 16).arrayBuffer())
  const budget = { ...BUDGET }
  const entries = isZip(head) ? await pulled(zip, zipDirectory(zip.name, bytesOf(zip), budget)) : []
  return {
    paths: entries.map(({ path }) => path).filter((path) => !path.endsWith('/')),
    // Each time what is in it may take as much.
    unpack: (wanted) => unpack(zip, entries, wanted, { ...budget }),
  }
}

async function unpack(
  zip: File,
  entries: ZipEntry[],
  wanted: ReadonlySet<string>,
  budget: Budget,
): Promise<Map<string, Blob>> {
  const files = new Map<string, Blob>()
  let path = ''
  let parts: Blob[] = []
  const taker = {
    begin(entry: ZipEntry) {
      path = entry.path
      parts = []
      return wanted.has(path)
    },
    push: (part: Uint8Array) => void parts.push(new Blob([part as Uint8Array<ArrayBuffer>])),
    // biome-ignore lint/correctness/useYield: nothing has to be waited for.
    *end() {
      files.set(path, new Blob(parts))
    },
    fail(error: unknown) {
      throw error
    },
  }
  await pulled(zip, readZip(zip.name, bytesOf(zip), entries, taker, budget))
  for (const name of wanted) {
    if (!files.has(name)) throw new LabError('broken-record', `${zip.name} has no ${name} any more.`)
  }
  return files
}

function bytesOf(zip: Blob) {
  return sourceBytes(zip.size, (start, end) => zip.slice(start, end).arrayBuffer())
}

/** Answers what a reading asks for, to its end. */
async function pulled<T>(zip: Blob, pull: Pull<T>): Promise<T> {
  let step = pull.next()
  while (!step.done) {
    const wish = step.value
    if (wish instanceof Promise) step = pull.next(await wish)
    else step = pull.next(wish && new Uint8Array(await zip.slice(wish.start, wish.end).arrayBuffer()))
  }
  return step.value
}
