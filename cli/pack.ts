import { parseArgs } from 'node:util'
import { DEFAULT_PLAN } from '../workers/cluster/commands.ts'
import { type PackStatus, packRun } from '../workers/cluster/runZip.ts'
import { LabError } from '../workers/errors.ts'
import { parseRecipe } from '../workers/recipe.ts'
import { type RunMaterial, tokenizerFor } from '../workers/training/material.ts'
import { append, writeWhole } from './diskFile.ts'
import { progress, readCorrections, readFiles, readJson, requireFiles } from './files.ts'
import { readTeacher } from './teachers.ts'

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
  requireFiles(positionals)
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
  const told = progress()
  process.once('SIGINT', stop)
  try {
    const bytes = await writeWhole(out, async (file) => {
      const options = {
        plan: DEFAULT_PLAN,
        teacherLeftOut: values['teacher-left-out'],
        signal: abort.signal,
        progress: ({ file, done, of }: PackStatus) => told(`${file}: ${done} of ${of}`),
      }
      await packRun(material, options, (piece) => append(file, piece, out))
      return file.getSize()
    })
    process.stdout.write(`${JSON.stringify({ out, trajectories: trajectories.length, bytes })}\n`)
  } finally {
    process.off('SIGINT', stop)
  }
}
