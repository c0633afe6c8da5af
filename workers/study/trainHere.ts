import { LabError } from '../errors.ts'
import type { StudentFolder } from '../models/folder.ts'
import type { MetricsLine } from '../objective/metrics.ts'
import type { Recipe } from '../recipe.ts'
import type { Capture } from '../teacher/capture.ts'
import { type RunMaterial, tokenizerFor } from '../training/material.ts'
import { Run } from '../training/run.ts'
import { computedBy } from './computedBy.ts'
import type { StudyDevice, StudyWatching, Trained, TrainingJob } from './ports.ts'

/** Milliseconds between two questions whether to go on. */
const ASK_EVERY = 100

/** What a recipe's teacher is made of, where it is another than the world's. */
export type OtherTeachers = (
  recipe: Recipe,
) => Promise<{ teacher: StudentFolder | null; capture: Capture | null }>

/** What a cell is trained from. @throws LabError what is wrong with the teacher that its recipe names */
export async function materialOf(
  { recipe, trajectories, teacher, teacherSource }: TrainingJob,
  others: OtherTeachers,
): Promise<RunMaterial> {
  const isOwn = recipe.teacher.kind === 'model' && recipe.teacher.source === teacherSource
  const its = isOwn ? { teacher, capture: null } : await others(recipe)
  return {
    recipe,
    trajectories,
    ...its,
    tokenizer: tokenizerFor(recipe, trajectories, its.teacher, its.capture),
  }
}

/**
 * Trains a cell's student on the open device, as any run of the lab. While it is not answered whether to go on, the run pauses.
 *
 * @returns null where it was ended
 * @throws LabError where the run fails
 */
export async function trainHere(
  job: TrainingJob,
  device: StudyDevice,
  others: OtherTeachers,
  { goesOn, progress }: StudyWatching,
): Promise<Trained | null> {
  const began = performance.now()
  const metrics: MetricsLine[] = []
  let problem: string | undefined
  let stopped: { error?: unknown } | null = null
  const run = new Run(await materialOf(job, others), {
    state: (state, message) => {
      if (state === 'failed') problem = message
    },
    metrics: (lines) => {
      metrics.push(...lines)
      progress('training steps', run.step, job.recipe.steps)
    },
  })
  const ask = async () => {
    const asked = goesOn()
    const answered = asked.then(
      () => true,
      () => true,
    )
    if (!(await Promise.race([answered, soon().then(() => false)]))) run.pause()
    try {
      if (await asked) run.resume()
      else stopped = {}
    } catch (error) {
      stopped = { error }
      // What was under way on a device that is gone would be waited for in vain.
      if (error instanceof LabError) run.fail(error)
    }
    if (stopped) run.stop()
  }
  let over = false
  const asking = (async () => {
    while (!over && !stopped) {
      await ask()
      await soon()
    }
  })()
  try {
    const { end } = await run.start(device.device, device.operations)
    await end
  } catch (error) {
    if (!stopped) throw error
  } finally {
    over = true
    await asking
  }
  const ended = stopped as { error?: unknown } | null
  if (ended?.error) throw ended.error
  if (problem) throw new LabError('gpu-error', problem)
  if (ended || !run.student) return null
  const { config, tokenizer, checkpoint } = run.student
  return {
    student: { config, parameters: checkpoint.parameters, tokenizer: tokenizer.toJSON() },
    metrics,
    trainedBy: { program: 'lab', ...computedBy(device, began) },
  }
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ASK_EVERY))
}
