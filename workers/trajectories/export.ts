import type { EnvironmentName, SpanKind, Trajectory, Warning } from './trajectory.ts'

/** One line of `lab segment`. */
export interface SpanLine {
  file: string
  index: number
  format: string
  environment: EnvironmentName
  /** The texts concatenated are the trajectory; `content` is the text without its marker and outer white space. */
  spans: { kind: SpanKind; text: string; content: string }[]
  warnings: Warning[]
}

/** A trajectory as `lab segment` prints it. */
export function spanLine({ file, index, format, environment, text, spans, warnings }: Trajectory): SpanLine {
  return {
    file,
    index,
    format,
    environment,
    spans: spans.map((span) => ({
      kind: span.kind,
      text: text.slice(span.start, span.end),
      content: text.slice(span.contentStart, span.contentEnd),
    })),
    warnings,
  }
}
