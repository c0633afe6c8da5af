import { type CurriculumView, curriculumView } from '../dataset/curriculumView.ts'
import { buildDataset } from '../dataset/dataset.ts'
import type { DatasetReport } from '../dataset/row.ts'
import { charactersOf, spread } from '../dataset/spread.ts'
import { scaledReport } from '../teacher/report.ts'
import { refuseSilent, type TeacherOutlook, teacherOutlook } from '../teacher/signal.ts'
import { type RunMaterial, trainedOn, vocabularyOf } from './material.ts'
import type { CheckedDevice } from './openChecked.ts'
import { foreseen, rehearsedTeacher } from './rehearse.ts'

/** Characters that an outlook looks at; it is worked out anew with every change of the recipe. */
const OUTLOOK_CHARACTERS = 2 ** 20

/** What is known of a run before it is started. */
export interface RunOutlook {
  parameters: number
  vocabularySize: number
  /** Weights, optimiser state, gradients and activations: the most at a time, rehearsed or estimated. */
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
  const all = trainedOn(material)
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
