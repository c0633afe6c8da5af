import { existsSync } from 'node:fs'
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { LabError, messageOf } from '../workers/errors.ts'
import { writeStudentFolder } from '../workers/models/folder.ts'
import { gptParameters, parameterCount } from '../workers/models/parameters.ts'
import type { MetricsLine } from '../workers/objective/metrics.ts'
import { parseRecipe } from '../workers/recipe.ts'
import { type TeacherOutlook, teacherOutlook } from '../workers/teacher/signal.ts'
import { tokenizerFromJSON } from '../workers/tokenizer/json.ts'
import { readCheckpoint, writeCheckpoint } from '../workers/training/checkpointFile.ts'
import { type RunMaterial, tokenizerFor, vocabularyOf } from '../workers/training/material.ts'
import { metricsCsv, metricsJsonl, metricsRecord } from '../workers/training/metricsFile.ts'
import { parseMetricsJsonl } from '../workers/training/metricsReading.ts'
import { Run, type TrainedStudent } from '../workers/training/run.ts'
import type { Checkpoint } from '../workers/training/trainer.ts'
import { backendChoice, openChosen } from './device.ts'
import { readCorrections, readFiles, readJson, requireFiles, say, userPath } from './files.ts'
import { readTeacher } from './teachers.ts'

const CHECKPOINT = 'checkpoint.safetensors'

/** `lab train`: the page's training loop without the page. */
export async function train(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      recipe: { type: 'string' },
      out: { type: 'string' },
      corrections: { type: 'string' },
      backend: { type: 'string', default: 'automatic' },
      resume: { type: 'boolean', default: false },
    },
  })
  requireFiles(positionals)
  if (!values.recipe) throw new LabError('usage', 'Name the recipe: --recipe recipe.json.')
  if (!values.out) throw new LabError('usage', 'Name the folder to write to: --out DIR.')
  const choice = backendChoice(values.backend)
  const out = userPath(values.out)
  const recipe = parseRecipe(await readJson(values.recipe), values.recipe)
  const corrections = await readCorrections(values.corrections)
  const trajectories = await readFiles(positionals, { reading: recipe.reading, corrections })
  if (values.resume && !existsSync(join(out, CHECKPOINT))) {
    throw new LabError(
      'usage',
      `There is no run to resume in ${values.out}; leave --resume out to begin one.`,
    )
  }
  await mkdir(out, { recursive: true }).catch((error) => {
    throw new LabError('usage', `${values.out} cannot be written to: ${messageOf(error)}.`)
  })

  const { teacher, capture } = await readTeacher(recipe)
  const material: RunMaterial = {
    recipe,
    trajectories,
    teacher,
    capture,
    corrections: corrections.toFile() ?? undefined,
    tokenizer: values.resume
      ? tokenizerFromJSON(await readJson(join(out, 'tokenizer.json')), join(values.out, 'tokenizer.json'))
      : tokenizerFor(recipe, trajectories, teacher, capture),
  }
  const before = values.resume ? await readRun(out, material) : null

  let run: Run | null = null
  const { device, operations } = await openChosen(choice, trajectories.length, (error) => run?.fail(error))
  const known = teacherOutlook(material, trajectories)
  if (known) say(teacherSentence(known))

  const lines: MetricsLine[] = [...(before?.metrics ?? [])]
  // Written one after another, in the order in which they were asked for.
  let writing: Promise<void> = Promise.resolve()
  let problem: string | undefined
  let writeProblem: unknown
  const write = (work: () => Promise<void>) => {
    writing = writing.then(work).catch((error) => {
      writeProblem ??= error
      run?.stop()
    })
  }
  run = new Run(material, {
    state: (state, message) => {
      // Not before it runs: a run that cannot start leaves what is in the folder as it was.
      if (state === 'running') write(() => beginFiles(out, material, before?.metrics ?? []))
      else if (state === 'failed') problem = message
      else say(`Run ${state} at step ${run!.step}.`)
    },
    metrics: (added) => {
      lines.push(...added)
      write(() => appendFile(join(out, 'metrics.jsonl'), metricsJsonl(added)))
      report(added, recipe.steps)
    },
    checkpoint: (student) => write(() => writeStudent(out, student)),
  })
  const stop = () => run.stop()
  process.once('SIGINT', stop)
  try {
    const { end } = await run.start(device, operations, before?.checkpoint)
    await end
    await writing
  } finally {
    process.off('SIGINT', stop)
  }
  if (writeProblem)
    throw new LabError('usage', `${values.out} could not be written: ${messageOf(writeProblem)}`)
  await writeFile(join(out, 'metrics.csv'), metricsCsv(lines))
  if (problem) throw new LabError('gpu-error', problem)
  process.stdout.write(
    `${JSON.stringify(summary(values.out, run, { ...device, engine: operations.name }, lines))}\n`,
  )
}

