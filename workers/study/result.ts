import { z } from 'zod'
import { LabError, messageOf } from '../errors.ts'
import type { Shares } from '../evaluation/metrics.ts'
import { describeIssues, issuesOf } from '../issues.ts'
import type { Recipe } from '../recipe.ts'
import type { StudyCell } from './cells.ts'

/** What computed something, and how long that took. */
export interface ComputedBy {
  backend: string
  engine: string
  adapter: string
  seconds: number
}

export type TrainedBy = ComputedBy & { program: 'lab' | 'scale' }

/** A line of metrics.jsonl as it is written. */
export type MetricsRecord = Record<string, unknown>

/** How the student did on held-out rows at one evaluation. */
export interface CurvePoint {
  step: number
  /** Share of the reason tokens on which student and teacher agree, and of the act tokens; 0 … 1. */
  reason: number
  act: number
  loss: number
}

/** What is left of a cell. */
export interface CellResult {
  cell: StudyCell
  /** Of all that it was made from; a study whose cell has another one is another study. */
  fingerprint: string
  /** As trained, all defaults filled in. */
  recipe: Recipe
  trainedBy: TrainedBy
  evaluatedBy: ComputedBy
  parameters: number
  teacherParameters: number
  /** Given to the run, those held out included. */
  trajectories: number
  /** Reason, act and weighed observation tokens that the run was trained on, repetitions counted. */
  trainTokens: number
  /** Last lines; null where there is none. */
  training: { train: MetricsRecord | null; heldOut: MetricsRecord | null }
  curve: CurvePoint[]
  /** Of each episode, in the order of the plan, so that intervals can be computed over seeds. */
  episodes: Shares[]
  /** Of each recorded episode of the teacher; none of a candidate. */
  histories: Shares[]
}

/** How the teacher of a world, and its expert, do on the very episodes that the students are tested on. */
export interface TeacherResult {
  environment: StudyCell['environment']
  fingerprint: string
  /** As the study names it. */
  source: string
  parameters: number
  contextLength: number
  vocabularySize: number
  evaluatedBy: ComputedBy
  /** What the students learn from: episodes that were played, those that reached the goal, and those that are kept. */
  trajectories: { by: 'teacher' | 'expert'; played: number; successes: number; kept: number }
  episodes: Shares[]
  expert: Shares[]
}

const share = z.tuple([z.number(), z.number()])
const shares = z.array(z.object({ taskType: z.string(), shares: z.record(z.string(), share) }))
const text = z.string()
const computed = { backend: text, engine: text, adapter: text, seconds: z.number().min(0) }
const count = z.int().min(0)
const environment = z.enum(['household', 'wiki', 'shop'])
const record = z.record(text, z.unknown()).nullable()

const Cell = z.object({
  cell: z.object({
    id: text,
    environment,
    amount: text,
    student: text,
    arm: text,
    seed: count,
    candidate: count.optional(),
    split: z.enum(['test', 'validation']),
  }),
  fingerprint: text,
  // It was whole when it was written, by this version or another.
  recipe: z.custom<Recipe>((value) => typeof value === 'object' && value !== null, 'must be a recipe'),
  trainedBy: z.object({ program: z.enum(['lab', 'scale']), ...computed }),
  evaluatedBy: z.object(computed),
  parameters: count,
  teacherParameters: count,
  trajectories: count,
  trainTokens: count,
  training: z.object({ train: record, heldOut: record }),
  curve: z.array(z.object({ step: count, reason: z.number(), act: z.number(), loss: z.number() })),
  episodes: shares,
  histories: shares,
})

const Teacher = z.object({
  environment,
  fingerprint: text,
  source: text,
  parameters: count,
  contextLength: count,
  vocabularySize: count,
  evaluatedBy: z.object(computed),
  trajectories: z.object({
    by: z.enum(['teacher', 'expert']),
    played: count,
    successes: count,
    kept: count,
  }),
  episodes: shares,
  expert: shares,
})

/** @throws LabError `broken-record` naming the file and what is wrong with it */
export function readCellResult(content: string, where: string): CellResult {
  return read(content, Cell, where, 'the result of a cell')
}

/** @throws LabError `broken-record` naming the file and what is wrong with it */
export function readTeacherResult(content: string, where: string): TeacherResult {
  return read(content, Teacher, where, 'the result of a teacher')
}

function read<T>(content: string, schema: z.ZodType<T>, where: string, what: string): T {
  let value: unknown
  try {
    value = JSON.parse(content)
  } catch (error) {
    throw new LabError('broken-record', `${where} is not valid JSON (${messageOf(error)}): remove it.`)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [first] = issuesOf(parsed.error, value)
  throw new LabError('broken-record', `${where} is not ${what}: ${describeIssues([first!], 'it')}.`)
}
