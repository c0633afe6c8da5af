import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { FILES } from '../workers/contradictions.ts'
import { readStudentFolder, STUDENT_FOLDER_FILES, type StudentFolder } from '../workers/models/folder.ts'
import type { Recipe } from '../workers/recipe.ts'
import { builtInName, noSuchTeacher } from '../workers/teacher/builtIn.ts'
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

/**
 * A model by its folder, or by the name that recipes give to one that comes with the lab: "built-in:household".
 *
 * @param below a folder of the package, above which its teachers are sought: this program lies elsewhere when it is built
 * @throws LabError `invalid-student` naming what is missing or wrong, `invalid-teacher` for a name that none has
 */
export async function readFolder(source: string, below = import.meta.dirname): Promise<StudentFolder> {
  const name = builtInName(source)
  const folder = name === null ? userPath(source) : builtInFolder(name, below)
  const files = new Map<string, Uint8Array>()
  for (const name of STUDENT_FOLDER_FILES) {
    const file = join(folder, name)
    if (existsSync(file)) files.set(name, await readFile(file))
  }
  return readStudentFolder(files, source)
}

function builtInFolder(name: string, below: string): string {
  for (let folder = below; folder !== dirname(folder); folder = dirname(folder)) {
    const teachers = join(folder, 'public', 'teachers')
    // A name is no path.
    if (existsSync(teachers) && readdirSync(teachers).includes(name)) return join(teachers, name)
  }
  throw noSuchTeacher(name)
}
