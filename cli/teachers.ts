import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FILES } from '../workers/contradictions.ts'
import { LabError, messageOf } from '../workers/errors.ts'
import { readStudentFolder, type StudentFolder } from '../workers/models/folder.ts'
import type { Recipe } from '../workers/recipe.ts'
import { Capture } from '../workers/teacher/capture.ts'
import type { RandomFile } from '../workers/teacher/captureFormat.ts'
import { userPath } from './files.ts'

/** What a recipe's teacher is made of, by the paths that it names. */
export async function readTeacher({
  teacher,
}: Recipe): Promise<{ teacher: StudentFolder | null; capture: Capture | null }> {
  return {
    teacher: teacher.kind === 'model' ? await readFolder(teacher.source) : null,
    capture:
      teacher.kind === 'stored' && teacher.source !== FILES
        ? Capture.open(fileOnDisk(teacher.source, 'r'), teacher.source)
        : null,
  }
}

/** @throws LabError `invalid-student` naming what is missing or wrong */
export async function readFolder(path: string): Promise<StudentFolder> {
  const files = new Map<string, Uint8Array>()
  for (const name of ['model.safetensors', 'config.json', 'tokenizer.json']) {
    const file = join(userPath(path), name)
    if (existsSync(file)) files.set(name, await readFile(file))
  }
  return readStudentFolder(files, path)
}

/**
 * A file that is read and written where it lies, not as a whole.
 *
 * @param flags as of `fs.open`: `r`, or `w+` for a new one
 * @throws LabError `usage` naming the path
 */
export function fileOnDisk(path: string, flags: 'r' | 'w+'): RandomFile {
  let file: number
  try {
    file = openSync(userPath(path), flags)
  } catch (error) {
    throw new LabError(
      'usage',
      `${path} cannot be ${flags === 'r' ? 'read' : 'written'}: ${messageOf(error)}.`,
    )
  }
  return {
    read: (into, { at }) => readSync(file, into, 0, into.length, at),
    write: (from, { at }) => writeSync(file, from, 0, from.length, at),
    getSize: () => fstatSync(file).size,
    close: () => closeSync(file),
  }
}
