import { openZip } from '../../cluster/zipFiles.ts'
import { ZipStream } from '../../cluster/zipStream.ts'
import { LabError } from '../../errors.ts'
import { gatheredBlob } from '../../library/gatheredBlob.ts'
import { Pauses } from '../../pauses.ts'
import type { StudyFiles } from './studyFiles.ts'

/** What a study's folder is recognised by. */
export const STUDY_FILE = 'study.json'
/** What else belongs to one: what was played in its worlds, and its cells. */
const PARTS = /^(worlds|cells)\/[^/]+\/[^/]+\.jsonl?$/

/** Characters of one file at most: far more than a thousand episodes take. */
const LARGEST_FILE = 256 * 2 ** 20
/** Milliseconds of work between two pauses. */
const PATIENCE_MS = 20

/** A study's folder as a zip; unpacked, `lab study` goes on with it. */
export async function packStudy(name: string, files: StudyFiles): Promise<Blob> {
  const { sink, blob } = gatheredBlob('application/zip')
  const pauses = new Pauses(PATIENCE_MS)
  try {
    const zip = new ZipStream(sink, () => (pauses.due ? pauses.take() : undefined))
    for (const path of (await files.paths()).sort()) {
      const text = await files.read(path)
      if (text !== null) await zip.add(`${name}/${path}`, [new TextEncoder().encode(text)], true)
    }
    await zip.end()
    return blob()
  } finally {
    pauses.close()
  }
}

/**
 * The files of the one study that a zip holds, by their paths in its folder; `STUDY_FILE` is among them.
 *
 * @throws LabError for a zip of something else, or a damaged one
 */
export async function unpackStudy(zip: File): Promise<Map<string, string>> {
  const { paths, unpack } = await openZip(zip)
  const studies = paths.filter((path) => baseName(path) === STUDY_FILE)
  if (studies.length !== 1) {
    throw new LabError(
      'usage',
      studies.length === 0
        ? `${zip.name} holds no ${STUDY_FILE}: it is not the folder of a study.`
        : `${zip.name} holds ${studies.length} studies: take one of them at a time.`,
    )
  }
  const folder = studies[0]!.slice(0, -STUDY_FILE.length)
  const wanted = paths.filter((path) => {
    const inside = path.startsWith(folder) ? path.slice(folder.length) : ''
    return inside === STUDY_FILE || PARTS.test(inside)
  })
  const files = new Map<string, string>()
  for (const [path, blob] of await unpack(new Set(wanted))) {
    if (blob.size > LARGEST_FILE) {
      throw new LabError(
        'file-too-large',
        `${zip.name}: ${path} has ${Math.round(blob.size / 2 ** 20)} MiB, more than the ${LARGEST_FILE / 2 ** 20} MiB that a file of a study may have.`,
      )
    }
    files.set(path.slice(folder.length), await blob.text())
  }
  return files
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
