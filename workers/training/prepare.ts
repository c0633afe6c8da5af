import { sortsByDifficulty } from '../dataset/curriculum.ts'
import { type CurriculumView, curriculumView } from '../dataset/curriculumView.ts'
import { buildDataset, type Dataset } from '../dataset/dataset.ts'
import { type DatasetReport, KIND_CODES } from '../dataset/row.ts'
import { charactersOf, spread } from '../dataset/spread.ts'
import { type Device, refusedBy } from '../device/device.ts'
import { LabError, messageOf } from '../errors.ts'
import type { Operations, Rehearsal } from '../kernels/operations.ts'
import type { StudentFolder } from '../models/folder.ts'
import type { GptConfig } from '../models/parameters.ts'
import type { Recipe } from '../recipe.ts'
import type { Capture } from '../teacher/capture.ts'
import { captureTeacher, DEFAULT_K } from '../teacher/captureTeacher.ts'
import { MemoryFile } from '../teacher/memoryFile.ts'
import { reportTargets, scaledReport } from '../teacher/report.ts'
import { teacherTokenizer } from '../teacher/shelf.ts'
import {
  refuseSilent,
  type Signal,
  signalOf,
  type TeacherOutlook,
  teacherOutlook,
} from '../teacher/signal.ts'
import { captureTargets } from '../teacher/sources.ts'
import { StoredTeacher, storedEntropies, teachesAny } from '../teacher/stored.ts'
import type { TargetSource } from '../teacher/targets.ts'
import { ModelTeacher, type Teacher } from '../teacher/teacher.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { trainBpe } from '../tokenizer/train.ts'
import { each, type TrajectorySet } from '../trajectories/trajectory.ts'
import { estimateMemory, type MemoryEstimate, refuseTooLarge } from './estimate.ts'
import { OnPolicy } from './onPolicy.ts'
import type { CheckedDevice } from './openChecked.ts'
import { ReasoningSamples } from './reasoningSamples.ts'
import { type RehearsedTeacher, rehearseRun } from './rehearse.ts'
import { teacherEntropies } from './teacherEntropies.ts'
import { type Checkpoint, Trainer } from './trainer.ts'

/** Characters that a tokenizer learns from at least, and for each of its tokens; more of the same change little. */
const TOKENIZER_CHARACTERS = { least: 2 ** 21, perToken: 512 }
/** Characters that a run trains on: their tokens stay in memory, some three hundred megabytes. */
const TRAINING_CHARACTERS = 64 * 2 ** 20
/** Characters that an outlook looks at; it is worked out anew with every change of the recipe. */
const OUTLOOK_CHARACTERS = 2 ** 20

/** What a run is made of, before a device is involved. */
export interface RunMaterial {
  recipe: Recipe
  trajectories: TrajectorySet
  tokenizer: Tokenizer
  /** The folder of a model teacher; null where the recipe names none. */
  teacher: StudentFolder | null
  /** The capture that the recipe names, if it names one. */
  capture?: Capture | null
  /** `corrections.json` for what was corrected by hand in the trajectories, if anything was; it travels with the run. */
  corrections?: string
}

/**
 * The tokenizer that a recipe names: trained on the texts (of very many, on some spread evenly), or that of the teacher,
 * be it a model or a capture of one.
 *
 * @throws LabError `tokenizer-mismatch` when a teacher's tokenizer has ids beyond its model's vocabulary
 */
export function tokenizerFor(
  recipe: Recipe,
  trajectories: TrajectorySet,
  teacher: StudentFolder | null,
  capture?: Capture | null,
): Tokenizer {
  if (recipe.tokenizer.kind === 'train-bpe') {
    if (trajectories.length === 0) {
      throw new LabError(
        'no-training-rows',
        'No trajectories are loaded to train a tokenizer on: add files or the demo first.',
      )
    }
    const { vocabularySize } = recipe.tokenizer
    const { least, perToken } = TOKENIZER_CHARACTERS
    return trainBpe(textsOf(spread(trajectories, Math.max(least, vocabularySize * perToken))), vocabularySize)
  }
  return capture ? capture.tokenizer : teacherTokenizer(teacher!, 'The teacher')
}

function* textsOf(trajectories: TrajectorySet): Iterable<string> {
  for (const { text } of each(trajectories)) yield text
}

/** The vocabulary of the student: that of its tokenizer, or the width of a teacher beside it where that is padded. */
export function vocabularyOf(material: RunMaterial): number {
  return besideOf(material)?.vocabularySize ?? material.tokenizer.vocabularySize
}

/** The shape of a model that runs beside the student; null for any other teacher. */
function besideOf({ recipe, teacher }: RunMaterial): GptConfig | null {
  return recipe.tokenizer.kind === 'teacher' && teacher ? teacher.config : null
}

