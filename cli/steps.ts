import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { LabError, messageOf } from '../workers/errors.ts'
import { describeIssues, issuesOf } from '../workers/issues.ts'
import { readableStep } from '../workers/training/stepBorders.ts'
import type { ContinuationReader } from '../workers/trajectories/continuation.ts'
import { ReadingSchema } from '../workers/trajectories/reading.ts'
import { SPAN_KINDS, type Span, type Trajectory } from '../workers/trajectories/trajectory.ts'

const offset = z.int().min(0)

/** Of a `SpanLine` what a step border needs. */
const Line = z.object({
  format: z.string(),
  spans: z.array(
    z.object({
      kind: z.enum(SPAN_KINDS),
      text: z.string(),
      content: z.string(),
      step: z.int().min(-1),
      contentAt: offset,
    }),
  ),
})

/** One question; a line holds a list of them. */
const Request = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('open'),
    trajectory: Line,
    from: offset,
    step: offset,
    reading: ReadingSchema,
  }),
  z.strictObject({ do: z.literal('read'), id: offset, written: z.string() }),
  z.strictObject({ do: z.literal('close'), id: offset }),
])

/** A span of a step, its UTF-16 offsets counted from the border. */
type StepSpan = Pick<Span, 'kind' | 'start' | 'end' | 'contentStart' | 'contentEnd'>

/** The answer to `open`, to `read`, and to `close`. */
type Answer = { id: number; recorded: StepSpan[] } | StepSpan[] | null

/**
 * Reads what a student writes at step borders, for a program that is not the lab: `scale/`, whose rows and samples are
 * to be read by the very rules that read the trajectories (`stepBorders.ts`).
 *
 * A line of JSON comes in, a list of questions, and one goes out, the list of their answers:
 *
 * - `{"do": "open", trajectory, from, step, reading}`, the trajectory being a line of `lab segment`, `from` the UTF-16
 *   offset at which the step begins -> `{id, recorded}`, the recorded step's spans; null where no rule reads it
 * - `{"do": "read", id, written}` -> the spans of a text in that step's place; null where it is no step
 * - `{"do": "close", id}` -> null
 */
export class StepService {
  private readonly open = new Map<number, ContinuationReader>()
  private opened = 0

  /** @throws LabError `usage` for a line that is no list of questions, naming what is wrong with it */
  answer(line: string): string {
    let asked: unknown
    try {
      asked = JSON.parse(line)
    } catch (error) {
      throw new LabError('usage', `A question is no JSON: ${messageOf(error)}.`)
    }
    const parsed = z.array(Request).safeParse(asked)
    if (!parsed.success) {
      const issues = describeIssues(issuesOf(parsed.error, asked), 'the whole line')
      throw new LabError('usage', `A question is not understood: ${issues}.`)
    }
    return JSON.stringify(parsed.data.map((request) => this.one(request)))
  }

  private one(request: z.output<typeof Request>): Answer {
    if (request.do === 'open') {
      const { from, step, reading } = request
      const trajectory = trajectoryOf(request.trajectory)
      if (from > trajectory.text.length || !trajectory.spans.some((span) => span.step === step)) {
        throw new LabError('usage', `The trajectory has no step ${step} at ${from}.`)
      }
      const border = readableStep(trajectory, from, step, reading)
      if (border === null) return null
      this.open.set(this.opened, border.read)
      return { id: this.opened++, recorded: border.recorded.map(placed) }
    }
    if (request.do === 'close') {
      this.open.delete(request.id)
      return null
    }
    const read = this.open.get(request.id)
    if (read === undefined) throw new LabError('usage', `No step is open as ${request.id}.`)
    return read(request.written)?.map(placed) ?? null
  }
}

function placed({ kind, start, end, contentStart, contentEnd }: Span): StepSpan {
  return { kind, start, end, contentStart, contentEnd }
}

function trajectoryOf({ format, spans: pieces }: z.output<typeof Line>): Trajectory {
  const spans: Span[] = []
  let start = 0
  for (const { kind, text, content, step, contentAt } of pieces) {
    const contentStart = start + contentAt
    const end = start + text.length
    spans.push({ kind, start, end, contentStart, contentEnd: contentStart + content.length, step })
    start = end
  }
  const text = pieces.map((piece) => piece.text).join('')
  return { file: '', index: 0, format, environment: 'unknown', text, spans, warnings: [] }
}

/** `lab steps`: answers on stdout what comes on stdin, line by line, until there is no more. */
export async function steps(args: string[]): Promise<void> {
  parseArgs({ args, options: {} })
  const service = new StepService()
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${service.answer(line)}\n`)
  }
}
