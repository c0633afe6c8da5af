import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BackendChoice } from '../../workers/device/backends.ts'
import type { LabError } from '../../workers/errors.ts'
import { actorOn } from '../../workers/evaluation/actor.ts'
import { writeStudentFolder } from '../../workers/models/folder.ts'
import type { StudyDevice, StudyNews, StudyPorts, Trained } from '../../workers/study/ports.ts'
import { trainHere } from '../../workers/study/trainHere.ts'
import { tokenizerFromJSON } from '../../workers/tokenizer/json.ts'
import { openChosen } from '../device.ts'
import { openInPyTorch } from '../pytorch/model.ts'
import { pythonWithTorch } from '../pytorch/python.ts'
import { readFolder, readTeacher } from '../teachers.ts'
import type { DiskStore } from './diskStore.ts'
import { type ScaleTrainer, trainByScale } from './scaleTrainer.ts'

export interface PortOptions {
  trainer: 'lab' | 'scale'
  backend: BackendChoice
  keepStudents: boolean
  /** Ends the study where it is. */
  signal: AbortSignal
  news: (news: StudyNews) => void
}

/** A study on this machine: its folder, and a device or a Python. */
export function diskPorts(
  store: DiskStore,
  { trainer, backend, keepStudents, signal, news }: PortOptions,
): StudyPorts {
  let opened: Promise<StudyDevice> | null = null
  let failure: LabError | undefined
  const device = () => {
    opened ??= openChosen(backend, null, (error) => {
      failure ??= error
    })
    return opened
  }
  const placeOf = (id: string, what: string) => join(store.folder, 'cells', id, what)
  let scale: ScaleTrainer | undefined
  return {
    store,
    teacher: (source) => readFolder(source),
    async actor(folder, where) {
      return trainer === 'scale' ? openInPyTorch(folder, where) : actorOn(await device(), folder, where)
    },
    async train(job, watching) {
      const kept = placeOf(job.id, 'student')
      if (trainer === 'lab') {
        const trained = await trainHere(job, await device(), readTeacher, watching)
        if (trained && keepStudents) await keep(kept, trained)
        return trained
      }
      scale ??= {
        python: pythonWithTorch(),
        cache: join(store.folder, 'cache'),
        lab: `"${process.execPath}" "${process.argv[1]}"`,
      }
      return trainByScale(job, scale, placeOf(job.id, 'work'), watching, async (out) => {
        if (!keepStudents) return
        await rm(kept, { recursive: true, force: true })
        await cp(out, kept, { recursive: true })
      })
    },
    async goesOn() {
      if (failure) throw failure
      return !signal.aborted
    },
    news,
  }
}

async function keep(folder: string, { student }: Trained): Promise<void> {
  const { config, parameters, tokenizer } = student
  const files = writeStudentFolder(config, parameters, tokenizerFromJSON(tokenizer, 'tokenizer.json'))
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content)
}
