import type { Operations } from '../kernels/operations.ts'
import type { StudentFolder } from '../models/folder.ts'
import { gptParameters } from '../models/parameters.ts'
import { modelOn } from '../models/textModel.ts'
import { teacherTokenizer } from '../teacher/shelf.ts'
import type { Student } from './converse.ts'

export type OpenedStudent = Student & { dispose(): void }

/**
 * Puts a model from a folder on the device.
 *
 * @param where the folder's name, for messages
 * @throws LabError as `teacherTokenizer`
 */
export function openStudent(operations: Operations, folder: StudentFolder, where: string): OpenedStudent {
  const { config, parameters } = folder
  const tokenizer = teacherTokenizer(folder, where)
  const frozen = operations.frozen(gptParameters(config), () => parameters)
  return {
    model: modelOn(operations, config, () => frozen.weights),
    tokenizer,
    dispose: () => frozen.dispose(),
  }
}
