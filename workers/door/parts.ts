import { Stage } from '../acting/stage.ts'
import { DeviceKeeper } from '../deviceKeeper.ts'
import { LabError } from '../errors.ts'
import { Collection } from '../library/collection.ts'
import { Materials } from '../materials.ts'
import type { StudentFolder } from '../models/folder.ts'
import type { LabEvent, TeacherSummary } from '../protocol.ts'
import { RunKeeper } from '../runKeeper.ts'
import { StudyKeeper } from '../study/keeper.ts'
import { builtInName, builtInSource, builtInTeachers, fetchBuiltInTeacher } from '../teacher/builtIn.ts'
import { Captures } from '../teacher/captures.ts'
import { TeacherShelf } from '../teacher/shelf.ts'

/**
 * What the lab is made of: what is loaded, the device, the teachers, the one run, where is acted, the studies. The doors to
 * them are built on it, one on the other, as a worker has one door: `trajectories.ts`, `acting.ts`, `studies.ts`, and the
 * lab itself.
 */
export abstract class LabParts {
  private readonly listeners = new Set<(event: LabEvent) => void>()
  protected readonly collection = new Collection({
    loading: (loading) => this.emit({ type: 'loading', loading }),
    changed: (library) => this.emit({ type: 'library', library }),
  })
  protected readonly teachers = new TeacherShelf()
  protected readonly captures = new Captures({
    status: (capture) => this.emit({ type: 'capture', capture }),
    changed: (captures) => {
      this.materials.forgetTeachers()
      this.emit({ type: 'captures-changed', captures })
    },
  })
  protected readonly materials = new Materials(this.collection, this.teachers, this.captures)
  protected readonly devices = new DeviceKeeper({
    changed: (device, message) => this.emit({ type: 'device', device, ...(message && { message }) }),
    failed: (error) => {
      this.runs.fail(error)
      this.captures.cancel(error)
      this.stage.fail(error)
      this.studyKeeper.fail(error)
      // Another device is opened, so that the lab can go on, and with it the run where it can.
      void this.runs.ended
        .then(() => this.devices.reopen())
        .then(
          (opened) => this.runs.recover(opened),
          () => this.runs.giveUp(),
        )
    },
  })
  protected readonly runs = new RunKeeper(() => this.devices.memory, {
    status: (status) => this.emit({ type: 'run', status }),
    metrics: (lines, anew) => this.emit({ type: 'metrics', lines, anew }),
    curriculum: (curriculum) => this.emit({ type: 'curriculum', curriculum }),
  })

  protected readonly stage = new Stage({
    operations: () => this.devices.opened().operations,
    student: () => this.studentFolder(),
    teacher: (name) => this.teachers.named(name),
  })

  protected readonly studyKeeper = new StudyKeeper(
    {
      device: () => this.devices.opened(),
      present: () => this.devices.open,
      teacher: (source) => this.studyTeacher(source),
      others: async (recipe) => {
        await this.captures.opened
        return { teacher: this.teachers.of(recipe), capture: this.captures.of(recipe) }
      },
    },
    {
      status: (status) => this.emit({ type: 'study', status }),
      changed: (studies) => this.emit({ type: 'studies', studies }),
    },
  )

  subscribe(listener: (event: LabEvent) => void): void {
    this.listeners.add(listener)
    listener({ type: 'device', device: this.devices.report })
    listener({ type: 'library', library: this.collection.state() })
    listener({ type: 'teachers-changed', teachers: this.teachers.summaries() })
    listener({ type: 'captures-changed', captures: this.captures.summaries() })
    const { status, metrics } = this.runs
    listener({ type: 'run', status })
    if (metrics.length > 0) listener({ type: 'metrics', lines: metrics })
    if (this.studyKeeper.status) listener({ type: 'study', status: this.studyKeeper.status })
  }

  protected emit(event: LabEvent): void {
    for (const listener of this.listeners) listener(event)
  }

  /** The present student. @throws LabError `not-now` where there is none yet */
  protected studentFolder(): StudentFolder {
    const { config, checkpoint, tokenizer } = this.runs.trained()
    return { config, parameters: checkpoint.parameters, tokenizer: tokenizer.toJSON() }
  }

  protected keepTeacher(name: string, folder: StudentFolder): TeacherSummary {
    const summary = this.teachers.keep(name, folder)
    this.materials.forgetTeachers()
    this.emit({ type: 'teachers-changed', teachers: this.teachers.summaries() })
    return summary
  }

  /** The model that a study names: one on the shelf, else one that comes with the page, which is fetched then. */
  protected async studyTeacher(source: string): Promise<StudentFolder> {
    const builtIn = builtInName(source) ?? source
    const loaded = new Set(this.teachers.summaries().map(({ name }) => name))
    const name = [source, builtInSource(builtIn)].find((one) => loaded.has(one))
    if (name !== undefined) return this.teachers.named(name)
    if (builtInTeachers().some((teacher) => teacher.name === builtIn)) {
      const { name } = this.keepTeacher(builtInSource(builtIn), await fetchBuiltInTeacher(builtIn))
      return this.teachers.named(name)
    }
    throw new LabError(
      'invalid-teacher',
      `The study’s teacher “${source}” is neither loaded nor does it come with this page: load its student folder under that name in “Train” first.`,
    )
  }

  protected refuseWhileBusy(what: string): void {
    if (this.runs.busy) {
      throw new LabError('not-now', `${what} must wait: a run is active, so stop it first.`)
    }
    if (this.captures.busy) {
      throw new LabError('not-now', `${what} must wait: a capture is under way, so let it end or cancel it.`)
    }
  }

  protected refuseWhileStudying(what: string): void {
    if (!this.studyKeeper.busy) return
    throw new LabError('not-now', `${what} must wait: a study is under way, so stop it in “Studies” first.`)
  }
}
