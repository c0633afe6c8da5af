import { closeSync, fstatSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { LabError, messageOf } from '../workers/errors.ts'
import type { RandomFile } from '../workers/teacher/captureFormat.ts'
import { userPath } from './files.ts'

/**
 * A file that is read and written where it lies, not as a whole.
 *
 * @param flags as of `fs.open`: `r`, or `w+` for a new one
 * @param name what to call it in messages
 * @throws LabError `usage` naming it
 */
export function fileOnDisk(path: string, flags: 'r' | 'w+', name = path): RandomFile {
  const file = told(name, flags === 'r' ? 'read' : 'written', () => openSync(userPath(path), flags))
  return {
    read: (into, { at }) => readSync(file, into, 0, into.length, at),
    write: (from, { at }) => writeSync(file, from, 0, from.length, at),
    getSize: () => fstatSync(file).size,
    close: () => closeSync(file),
  }
}

/**
 * A file that is there whole or not at all: it is written beside and then put in place, so that what ends too early leaves
 * the file before.
 *
 * @throws LabError `usage` where it cannot be written; whatever `write` throws
 */
export async function writeWhole<T>(path: string, write: (file: RandomFile) => Promise<T>): Promise<T> {
  const part = `${path}.part`
  const file = fileOnDisk(part, 'w+', path)
  let open = true
  try {
    const result = await write(file)
    open = false
    file.close()
    told(path, 'written', () => renameSync(userPath(part), userPath(path)))
    return result
  } catch (error) {
    if (open) file.close()
    rmSync(userPath(part), { force: true })
    throw error
  }
}

/** Puts bytes behind those that a file has. @throws LabError `usage` */
export function append(file: RandomFile, piece: Uint8Array, path: string): void {
  for (let at = 0; at < piece.length; ) {
    at += told(path, 'written', () => file.write(piece.subarray(at), { at: file.getSize() }))
  }
}

function told<T>(path: string, what: 'read' | 'written', work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new LabError('usage', `${path} cannot be ${what}: ${messageOf(error)}.`)
  }
}
