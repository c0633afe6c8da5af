import { z } from 'zod'
import { LabError, messageOf } from '../errors.ts'
import { describeIssues, issuesOf } from '../issues.ts'
import type { MetricsLine } from '../objective/metrics.ts'
import { TERMS } from '../objective/weights.ts'
import { WORLDS } from '../recipe.ts'

/** Bytes of half a million steps; the numbers of more would not fit beside a student. */
export const LARGEST_METRICS = 2 ** 29
/** A line has about a thousand characters. */
const LONGEST_LINE = 2 ** 16

const tokens = z.int().min(0)
const measured = z.number().nullable()
const wholeShare = z.number().min(0).max(1)
const share = wholeShare.nullable()
const weight = z.number().min(0)

/** A span kind: without a token every value is null in the file, and 0 in memory. */
const SpanFields = z
  .object({
    loss: measured,
    kl: measured,
    crossEntropy: measured,
    teacherEntropy: measured,
    agreement: measured,
    gradientShare: measured,
    calibrationError: measured,
    tokens,
  })
  .check(({ value, issues }) => {
    if (value.tokens === 0) return
    for (const [key, number] of Object.entries(value)) {
      if (number !== null || key === 'calibrationError') continue
      const message = `must be a number where there are tokens (there are ${value.tokens})`
      issues.push({ code: 'custom', path: [key], message, input: value })
    }
  })
  .transform(
    ({ tokens, calibrationError, loss, kl, crossEntropy, teacherEntropy, agreement, gradientShare }) => ({
      loss: loss ?? 0,
      kl: kl ?? 0,
      crossEntropy: crossEntropy ?? 0,
      teacherEntropy: teacherEntropy ?? 0,
      agreement: agreement ?? 0,
      gradientShare: gradientShare ?? 0,
      calibrationError: tokens > 0 ? calibrationError : null,
      tokens,
    }),
  )

const Line = z
  .object({
    step: tokens,
    split: z.enum(['train', 'held-out']),
    loss: measured,
    lambda: z.object({ reason: weight, act: weight, observation: weight }),
    reason: SpanFields,
    act: SpanFields,
    observation: SpanFields,
    steps: z
      .object({
        actions: tokens,
        actionMatch: share,
        reasonings: tokens,
        reasonMatch: share,
        cotSamples: tokens,
        cotMatch: share,
        cotNearMatch: share,
        cotF1: share,
      })
      .optional(),
    world: z
      .object({
        environment: z.enum(WORLDS),
        episodes: z.int().min(1),
        success: wholeShare,
        reward: wholeShare,
        steps: weight,
        invalidActions: share,
        malformedTurns: wholeShare,
        stoppedAtCap: wholeShare,
      })
      .optional(),
    onPolicy: z.object({ rows: tokens, tokens, parsed: share }).optional(),
    learningRate: weight.optional(),
    gradientNorm: weight.optional(),
    tokensPerSecond: weight.optional(),
    elapsedMs: weight,
  })
  .check(({ value, issues }) => {
    if (value.loss !== null || TERMS.every((term) => value[term].tokens === 0)) return
    issues.push({
      code: 'custom',
      path: ['loss'],
      message: 'must be a number where there are tokens',
      input: value,
    })
  })
  .transform((line): MetricsLine => ({ ...line, loss: line.loss ?? 0 }))

/**
 * Reads a metrics.jsonl in pieces, whoever wrote it. A last line that a killed run left without its end is dropped.
 */
export class MetricsReader {
  readonly lines: MetricsLine[] = []
  private rest = ''
  private number = 0

  /** @param where what to call the file in messages */
  constructor(private readonly where: string) {}

  /** @throws LabError `broken-record` naming the line and what is wrong with it */
  push(text: string): void {
    const parts = (this.rest + text).split('\n')
    this.rest = parts.pop()!
    if (this.rest.length > LONGEST_LINE) throw this.broken(this.number + 1, 'is no line of numbers')
    for (const part of parts) {
      this.number++
      if (part.trim() !== '') this.lines.push(this.read(part))
    }
  }

  private read(text: string): MetricsLine {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (error) {
      throw this.broken(this.number, `is not JSON (${messageOf(error)})`)
    }
    const parsed = Line.safeParse(value)
    if (!parsed.success) {
      const [first] = issuesOf(parsed.error, value)
      throw this.broken(this.number, `is none of this lab: ${describeIssues([first!], 'it')}`)
    }
    const before = this.lines.at(-1)?.step ?? 0
    if (parsed.data.step < before) {
      throw this.broken(this.number, `goes back to step ${parsed.data.step} from step ${before}`)
    }
    return parsed.data
  }

  private broken(line: number, what: string): LabError {
    return new LabError(
      'broken-record',
      `${this.where}, line ${line}, ${what}; the file is damaged or of another version.`,
    )
  }
}

/** The lines of a metrics.jsonl. */
export function parseMetricsJsonl(text: string, where = 'metrics.jsonl'): MetricsLine[] {
  const reader = new MetricsReader(where)
  reader.push(text)
  return reader.lines
}
