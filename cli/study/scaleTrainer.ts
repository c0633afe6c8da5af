import { spawn } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256 } from '@noble/hashes/sha2'
import { bytesToHex } from '@noble/hashes/utils'
import { unzipSync } from 'fflate'
import { DEFAULT_PLAN } from '../../workers/cluster/commands.ts'
import { packRun } from '../../workers/cluster/runZip.ts'
import { LabError, messageOf } from '../../workers/errors.ts'
import type { StudyWatching, Trained, TrainingJob } from '../../workers/study/ports.ts'
import { materialOf } from '../../workers/study/trainHere.ts'
import { parseMetricsJsonl } from '../../workers/training/metricsReading.ts'
import { readFolder, readTeacher } from '../teachers.ts'

/** Milliseconds between two questions whether to go on. */
const ASK_EVERY = 200
/** A line of progress on stderr. */
const STEP = /\bstep (\d+)\/(\d+)/

/** Of what it prints at its end. */
interface Summary {
  step: number
  backend: string
  engine: string
  adapter: string
}

export interface ScaleTrainer {
  python: string
  /** Where tokens are kept from one cell to the next. */
  cache: string
  /** How the lab's command line is called, for what students write. */
  lab: string
}

/**
 * Trains a cell's student with PyTorch, in a process of its own.
 *
 * @param work a folder for what is needed meanwhile; it is new, and gone afterwards
 * @param kept hears of the folder of the trained student
 * @returns null where it was ended
 * @throws LabError `gpu-error` with what the process said last
 */
export async function trainByScale(
  job: TrainingJob,
  { python, cache, lab }: ScaleTrainer,
  work: string,
  { goesOn, progress }: StudyWatching,
  kept: (folder: string) => Promise<void>,
): Promise<Trained | null> {
  const began = performance.now()
  await rm(work, { recursive: true, force: true })
  let unpacked: string | undefined
  try {
    await mkdir(work, { recursive: true })
    const zip = join(work, 'run.zip')
    const out = join(work, 'out')
    const packed = await pack(job)
    unpacked = join(cache, `run-${keyOf(packed)}`)
    await writeFile(zip, packed)
    const told = await run(
      python,
      ['-m', 'sad_scale', 'train', zip, '--out', out, '--cache', cache],
      { PYTHONPATH: zip, PYTHONDONTWRITEBYTECODE: '1', SAD_LAB: lab },
      { goesOn, progress },
    )
    if (told === null) return null
    if (told.status !== 0) throw new LabError('gpu-error', told.complaint)
    const { step, backend, engine, adapter } = JSON.parse(told.stdout) as Summary
    // Ctrl-C is heard by that process, too, and perhaps first.
    if (step < job.recipe.steps) return null
    await kept(out)
    return {
      student: await readFolder(out),
      metrics: parseMetricsJsonl(
        await readFile(join(out, 'metrics.jsonl'), 'utf8'),
        join(out, 'metrics.jsonl'),
      ),
      trainedBy: {
        program: 'scale',
        backend,
        engine,
        adapter,
        seconds: (performance.now() - began) / 1000,
      },
    }
  } finally {
    await rm(work, { recursive: true, force: true })
    // Tokens are of use to the next cell, what this one was unpacked to is not.
    for (const left of unpacked ? [unpacked, `${unpacked}.lock`] : []) {
      await rm(left, { recursive: true, force: true })
    }
  }
}

async function pack(job: TrainingJob): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  const material = await materialOf(job, readTeacher)
  await packRun(material, { plan: DEFAULT_PLAN, teacherLeftOut: false }, (part) => {
    parts.push(part.slice())
  })
  return Buffer.concat(parts)
}

/** By what its cache calls a run, see `scale/sad_scale/bundle.py`. */
function keyOf(zip: Uint8Array): string {
  const about = unzipSync(zip, { filter: ({ name }) => name === 'run.json' })['run.json']!
  return bytesToHex(sha256(about)).slice(0, 32)
}

interface Told {
  status: number | null
  stdout: string
  /** The last line on stderr. */
  complaint: string
}

async function run(
  command: string,
  args: string[],
  env: Record<string, string>,
  { goesOn, progress }: StudyWatching,
): Promise<Told | null> {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let complaint = 'it said nothing.'
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines.filter((one) => one.trim() !== '')) {
      complaint = line
      const step = STEP.exec(line)
      if (step) progress('training steps', Number(step[1]), Number(step[2]))
    }
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) =>
      reject(new LabError('usage', `${command} cannot be started: ${messageOf(error)}.`)),
    )
    child.on('close', resolve)
  })
  let stopped: { error?: unknown } | null = null
  const asking = setInterval(async () => {
    try {
      if (!(await goesOn())) stopped ??= {}
    } catch (error) {
      stopped ??= { error }
    }
    if (stopped) child.kill('SIGTERM')
  }, ASK_EVERY)
  try {
    const status = await ended
    const end = stopped as { error?: unknown } | null
    if (end?.error) throw end.error
    return end ? null : { status, stdout, complaint: rest.trim() || complaint }
  } finally {
    clearInterval(asking)
  }
}
