import type { Student } from '../evaluation/converse.ts'
import { type OpenedStudent, openStudent } from '../evaluation/student.ts'
import type { Operations } from '../kernels/operations.ts'
import type { StudentFolder } from '../models/folder.ts'

/** Models that stay on the device when nobody uses them: a student and the teacher beside it. */
const MOST_KEPT = 2

interface Opened {
  parameters: Float32Array
  operations: Operations
  student: OpenedStudent
  users: number
}

/** Models on the device, kept there from turn to turn. */
export class Models {
  /** The one used last is the last. */
  private opened: Opened[] = []

  /**
   * Lends a model to some work.
   *
   * @param folder told apart from others by its parameters, the same array each time
   * @param where the folder's name, for messages
   */
  async use<T>(
    operations: Operations,
    folder: StudentFolder,
    where: string,
    work: (student: Student) => Promise<T>,
  ): Promise<T> {
    const { parameters } = folder
    let model = this.opened.find((one) => one.parameters === parameters && one.operations === operations)
    if (model) this.opened = this.opened.filter((one) => one !== model)
    else model = { parameters, operations, student: openStudent(operations, folder, where), users: 0 }
    this.opened.push(model)
    model.users++
    try {
      return await work(model.student)
    } finally {
      model.users--
      // What was forgotten meanwhile was on a device that is gone.
      if (this.opened.includes(model)) this.keep(MOST_KEPT)
    }
  }

  /** Takes those that nobody uses off the device. */
  release(): void {
    this.keep(0)
  }

  /** Their device is gone, and all that was on it. */
  forget(): void {
    this.opened = []
  }

  private keep(most: number): void {
    let free = this.opened.filter(({ users }) => users === 0).length
    this.opened = this.opened.filter(({ users, student }) => {
      if (users > 0 || free <= most) return true
      free--
      student.dispose()
      return false
    })
  }
}
