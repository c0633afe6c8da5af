import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FILES } from '../workers/contradictions.ts'
import { readStudentFolder, STUDENT_FOLDER_FILES, type StudentFolder } from '../workers/models/folder.ts'
import type { Recipe } from '../workers/recipe.ts'
import { Capture } from '../workers/teacher/capture.ts'
import { fileOnDisk } from './diskFile.ts'
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
  for (const name of STUDENT_FOLDER_FILES) {
    const file = join(userPath(path), name)
    if (existsSync(file)) files.set(name, await readFile(file))
  }
  return readStudentFolder(files, path)
}
