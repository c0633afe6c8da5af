import { SPAN_KINDS, type Span, type Trajectory } from '../trajectories/trajectory.ts'

/** Numbers per span. */
const WIDTH = 5

/**
 * A trajectory as one string, for the text store: the length of its text, the text as it is, and the rest as JSON, with
 * the spans as plain numbers, which is half of what objects take.
 */
export function packed({ spans, text, ...rest }: Trajectory): string {
  const numbers = new Array<number>(spans.length * WIDTH)
  for (const [i, { kind, end, contentStart, contentEnd, step }] of spans.entries()) {
    const at = i * WIDTH
    numbers[at] = SPAN_KINDS.indexOf(kind)
    numbers[at + 1] = end
    numbers[at + 2] = contentStart
    numbers[at + 3] = contentEnd
    numbers[at + 4] = step
  }
  return `${text.length}\n${text}${JSON.stringify({ ...rest, spans: numbers })}`
}

/** The text alone, which is what a search looks at. */
export function packedText(content: string): string {
  const start = content.indexOf('\n') + 1
  return content.slice(start, start + Number(content.slice(0, start)))
}

export function unpacked(content: string): Trajectory {
  const text = packedText(content)
  const json = content.slice(content.indexOf('\n') + 1 + text.length)
  const { spans: numbers, ...rest } = JSON.parse(json) as Omit<Trajectory, 'spans' | 'text'> & {
    spans: number[]
  }
  const spans: Span[] = []
  for (let at = 0; at < numbers.length; at += WIDTH) {
    const [kind, end, contentStart, contentEnd, step] = numbers.slice(at, at + WIDTH) as [
      number,
      number,
      number,
      number,
      number,
    ]
    const start = spans.at(-1)?.end ?? 0
    spans.push({ kind: SPAN_KINDS[kind]!, start, end, contentStart, contentEnd, step })
  }
  return { ...rest, text, spans }
}