function summary(
  out: string,
  run: Run,
  device: { backend: string; engine: string; adapter: string },
  lines: MetricsLine[],
) {
  const last = (split: MetricsLine['split']) => {
    const line = lines.findLast((one) => one.split === split)
    return line && metricsRecord(line)
  }
  return {
    out,
    step: run.step,
    backend: device.backend,
    engine: device.engine,
    adapter: device.adapter,
    train: last('train'),
    heldOut: last('held-out'),
  }
}

/** What a teacher that does not run beside the student knows of the trajectories. */
function teacherSentence({ report, capture }: TeacherOutlook): string {
  const { trajectories, missing, stoppedEarly, tokens, aligned, chosenOnly } = report
  const share = (count: number) => `${((100 * count) / Math.max(1, tokens)).toFixed(1)} %`
  return [
    capture
      ? `The teacher is captured before the run, ${capture.k} tokens a place`
      : 'Stored log-probabilities',
    `of ${trajectories} trajectories${missing > 0 ? ` (${missing} have none)` : ''}:`,
    `${share(aligned)} of the reason and act tokens have a target,`,
    `${share(chosenOnly)} that of the recorded token only${stoppedEarly > 0 ? `; ${stoppedEarly} trajectories have none at their end` : ''}.`,
  ].join(' ')
}

/** The files that grow with the run, as they are before its first step. */
async function beginFiles(
  out: string,
  { recipe, corrections }: RunMaterial,
  metrics: MetricsLine[],
): Promise<void> {
  await writeFile(join(out, 'metrics.jsonl'), metricsJsonl(metrics))
  await writeFile(join(out, 'recipe.json'), `${JSON.stringify(recipe, null, 2)}\n`)
  if (corrections) await writeFile(join(out, 'corrections.json'), corrections)
}

/** A line on stderr for every evaluation, one more where the student has acted, and for the first and every tenth step. */
function report(lines: MetricsLine[], steps: number): void {
  for (const { step, split, loss, reason, act, observation, tokensPerSecond, world } of lines) {
    if (split === 'train' && step !== 1 && step % 10 !== 0) continue
    if (world) {
      const { environment, episodes, success, reward } = world
      say(
        `acted    step ${step}/${steps}: success in the ${environment} ${success.toFixed(3)}, reward ${reward.toFixed(3)}, ${world.steps.toFixed(1)} steps, over ${episodes} episodes`,
      )
      if (reason.tokens + act.tokens + observation.tokens === 0) continue
    }
    const speed = tokensPerSecond ? `, ${Math.round(tokensPerSecond)} tokens/s` : ''
    const agreement = `agreement ${reason.agreement.toFixed(3)} / ${act.agreement.toFixed(3)}`
    say(
      `${split.padEnd(8)} step ${step}/${steps}: loss ${loss.toFixed(4)}, reason ${reason.loss.toFixed(4)}, act ${act.loss.toFixed(4)}, ${agreement}${speed}`,
    )
  }
}

async function writeStudent(out: string, { config, checkpoint, tokenizer }: TrainedStudent): Promise<void> {
  const files = writeStudentFolder(config, checkpoint.parameters, tokenizer)
  files[CHECKPOINT] = writeCheckpoint(checkpoint)
  for (const [name, content] of Object.entries(files)) {
    // Beside and then in place: a run that is killed here leaves the file before.
    await writeFile(join(out, `${name}.part`), content)
    await rename(join(out, `${name}.part`), join(out, name))
  }
}

/** What an earlier run left in the folder: its checkpoint, and its metrics up to there. */
async function readRun(
  out: string,
  material: RunMaterial,
): Promise<{ checkpoint: Checkpoint; metrics: MetricsLine[] }> {
  const { recipe } = material
  const earlier = parseRecipe(await readJson(join(out, 'recipe.json')), join(out, 'recipe.json'))
  // A run may be made longer; anything else would make one curve of two different runs.
  if (!isDeepStrictEqual({ ...earlier, steps: 0 }, { ...recipe, steps: 0 })) {
    throw new LabError(
      'invalid-recipe',
      'The recipe differs from the one in the folder: --resume goes on with the same recipe, only steps may change.',
    )
  }
  const path = join(out, CHECKPOINT)
  const { layers, width, heads } = recipe.student
  const specs = gptParameters({
    vocabularySize: vocabularyOf(material),
    contextLength: recipe.data.contextLength,
    layers,
    width,
    heads,
  })
  const checkpoint = readCheckpoint(await readFile(path), parameterCount(specs), basename(path))
  const text = await readFile(join(out, 'metrics.jsonl'), 'utf8')
  const metrics = parseMetricsJsonl(text).filter((line) => line.step <= checkpoint.step)
  return { checkpoint, metrics }
}
