import { parseArgs } from 'node:util'
import { LabError } from '../workers/errors.ts'
import { candidatesOf, cellsOf, cellsWanted } from '../workers/study/cells.ts'
import type { StudyNews } from '../workers/study/ports.ts'
import { writeReport } from '../workers/study/report.ts'
import type { CellResult } from '../workers/study/result.ts'
import { readResults } from '../workers/study/results.ts'
import { runStudy, type StudyEnd } from '../workers/study/runner.ts'
import { parseStudy, type Study } from '../workers/study/study.ts'
import { backendChoice } from './device.ts'
import { progress, readJson, say, userPath } from './files.ts'
import { DiskStore } from './study/diskStore.ts'
import { runJobs } from './study/jobs.ts'
import { meant } from './study/patterns.ts'
import { diskPorts } from './study/ports.ts'

const TRAINERS = ['lab', 'scale'] as const
/** More processes than this are a slip of the keys. */
const MOST_JOBS = 64

/** `lab study`: runs a study cell by cell in a folder, and writes its tables there. */
export async function study(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      out: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      trainer: { type: 'string', default: 'lab' },
      jobs: { type: 'string', default: '1' },
      backend: { type: 'string', default: 'automatic' },
      'keep-students': { type: 'boolean', default: false },
      'report-only': { type: 'boolean', default: false },
      'no-report': { type: 'boolean', default: false },
    },
  })
  const [file, ...more] = positionals
  if (!file || more.length > 0) throw new LabError('usage', 'Name one study: studies/paper.json.')
  if (!values.out) throw new LabError('usage', 'Name the folder to work in: --out DIR.')
  const trainer = TRAINERS.find((known) => known === values.trainer)
  if (!trainer) throw new LabError('usage', `--trainer ${values.trainer} is none of ${TRAINERS.join(', ')}.`)
  const backend = backendChoice(values.backend)
  const jobs = jobsOf(values.jobs)
  const read = parseStudy(await readJson(file), file)
  const wanted = meant(values.only)
  const cells = cellsWanted(read, wanted)
  if (cells.length === 0) {
    throw new LabError('usage', `No cell of ${file} fits --only ${values.only.join(' --only ')}.`)
  }
  const store = new DiskStore(userPath(values.out), values.out)

  const abort = new AbortController()
  // Every time: the person may be impatient, and a parent may say it once more.
  const stop = () => abort.abort()
  process.on('SIGINT', stop)
  let end: StudyEnd = { state: 'finished', failed: [] }
  try {
    if (values['report-only']) say('Nothing is run; the tables are made of what is there.')
    else if (jobs > 1) await runJobs(forOne(args), jobs, abort.signal)
    else {
      const { signal } = abort
      const keepStudents = values['keep-students']
      const ports = diskPorts(store, { trainer, backend, keepStudents, signal, news: teller() })
      end = await runStudy(read, ports, { wanted })
    }
    if (abort.signal.aborted || end.state === 'stopped') {
      throw new LabError(
        'not-now',
        'It was interrupted; what is done stays, and the same command goes on with the rest.',
      )
    }
    const files = values['no-report'] ? [] : await report(read, store)
    const [failed] = end.failed
    if (failed) {
      throw new LabError(
        'gpu-error',
        `${end.failed.length} of ${cells.length} cells failed and are tried again by the same command; the first is ${failed.cell.id}: ${failed.message}`,
      )
    }
    process.stdout.write(`${JSON.stringify({ out: values.out, ...(await counts(read, store)), files })}\n`)
  } finally {
    process.off('SIGINT', stop)
  }
}

/** The arguments of one of several processes. */
function forOne(args: string[]): string[] {
  const kept = args.filter((arg, i) => !/^--jobs(=|$)/.test(arg) && args[i - 1] !== '--jobs')
  return [...kept, '--no-report']
}

/** Tables, figures and a reading of what is there. @returns the files' names */
async function report(read: Study, store: DiskStore): Promise<string[]> {
  const { cells, teachers } = await readResults(read, store)
  if (cells.length === 0) {
    say('No cell is done yet, so there is nothing to make tables of.')
    return []
  }
  const files = writeReport(read, cells, teachers)
  for (const [name, content] of Object.entries(files)) await store.write(name, content)
  return Object.keys(files)
}

async function counts(read: Study, store: DiskStore) {
  const all = [...candidatesOf(read), ...cellsOf(read)]
  const { cells } = await readResults(read, store)
  return { cells: all.length, done: cells.length }
}

/** Says what goes on: what takes long now and then, and every cell that is done. */
function teller(): (news: StudyNews) => void {
  const told = progress()
  return (news) => {
    if (news.kind === 'notice') say(news.text)
    else if (news.kind === 'progress') {
      const { environment, cell, what, done, of } = news
      told(`${cell ?? environment}: ${done} of ${of} ${what}`)
    } else if (news.state === 'failed') say(`${news.cell.id} failed: ${news.message}`)
    else if (news.state === 'done') say(`${news.cell.id}: ${outcome(news.result)}; left to do: ${news.left}.`)
  }
}

function outcome({ episodes, trainedBy, evaluatedBy }: CellResult): string {
  const successes = episodes.reduce((sum, { shares }) => sum + (shares.success?.[0] ?? 0), 0)
  const seconds = (by: { seconds: number }) => `${by.seconds.toFixed(by.seconds < 10 ? 1 : 0)} s`
  return `${successes} of ${episodes.length} episodes reached their goal; trained in ${seconds(trainedBy)} by ${trainedBy.program}, measured in ${seconds(evaluatedBy)}`
}

function jobsOf(value: string): number {
  const jobs = Number(value)
  if (/^\d+$/.test(value.trim()) && jobs >= 1 && jobs <= MOST_JOBS) return jobs
  throw new LabError('usage', `--jobs must be a whole number from 1 to ${MOST_JOBS}, not "${value}".`)
}
