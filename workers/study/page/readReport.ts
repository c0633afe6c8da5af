import { z } from 'zod'
import { LabError } from '../../errors.ts'
import { describeIssues, issuesOf } from '../../issues.ts'
import { COMPARED, MEASURES } from '../measures.ts'
import type { StudyReport } from '../report.ts'
import { parseStudy } from '../study.ts'

const text = z.string()
const count = z.int().min(0)
const maybe = z.number().nullable()
const environment = z.enum(['household', 'wiki', 'shop'])
const setting = { environment, amount: text, student: text, arm: text }
const progress = z.object({ planned: count, done: count })
const estimate = z.object({ mean: maybe, low: maybe, high: maybe, of: z.number() })
const difference = z.object({ mean: maybe, low: maybe, high: maybe, ofPairs: z.array(z.number()) })
const measure = z.enum(MEASURES)
const patch = z.record(text, z.unknown())

const Row = z.object({
  who: z.enum(['teacher', 'expert', 'student']),
  arm: text.nullable(),
  amount: text.nullable(),
  student: text.nullable(),
  parameters: maybe,
  seeds: count,
  planned: count,
  measures: z.partialRecord(measure, estimate),
  byTaskType: z.record(text, estimate),
})

const Report = z.object({
  version: z.literal(1),
  study: z.unknown(),
  cells: progress,
  candidates: progress,
  teachers: z.array(
    z.object({
      environment,
      source: text,
      parameters: count,
      contextLength: count,
      vocabularySize: count,
      trajectories: z.object({
        by: z.enum(['teacher', 'expert']),
        played: count,
        successes: count,
        kept: count,
      }),
      episodes: count,
    }),
  ),
  tables: z.array(
    z.object({
      environment,
      block: count,
      taskTypes: z.array(text),
      measures: z.array(measure),
      rows: z.array(Row),
    }),
  ),
  comparisons: z.array(
    z.object({
      ...setting,
      environment: environment.nullable(),
      other: text,
      differIn: z.array(text),
      seeds: count,
      planned: count,
      ahead: count,
      behind: count,
      differences: z.record(z.enum(COMPARED), difference),
      p: maybe,
      correctedP: maybe,
    }),
  ),
  choices: z.array(
    z.object({
      environment,
      arm: text,
      candidates: z.array(z.object({ recipe: patch, seeds: count, planned: count, success: estimate })),
      chosen: maybe,
    }),
  ),
  curves: z.array(
    z.object({
      ...setting,
      seeds: count,
      points: z.array(z.object({ step: count, reason: z.number(), act: z.number(), loss: z.number() })),
    }),
  ),
  points: z.array(
    z.object({ ...setting, seed: count, parameters: count, success: maybe, reason: maybe, act: maybe }),
  ),
  correlations: z.array(
    z.object({
      environment,
      kind: z.enum(['reason', 'act']),
      cells: count,
      rank: maybe,
      low: maybe,
      high: maybe,
    }),
  ),
  work: z.array(
    z.object({
      what: z.enum(['trained', 'measured']),
      program: z.enum(['lab', 'scale']),
      backend: text,
      engine: text,
      adapter: text,
      agents: count,
      seconds: z.number().min(0),
    }),
  ),
  reading: z.array(z.object({ title: text, environment: environment.nullable(), sentences: z.array(text) })),
})

/**
 * The report of a study, as `results.json` has it.
 *
 * @param value a parsed JSON value, not yet trusted
 * @param where the file's name, for messages
 * @throws LabError `broken-record` naming what is wrong with it, `invalid-recipe` for its study
 */
export function readReport(value: unknown, where: string): StudyReport {
  const parsed = Report.safeParse(value)
  if (!parsed.success) {
    const [first] = issuesOf(parsed.error, value)
    throw new LabError(
      'broken-record',
      `${where} is not the results.json of a study as this page knows it: ${describeIssues([first!], 'it')}.`,
    )
  }
  return { ...parsed.data, study: parseStudy(parsed.data.study, `${where}: study`) }
}
