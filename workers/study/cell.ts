import { LabError } from '../errors.ts'
import { episodeShares, historyShares, type Shares } from '../evaluation/metrics.ts'
import { DEFAULT_TURN_TOKENS, rewrite, rollOut, type Watching } from '../evaluation/rollouts.ts'
import type { StudentFolder } from '../models/folder.ts'
import { gptParameters, parameterCount } from '../models/parameters.ts'
import type { MetricsLine } from '../objective/metrics.ts'
import { parseRecipe, type Recipe } from '../recipe.ts'
import { metricsRecord } from '../training/metricsFile.ts'
import type { StudyCell } from './cells.ts'
import { computedSince } from './computedBy.ts'
import { resultFile } from './files.ts'
import { differences, differingParts, fingerprintOf } from './fingerprint.ts'
import type { StudyPorts, StudyWatching, Trained } from './ports.ts'
import { recipeOf } from './recipes.ts'
import type { CellResult, ComputedBy, CurvePoint } from './result.ts'
import type { Study } from './study.ts'
import type { PreparedWorld } from './world.ts'

/** A cell with all that it is made from. */
export interface CellPlan {
  cell: StudyCell
  recipe: Recipe
  world: PreparedWorld
  /** Of the trajectories that are trained on. */
  amount: number
  teacherSource: string
  measuring: Measuring
  fingerprint: string
}

/** The episodes that a student is measured on. */
interface Measuring {
  split: StudyCell['split']
  seed: number
  episodes: number
  temperature: number
  maxTurnTokens: number
  /** Of the teacher's recorded episodes; none of a candidate, which is chosen by success alone. */
  histories: number
}

/** @param chosen the candidate of its arm, where it has some and the cell is none */
export function planCell(study: Study, cell: StudyCell, world: PreparedWorld, chosen?: number): CellPlan {
  const { contextLength } = world.teacher.config
  const recipe = parseRecipe(recipeOf(study, cell, contextLength, chosen), `The recipe of ${cell.id}`)
  const teacherSource = study.worlds.find(({ environment }) => environment === cell.environment)!.teacher
  const { testing, choosing } = study
  const isTest = cell.split === 'test'
  const measuring: Measuring = {
    split: cell.split,
    seed: isTest ? testing.seed : cell.seed,
    episodes: isTest ? testing.episodes : choosing.episodes,
    temperature: testing.temperature,
    maxTurnTokens: testing.turnTokens ?? DEFAULT_TURN_TOKENS,
    histories: isTest ? testing.historyEpisodes : 0,
  }
  const amount = study.amounts[cell.amount]!
  const fingerprint = fingerprintOf({
    recipe: nameless(recipe, teacherSource),
    teacher: world.teacherHash,
    trajectories: world.trajectoriesHash(amount),
    measuring: [measuring, isTest ? world.recordedHash : null],
  })
  return { cell, recipe, world, amount, teacherSource, measuring, fingerprint }
}

/** The world's teacher is known by what it is: elsewhere it may lie in another folder. */
function nameless(recipe: Recipe, source: string): Recipe {
  const { teacher } = recipe
  return teacher.kind === 'model' && teacher.source === source
    ? { ...recipe, teacher: { ...teacher, source: '' } }
    : recipe
}

/** @throws LabError `broken-record` where a result is that of another study, naming what has changed */
export function refuseStale(
  result: CellResult,
  { cell, recipe, teacherSource, fingerprint }: CellPlan,
): void {
  const [part] = differingParts(result.fingerprint, fingerprint)
  if (part === undefined) return
  const before = nameless(result.recipe, teacherSource)
  const what =
    part === 'recipe'
      ? `its recipe was another (${differences(before, nameless(recipe, teacherSource)).join(', ')})`
      : part === 'teacher'
        ? 'its teacher was another model'
        : part === 'trajectories'
          ? 'it learnt from other trajectories'
          : 'it was measured on other episodes, or compared with other ones of the teacher'
  throw new LabError(
    'broken-record',
    `${resultFile(cell.id)} is of another study, as ${what}: go on with the study as it was, begin this one in a place of its own, or remove that result.`,
  )
}

/** Trains a cell's student and measures it. @returns null where it was told not to go on */
export async function runCell(
  plan: CellPlan,
  ports: StudyPorts,
  { goesOn, progress }: StudyWatching,
): Promise<{ result: CellResult; metrics: MetricsLine[] } | null> {
  const { cell, recipe, world, amount, teacherSource, fingerprint } = plan
  const trajectories = world.trajectories(amount, recipe.reading)
  const job = {
    id: cell.id,
    recipe,
    trajectories,
    trajectoriesName: `${cell.environment}-${amount}`,
    teacher: world.teacher,
    teacherSource,
  }
  const trained = await ports.train(job, { goesOn, progress })
  if (trained === null) return null
  const measured = await measure(plan, trained.student, ports, { goesOn, progress })
  if (measured === null) return null
  const result: CellResult = {
    cell,
    fingerprint,
    recipe,
    trainedBy: trained.trainedBy,
    evaluatedBy: measured.evaluatedBy,
    parameters: parameterCount(gptParameters(trained.student.config)),
    teacherParameters: world.result.parameters,
    trajectories: trajectories.length,
    ...told(trained),
    episodes: measured.episodes,
    histories: measured.histories,
  }
  return { result, metrics: trained.metrics }
}

async function measure(
  { cell, world, measuring }: CellPlan,
  folder: StudentFolder,
  ports: StudyPorts,
  { goesOn, progress }: StudyWatching,
): Promise<{ episodes: Shares[]; histories: Shares[]; evaluatedBy: ComputedBy } | null> {
  const watching = (what: string): Watching => ({ goesOn, progress: (done, of) => progress(what, done, of) })
  const { environment } = world
  const began = performance.now()
  const actor = await ports.actor(folder, cell.id)
  const { student } = actor
  try {
    const played = await rollOut(student, { environment, ...measuring }, watching('episodes played'))
    if (played === null) return null
    const recorded = world.recorded.slice(0, measuring.histories)
    const rewritten =
      recorded.length === 0
        ? []
        : await rewrite(
            student,
            { environment, ...measuring },
            recorded,
            watching('recorded runs written once more'),
          )
    if (rewritten === null) return null
    return {
      episodes: played.map((rollout) => episodeShares(rollout, student.tokenizer)),
      histories: rewritten.map((dialogue, i) => historyShares(dialogue, recorded[i]!.taskType)),
      evaluatedBy: computedSince(actor.computed, began),
    }
  } finally {
    student.dispose()
  }
}

/** What the lines of a run tell. */
function told({ metrics }: Trained): Pick<CellResult, 'trainTokens' | 'training' | 'curve'> {
  const lines = (split: MetricsLine['split']) => metrics.filter((line) => line.split === split)
  const last = (split: MetricsLine['split']) => {
    const line = lines(split).at(-1)
    return line ? metricsRecord(line) : null
  }
  const weighed = ({ lambda, reason, act, observation }: MetricsLine) =>
    (lambda.reason > 0 ? reason.tokens : 0) +
    (lambda.act > 0 ? act.tokens : 0) +
    (lambda.observation > 0 ? observation.tokens : 0)
  return {
    trainTokens: lines('train').reduce((sum, line) => sum + weighed(line), 0),
    training: { train: last('train'), heldOut: last('held-out') },
    curve: lines('held-out').map(
      ({ step, reason, act, loss }): CurvePoint => ({
        step,
        reason: reason.agreement,
        act: act.agreement,
        loss,
      }),
    ),
  }
}