export interface RunOutlook {
  parameters: number
  vocabularySize: number
  memoryBytes: number
  /** Of many trajectories the counts are estimated from some that are spread evenly. */
  dataset: DatasetReport
  /** Without the teacher's entropy, which is measured when the run begins. */
  curriculum: CurriculumView
  /** How many trajectories were looked at, where that was not all. */
  sampled?: number
  /** Trajectories that a run leaves out, evenly spread, since their tokens would not fit into memory. */
  leftOut: number
  /** What a teacher that does not run beside the student knows of the trajectories. */
  teacher?: TeacherOutlook
  /** Why this device cannot hold it; a sentence. */
  refusal?: string
}

/** What a run will cost and train on; whether it fits is known only with a device. */
export function outlook(
  material: RunMaterial,
  opened: Pick<CheckedDevice, 'device' | 'operations'> | null,
): RunOutlook {
  const { recipe } = material
  const all = spread(material.trajectories, TRAINING_CHARACTERS)
  const sample = spread(all, OUTLOOK_CHARACTERS)
  const dataset = buildDataset(sample, material.tokenizer, recipe)
  const vocabularySize = vocabularyOf(material)
  const factor = charactersOf(all) / Math.max(1, charactersOf(sample))
  const teacher = teacherOutlook(material, sample)
  // In a sample that has none, some may be all the same.
  if (teacher && sample === material.trajectories) refuseSilent(teacher.report, sample.length, recipe)
  const memory = foreseen(material, dataset, opened, rehearsedTeacher(material, teacher?.report.k))
  return {
    parameters: memory.parameters,
    vocabularySize,
    memoryBytes: memory.totalBytes,
    curriculum: curriculumView(dataset.train, recipe, null),
    dataset: sample === all ? dataset.report : scaled(dataset.report, all.length, factor),
    sampled: sample === all ? undefined : sample.length,
    leftOut: material.trajectories.length - all.length,
    teacher: teacher && { ...teacher, report: scaledReport(teacher.report, factor) },
    refusal: memory.refusal,
  }
}

/** @param k log-probabilities for each position of a teacher that does not run beside the student */
function rehearsedTeacher(material: RunMaterial, k: number | undefined): RehearsedTeacher {
  const { recipe, teacher: folder } = material
  if (folder && besideOf(material)) {
    return { kind: 'model', folder, half: recipe.teacher.kind === 'model' && recipe.teacher.halfPrecision }
  }
  return recipe.teacher.kind === 'text' ? { kind: 'text' } : { kind: 'stored', k: k ?? DEFAULT_K }
}

/** What a run will hold, and why the device cannot: found by a rehearsal where there can be one, else by formula. */
function foreseen(
  material: RunMaterial,
  dataset: Dataset,
  opened: Pick<CheckedDevice, 'device' | 'operations'> | null,
  teacher: RehearsedTeacher,
): MemoryEstimate & { refusal?: string; compile?: Rehearsal['compile'] } {
  const { recipe } = material
  const vocabularySize = vocabularyOf(material)
  const formula = estimateMemory(recipe, dataset.rowLength, vocabularySize, besideOf(material))
  if (!opened) return formula
  try {
    const rehearsal = rehearseRun(opened.operations, { recipe, dataset, vocabularySize }, teacher)
    if (!rehearsal) return { ...formula, refusal: refuseTooLarge(formula, opened.device) }
    const { peakBytes: totalBytes, largestBindingBytes: largestBufferBytes, compile } = rehearsal
    const memory = { parameters: formula.parameters, totalBytes, largestBufferBytes }
    return { ...memory, compile, refusal: refuseTooLarge(memory, opened.device) }
  } catch (error) {
    if (!(error instanceof LabError)) throw error
    return { ...formula, refusal: messageOf(error) }
  }
}

function scaled(report: DatasetReport, trajectories: number, factor: number): DatasetReport {
  const times = (count: number) => Math.round(count * factor)
  return {
    trajectories,
    heldOutTrajectories: times(report.heldOutTrajectories),
    rows: times(report.rows),
    packedRows: times(report.packedRows),
    fill: report.fill,
    heldOutRows: times(report.heldOutRows),
    mixedRows: times(report.mixedRows),
    tokens: Object.fromEntries(
      Object.entries(report.tokens).map(([kind, count]) => [kind, times(count)]),
    ) as DatasetReport['tokens'],
    emptyMaskRows: times(report.emptyMaskRows),
    weightlessRows: times(report.weightlessRows),
    unknownOutcomes: times(report.unknownOutcomes),
    cappedTokens: times(report.cappedTokens),
    truncatedSteps: times(report.truncatedSteps),
    cut: Object.fromEntries(
      Object.entries(report.cut).map(([kind, { spans, tokens }]) => [
        kind,
        { spans: times(spans), tokens: times(tokens) },
      ]),
    ) as DatasetReport['cut'],
    shortenedPrompts: times(report.shortenedPrompts),
  }
}

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
 * @throws LabError `student-too-large` before anything is allocated, `no-training-rows`, `invalid-teacher`
 */
export async function prepareRun(
  material: RunMaterial,
  device: Device,
  operations: Operations,
  checkpoint?: Checkpoint,
  preparing: Preparing = {},
): Promise<PreparedRun> {
  const { recipe, tokenizer } = material
  const trajectories = spread(material.trajectories, TRAINING_CHARACTERS)
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
