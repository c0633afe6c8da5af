import { version } from '../../package.json'
import { FILES } from '../contradictions.ts'
import { LabError } from '../errors.ts'
import { describedStudent, studentWeights } from '../models/folder.ts'
import { Pauses } from '../pauses.ts'
import type { RandomFile } from '../teacher/captureFormat.ts'
import { teacherTokenizer } from '../teacher/shelf.ts'
import { type RunMaterial, vocabularyOf } from '../training/material.ts'
import { spanLine } from '../trajectories/export.ts'
import type { Trajectory, TrajectorySet } from '../trajectories/trajectory.ts'
import { type ClusterPlan, needsOf, readme } from './commands.ts'
import { program } from './program.ts'
import { targetsParts } from './targetsFile.ts'
import { ZipStream } from './zipStream.ts'

export interface PackOptions {
  /** What README.txt says how to start. */
  plan: ClusterPlan
  /** Leaves a model teacher out; it is named when the run is started. */
  teacherLeftOut: boolean
  /** Ends it; what has been written until then is no zip. */
  signal?: AbortSignal
  /** Hears how far the file that takes longest now is, some times a second. */
  progress?: (status: PackStatus) => void
}

/** The file of RUN.zip that is being written. */
export interface PackStatus {
  file: string
  done: number
  of: number
}

/** Milliseconds of work between two looks at whether to go on. */
const PATIENCE_MS = 20
/** Milliseconds between two reports of progress. */
const REPORT_INTERVAL = 200
/** Characters of lines, and bytes of a capture, that are taken at a time. */
const PART = 2 ** 20

const utf8 = new TextEncoder()
const json = (value: unknown) => utf8.encode(`${JSON.stringify(value, null, 2)}\n`)

/**
 * Packs a run for `scale/` into a zip, which is a function of what is packed and the plan alone. What is in it: README.txt
 * of the program, `scale/sad_scale/bundle.py` reads it.
 *
 * @param sink takes the zip's bytes in order, at once
 * @throws LabError `file-too-large`; `not-now` where it was cancelled or trajectories went away meanwhile; what is wrong
 * with a teacher's tokenizer or the log-probabilities of the files
 */
export async function packRun(
  material: RunMaterial,
  { plan, teacherLeftOut, signal, progress }: PackOptions,
  sink: (part: Uint8Array) => void,
): Promise<void> {
  const { recipe, trajectories, tokenizer, teacher, capture } = material
  const pauses = new Pauses(PATIENCE_MS)
  let status: PackStatus = { file: 'README.txt', done: 0, of: 1 }
  let reported = Number.NEGATIVE_INFINITY
  const at = (file: string, done: number, of: number) => {
    status = { file, done, of }
  }
  const beat = async () => {
    if (!pauses.due) return
    if (performance.now() - reported >= REPORT_INTERVAL) {
      reported = performance.now()
      progress?.(status)
    }
    await pauses.take()
    if (signal?.aborted) throw new LabError('not-now', 'Packing the run was cancelled.')
  }
  const trajectoryAt = async (file: string, index: number): Promise<Trajectory> => {
    at(file, index, trajectories.length)
    await beat()
    return present(trajectories, index)
  }
  const zip = new ZipStream(sink, beat)
  try {
    await zip.add('README.txt', [utf8.encode(readme(plan, needsOf(recipe, teacherLeftOut)))], true)
    await zip.add('recipe.json', [json(recipe)], true)
    const tokenizerName = 'tokenizer.json'
    await zip.add(tokenizerName, [json(tokenizer.toJSON())], true)
    for (const [path, text] of program()) await zip.add(path, [utf8.encode(text)], true)
    const lines = 'trajectories.jsonl'
    await zip.add(
      lines,
      lineParts(trajectories.length, (index) => trajectoryAt(lines, index)),
      true,
    )
    if (teacher && !teacherLeftOut) {
      const { config, parameters } = teacher
      const described = describedStudent(config, teacherTokenizer(teacher, 'The teacher'))
      for (const name of ['config.json', 'tokenizer.json']) {
        await zip.add(`teacher/${name}`, [described[name]!], true)
      }
      const name = 'teacher/model.safetensors'
      const total = parameters.byteLength
      await zip.add(
        name,
        counted(studentWeights(config, parameters), (done) => at(name, done, total)),
        false,
      )
    }
    if (capture) {
      const name = 'teacher.capture'
      const total = capture.file.getSize()
      await zip.add(
        name,
        counted(fileParts(capture.file), (done) => at(name, done, total)),
        false,
      )
    }
    if (recipe.teacher.kind === 'stored' && recipe.teacher.source === FILES) {
      const name = 'targets.safetensors'
      await zip.add(
        name,
        targetsParts(trajectories, tokenizer, (index) => trajectoryAt(name, index)),
        true,
      )
    }
    const about = {
      format: 'structured-agent-distillation-lab run',
      version: 1,
      lab: version,
      trajectories: trajectories.length,
      vocabularySize: vocabularyOf(material),
      tokenizer: zip.facts[tokenizerName]!.sha256,
      files: zip.facts,
    }
    await zip.add('run.json', [json(about)], true)
    await zip.end()
  } finally {
    pauses.close()
  }
}

function present(trajectories: TrajectorySet, index: number): Trajectory {
  const trajectory = trajectories.at(index)
  if (trajectory) return trajectory
  throw new LabError('not-now', 'Trajectories were removed while the run was being packed: pack it anew.')
}

async function* lineParts(
  count: number,
  at: (index: number) => Promise<Trajectory>,
): AsyncIterable<Uint8Array> {
  let text = ''
  for (let i = 0; i < count; i++) {
    text += `${JSON.stringify(spanLine(await at(i)))}\n`
    if (text.length < PART && i + 1 < count) continue
    yield utf8.encode(text)
    text = ''
  }
}

function* fileParts(file: RandomFile): Iterable<Uint8Array> {
  const size = file.getSize()
  for (let at = 0; at < size; at += PART) {
    const part = new Uint8Array(Math.min(PART, size - at))
    if (file.read(part, { at }) < part.length) {
      throw new LabError(
        'not-now',
        'The capture became shorter while the run was being packed: pack it anew.',
      )
    }
    yield part
  }
}

function* counted(parts: Iterable<Uint8Array>, hear: (done: number) => void): Iterable<Uint8Array> {
  let done = 0
  for (const part of parts) {
    yield part
    done += part.length
    hear(done)
  }
}
