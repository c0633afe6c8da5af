import { sortsByDifficulty } from '../dataset/curriculum.ts'
import { type CurriculumView, curriculumView } from '../dataset/curriculumView.ts'
import { buildDataset, type Dataset } from '../dataset/dataset.ts'
import { KIND_CODES } from '../dataset/row.ts'
import { type Device, refusedBy } from '../device/device.ts'
import { LabError } from '../errors.ts'
import type { Operations } from '../kernels/operations.ts'
import { captureTeacher } from '../teacher/captureTeacher.ts'
import { MemoryFile } from '../teacher/memoryFile.ts'
import { reportTargets } from '../teacher/report.ts'
import { refuseSilent, type Signal, signalOf } from '../teacher/signal.ts'
import { captureTargets } from '../teacher/sources.ts'
import { StoredTeacher, storedEntropies, teachesAny } from '../teacher/stored.ts'
import type { TargetSource } from '../teacher/targets.ts'
import { ModelTeacher, type Teacher } from '../teacher/teacher.ts'
import type { TrajectorySet } from '../trajectories/trajectory.ts'
import { type RunMaterial, trainedOn, vocabularyOf } from './material.ts'
import { OnPolicy } from './onPolicy.ts'
import { ReasoningSamples } from './reasoningSamples.ts'
import { foreseen, rehearsedTeacher } from './rehearse.ts'
import { teacherEntropies } from './teacherEntropies.ts'
import { type Checkpoint, Trainer } from './trainer.ts'
import { openWorld } from './worldRollouts.ts'

export interface PreparedRun {
  trainer: Trainer
  dataset: Dataset
  curriculum: CurriculumView
  dispose(): void
}

/** While a run is being prepared. */
export interface Preparing {
  /** Ends what takes long. */
  signal?: AbortSignal
  /** Hears what takes long, in a few words; undefined when it is over. */
  activity?: (what: string | undefined) => void
}

/**
 * Puts teacher and student on the device and the rows in order; a model with a tokenizer other than the student's is
 * captured first.
 *
 * @param checkpoint to go on from
 * @throws LabError `student-too-large` before anything is allocated, `no-training-rows`, `invalid-teacher`,
 * `invalid-recipe` where the context is too short for the world that the student is to act in
 */
export async function prepareRun(
  material: RunMaterial,
  device: Device,
  operations: Operations,
  checkpoint?: Checkpoint,
  preparing: Preparing = {},
): Promise<PreparedRun> {
  const { recipe, tokenizer } = material
  const world = await openWorld(material)
  const trajectories = trainedOn(material)
  let dataset = buildDataset(trajectories, tokenizer, recipe)
  const vocabularySize = vocabularyOf(material)
  const signal = signalOf(material, trajectories)
  const k = signal.kind === 'captured-first' ? signal.k : undefined
  const opened = { device, operations }
  const { refusal, compile } = foreseen(material, dataset, opened, rehearsedTeacher(material, k))
  if (refusal) throw new LabError('student-too-large', refusal)
  await compile?.((done, of) => preparing.activity?.(`Compiling kernels: ${done} of ${of}.`))

  const source = await sourceOf(signal, trajectories, material, operations, preparing)
  const model = signal.kind === 'beside' ? new ModelTeacher(operations, signal.folder, signal.half) : null
  const teacher = source ? storedTeacher(source, trajectories, material, dataset) : model
  let entropies: number[] | null = null
  try {
    if (teacher && recipe.curriculum.gamma > 0 && sortsByDifficulty(recipe.curriculum.order)) {
      entropies = source
        ? storedEntropies(source, dataset.train, trajectories.length)
        : await teacherEntropies(operations, model!, dataset, trajectories.length, recipe)
      dataset = buildDataset(trajectories, tokenizer, recipe, entropies)
    }
    const reasonings = new ReasoningSamples(dataset, trajectories, tokenizer, recipe)
    const trainer = await holding(
      device,
      () =>
        new Trainer({
          recipe,
          dataset,
          vocabularySize,
          operations,
          teacher,
          reasonings,
          world: world ?? undefined,
          onPolicy:
            recipe.onPolicy.share > 0
              ? new OnPolicy(trajectories, tokenizer, recipe, dataset.rowLength)
              : undefined,
          checkpoint,
        }),
    )
    return {
      trainer,
      dataset,
      curriculum: curriculumView(dataset.train, recipe, entropies),
      dispose: () => {
        trainer.dispose()
        teacher?.dispose()
        // The next run has arrays of other sizes.
        operations.trim()
      },
    }
  } catch (error) {
    teacher?.dispose()
    throw error
  }
}

/**
 * Makes a trainer, whose arrays the device may have no room for.
 *
 * @throws LabError `student-too-large`
 */
async function holding(device: Device, make: () => Trainer): Promise<Trainer> {
  let trainer: Trainer | undefined
  const refused = await refusedBy(async () => {
    trainer = make()
  })
  if (!refused) return trainer!
  trainer!.dispose()
  throw new LabError(
    'student-too-large',
    `${device.adapter} has no room for this student (${refused}): choose fewer layers, a smaller width or vocabulary, or close what else uses the GPU.`,
  )
}

/** What is stored of a teacher, captured now where that is not yet so; null for one that nothing is stored of. */
async function sourceOf(
  signal: Signal,
  trajectories: TrajectorySet,
  { tokenizer }: RunMaterial,
  operations: Operations,
  { signal: abort, activity }: Preparing,
): Promise<TargetSource | null> {
  if (signal.kind === 'stored') return signal.source
  if (signal.kind !== 'captured-first') return null
  const { folder, name, k, half } = signal
  const capture = await captureTeacher(operations, {
    trajectories,
    teacher: folder,
    name,
    k,
    half,
    file: new MemoryFile(),
    signal: abort,
    progress: (done, of) => activity?.(`Capturing ${name}: ${done} of ${of} trajectories.`),
  })
  activity?.(undefined)
  return captureTargets(capture, trajectories, tokenizer)
}

/** @throws LabError `invalid-teacher` where it has nothing to say of what is to be trained on */
function storedTeacher(
  source: TargetSource,
  trajectories: TrajectorySet,
  { recipe, tokenizer }: RunMaterial,
  { train }: Dataset,
): Teacher {
  const report = reportTargets(source, trajectories, tokenizer)
  refuseSilent(report, trajectories.length, recipe)
  const { reason, act, observation } = recipe.objective.lambda
  const weighed = new Map([
    [KIND_CODES.reason, reason],
    [KIND_CODES.act, act],
    [KIND_CODES.observation, observation],
    [KIND_CODES.other, observation],
  ])
  if (!teachesAny(source, train, (kind) => (weighed.get(kind) ?? 0) > 0)) {
    throw new LabError(
      'invalid-teacher',
      `The stored log-probabilities reach no token that objective.lambda weighs in the ${train.length} training rows, so there is nothing to train on; load more trajectories that have some, or choose another teacher.`,
    )
  }
  return new StoredTeacher(source, report.k)
}
