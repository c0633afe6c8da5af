import type { StudentFolder } from '../models/folder.ts'
import type { CheckedDevice } from '../training/openChecked.ts'
import { type OpenedStudent, openStudent } from './student.ts'

/** A model that can act, and what computes it. */
export interface Actor {
  student: OpenedStudent
  computed: { backend: string; engine: string; adapter: string }
}

/**
 * On the lab's own device.
 *
 * @param where the model's name, for messages
 * @throws LabError as `openStudent`
 */
export function actorOn(
  { device, operations }: Pick<CheckedDevice, 'device' | 'operations'>,
  folder: StudentFolder,
  where: string,
): Actor {
  const { backend, adapter } = device
  return {
    student: openStudent(operations, folder, where),
    computed: { backend, engine: operations.name, adapter },
  }
}
