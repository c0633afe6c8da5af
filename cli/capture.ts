import { renameSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { LabError } from '../workers/errors.ts'
import { parseRecipe } from '../workers/recipe.ts'
import { bytesPerToken } from '../workers/teacher/captureFormat.ts'
import { captureTeacher, DEFAULT_K } from '../workers/teacher/captureTeacher.ts'
import { DEFAULT_READING } from '../workers/trajectories/reading.ts'
import { backendChoice, openChosen } from './device.ts'
import { readCorrections, readFiles, readJson, say, userPath } from './files.ts'
import { fileOnDisk, readFolder } from './teachers.ts'

/** Milliseconds between two lines of progress. */
const PROGRESS_INTERVAL = 2000

/** `lab capture`: what a teacher predicts of trajectories, in one file that `lab train` and the page learn from. */
export async function capture(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      teacher: { type: 'string' },
      k: { type: 'string', default: String(DEFAULT_K) },
      out: { type: 'string' },
      recipe: { type: 'string' },
      corrections: { type: 'string' },
      backend: { type: 'string', default: 'automatic' },
    },
  })
  if (positionals.length === 0) throw new LabError('usage', 'Name at least one file of trajectories.')
  if (!values.teacher) throw new LabError('usage', 'Name the teacher: --teacher DIR, a student folder.')
  if (!values.out) throw new LabError('usage', 'Name the file to write to: --out FILE.')
  const choice = backendChoice(values.backend)
  const k = Number(values.k)
  const { recipe } = values
  const reading = recipe ? parseRecipe(await readJson(recipe), recipe).reading : DEFAULT_READING
  const corrections = await readCorrections(values.corrections)
  const teacher = await readFolder(values.teacher)
  const trajectories = await readFiles(positionals, { reading, corrections })

  const abort = new AbortController()
  const stop = () => abort.abort()
  let failure: LabError | undefined
  const { operations } = await openChosen(choice, trajectories.length, (error) => {
    failure = error
    stop()
  })
  // Beside and then in place: what ends too early leaves the file before.
  const part = `${values.out}.part`
  const file = fileOnDisk(part, 'w+')
  process.once('SIGINT', stop)
  try {
    const { header, tokenizer } = await captureTeacher(operations, {
      trajectories,
      teacher,
      name: basename(values.teacher),
      k,
      file,
      signal: abort.signal,
      progress: reporter(),
    })
    const bytes = file.getSize()
    file.close()
    renameSync(userPath(part), userPath(values.out))
    const { tokenizer: _, format: __, ...counts } = header
    const each = bytesPerToken(k, tokenizer.vocabularySize)
    process.stdout.write(`${JSON.stringify({ out: values.out, ...counts, bytes, bytesPerToken: each })}\n`)
  } catch (error) {
    file.close()
    rmSync(userPath(part), { force: true })
    throw failure ?? error
  } finally {
    process.off('SIGINT', stop)
  }
}

function reporter(): (done: number, of: number) => void {
  let said = performance.now()
  return (done, of) => {
    if (done < of && performance.now() - said < PROGRESS_INTERVAL) return
    said = performance.now()
    say(`captured ${done} of ${of} trajectories`)
  }
}
