import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { DEFAULT_PLAN } from '../workers/cluster/commands.ts'
import { packRun } from '../workers/cluster/runZip.ts'
import { LabError, messageOf } from '../workers/errors.ts'
import { parseRecipe } from '../workers/recipe.ts'
import { type RunMaterial, tokenizerFor } from '../workers/training/material.ts'
import { readCorrections, readFiles, readJson, say, userPath } from './files.ts'
import { readTeacher } from './teachers.ts'

/** Milliseconds between two lines of progress. */
const PROGRESS_INTERVAL = 2000

/** `lab pack`: a run as one file, for `scale/` to train elsewhere. */
export async function pack(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      recipe: { type: 'string' },
      out: { type: 'string' },
      corrections: { type: 'string' },
      'teacher-left-out': { type: 'boolean', default: false },
    },
  })
  if (positionals.length === 0) throw new LabError('usage', 'Name at least one file of trajectories.')
  if (!values.recipe) throw new LabError('usage', 'Name the recipe: --recipe recipe.json.')
  if (!values.out) throw new LabError('usage', 'Name the file to write to: --out RUN.zip.')
  const { out } = values
  const recipe = parseRecipe(await readJson(values.recipe), values.recipe)
  const corrections = await readCorrections(values.corrections)
  const { teacher, capture } = await readTeacher(recipe)
  const trajectories = await readFiles(positionals, { reading: recipe.reading, corrections })
  const tokenizer = tokenizerFor(recipe, trajectories, teacher, capture)
  const material: RunMaterial = { recipe, trajectories, tokenizer, teacher, capture }

  const abort = new AbortController()
  const stop = () => abort.abort()
  process.once('SIGINT', stop)
  try {
    const bytes = await written(out, (sink) =>
      packRun(
        material,
        {
          plan: DEFAULT_PLAN,
          teacherLeftOut: values['teacher-left-out'],
          signal: abort.signal,
          progress: reporter(),
        },
        sink,
      ),
    )
    process.stdout.write(`${JSON.stringify({ out, trajectories: trajectories.length, bytes })}\n`)
  } finally {
    process.off('SIGINT', stop)
  }
}

/**
 * A file that is there whole or not at all.
 *
 * @returns its bytes
 * @throws LabError `usage` where it cannot be written
 */
async function written(
  path: string,
  write: (sink: (part: Uint8Array) => void) => Promise<void>,
): Promise<number> {
  const part = `${userPath(path)}.part`
  const onDisk = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw new LabError('usage', `${path} cannot be written: ${messageOf(error)}.`)
    }
  }
  const file = onDisk(() => openSync(part, 'w'))
  let bytes = 0
  try {
    await write((piece) => {
      for (let at = 0; at < piece.length; ) at += onDisk(() => writeSync(file, piece, at))
      bytes += piece.length
    })
    closeSync(file)
    onDisk(() => renameSync(part, userPath(path)))
    return bytes
  } catch (error) {
    try {
      closeSync(file)
    } catch {}
    rmSync(part, { force: true })
    throw error
  }
}

function reporter() {
  let said = performance.now()
  return ({ file, done, of }: { file: string; done: number; of: number }) => {
    if (performance.now() - said < PROGRESS_INTERVAL) return
    said = performance.now()
    say(`${file}: ${done} of ${of}`)
  }
}
