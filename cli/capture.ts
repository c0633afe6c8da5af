import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { LabError } from '../workers/errors.ts'
import { parseRecipe } from '../workers/recipe.ts'
import { bytesPerToken } from '../workers/teacher/captureFormat.ts'
import { captureTeacher, DEFAULT_K } from '../workers/teacher/captureTeacher.ts'
import { DEFAULT_READING } from '../workers/trajectories/reading.ts'
import { backendChoice, openChosen } from './device.ts'
import { writeWhole } from './diskFile.ts'
import { progress, readCorrections, readFiles, readJson, requireFiles } from './files.ts'
import { readFolder } from './teachers.ts'

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
  requireFiles(positionals)
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
  const told = progress()
  process.once('SIGINT', stop)
  try {
    const { counts, bytes, each } = await writeWhole(values.out, async (file) => {
      const { header, tokenizer } = await captureTeacher(operations, {
        trajectories,
        teacher,
        name: basename(values.teacher!),
        k,
        file,
        signal: abort.signal,
        progress: (done, of) => told(`captured ${done} of ${of} trajectories`, done === of),
      })
      const { tokenizer: _, format: __, ...counts } = header
      return { counts, bytes: file.getSize(), each: bytesPerToken(k, tokenizer.vocabularySize) }
    })
    process.stdout.write(`${JSON.stringify({ out: values.out, ...counts, bytes, bytesPerToken: each })}\n`)
  } catch (error) {
    throw failure ?? error
  } finally {
    process.off('SIGINT', stop)
  }
}
