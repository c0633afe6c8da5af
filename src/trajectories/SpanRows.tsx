import { useVirtualizer } from '@tanstack/react-virtual'
import { type HTMLAttributes, memo, type Ref, useImperativeHandle, useRef } from 'react'
import type { Span, SpanKind } from '../../workers/protocol.ts'
import { KIND_NAMES } from './kinds.ts'
import { offsetAtPoint } from './pointedOffset.ts'
import classes from './SpanRows.module.css'
import {
  beginsToken,
  cutPieces,
  rowAt,
  type Segment,
  segmentsOf,
  type TextRow,
  tokenPieces,
} from './textRows.ts'

export interface SpanRowsHandle {
  readonly element: HTMLElement
  /** The offset at a point of the window; undefined where there is no text. */
  offsetAt(x: number, y: number): number | undefined
  /** The first row that can be seen, and how many can. */
  inSight(): { first: number; rows: number }
  reveal(offset: number, align?: 'auto' | 'center'): void
}

export interface SpanRowsProps extends HTMLAttributes<HTMLElement> {
  text: string
  spans: Span[]
  /** Of the text, as `textRows` cuts it. */
  rows: TextRow[]
  /** Offsets in which tokens start, where their borders are to be drawn. */
  tokens?: Int32Array
  /** Kinds that are not highlighted. */
  plainKinds?: SpanKind[]
  /** What is picked out: a stretch, or a caret where its ends are the same. */
  pick?: { start: number; end: number }
  /** The row that a warning is about. */
  pointed?: number
  ref?: Ref<SpanRowsHandle>
}

const NO_KINDS: SpanKind[] = []
/** Pixels of a line, as in the style sheet. */
const LINE = 20
/** Characters in which a row is thought to break until it is measured. */
const COLUMNS = 80

/** Elements that are kept track of; of texts with more rows, several make one. */
const MOST_ITEMS = 30_000

function linesIn(rows: TextRow[], from: number, count: number): number {
  let lines = 0
  for (let index = from; index < Math.min(from + count, rows.length); index++) {
    lines += linesOf(rows[index]!.end - rows[index]!.start)
  }
  return lines
}

function linesOf(characters: number): number {
  return Math.max(1, Math.ceil(characters / COLUMNS))
}

/** A text cut into spans, row by row; only the rows in sight are elements, so its length does not matter. */
export function SpanRows({
  text,
  spans,
  rows,
  tokens,
  plainKinds = NO_KINDS,
  pick,
  pointed,
  ref,
  ...region
}: SpanRowsProps) {
  const scroller = useRef<HTMLElement>(null)
  const together = Math.ceil(rows.length / MOST_ITEMS)
  const virtual = useVirtualizer({
    count: Math.ceil(rows.length / together),
    getScrollElement: () => scroller.current,
    estimateSize: (index) => LINE * linesIn(rows, index * together, together),
    // As many lines as twelve short rows have: a row of a long line is laid out as a dozen of them.
    overscan: Math.ceil(12 / together / linesOf(text.length / rows.length)),
    useFlushSync: false,
  })
  useImperativeHandle(ref, () => ({
    element: scroller.current!,
    offsetAt: (x, y) => offsetAtPoint(scroller.current!, x, y),
    inSight() {
      const { scrollTop, clientHeight } = scroller.current!
      const items = virtual.getVirtualItems()
      const seen = items.filter(({ start }) => start >= scrollTop && start < scrollTop + clientHeight)
      const first = (seen[0] ?? items[0])?.index ?? 0
      return { first: first * together, rows: Math.max(1, seen.length * together) }
    },
    reveal: (offset, align = 'auto') =>
      virtual.scrollToIndex(Math.floor(rowAt(rows, offset) / together), { align }),
  }))

  const items = virtual.getVirtualItems()
  return (
    <section {...region} ref={scroller} className={classes.text}>
      <div className={classes.rows} style={{ height: virtual.getTotalSize() }}>
        <div className={classes.window} style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
          {items.map((item) => (
            <div key={item.key} ref={virtual.measureElement} data-index={item.index}>
              {rows.slice(item.index * together, (item.index + 1) * together).map((row, offset) => {
                const index = item.index * together + offset
                return (
                  <Row
                    key={row.start}
                    text={text}
                    spans={spans}
                    row={row}
                    tokens={tokens}
                    plainKinds={plainKinds}
                    pointed={index === pointed}
                    {...pickedOf(row, pick, rows[index + 1])}
                  />
                )
              })}
            </div>
          ))}
        </div>
      </div>
    </section>
  )
}

interface Picked {
  /** The picked stretch within the row; NaN for none. */
  from: number
  to: number
  caret: number
  /** The newline is picked, too. */
  newline: boolean
}

const NOT_PICKED: Picked = { from: Number.NaN, to: Number.NaN, caret: Number.NaN, newline: false }

function pickedOf(row: TextRow, pick: SpanRowsProps['pick'], next: TextRow | undefined): Picked {
  if (!pick) return NOT_PICKED
  const { start, end } = pick
  if (start === end) {
    // Where one row of a long line ends the next begins, and a caret is drawn once.
    const here = start >= row.start && start <= row.end && start !== next?.start
    return here ? { ...NOT_PICKED, caret: start } : NOT_PICKED
  }
  if (start > row.end || end <= row.start) return NOT_PICKED
  return {
    from: Math.max(start, row.start),
    to: Math.min(end, row.end),
    caret: Number.NaN,
    newline: end > row.end && !next?.continued,
  }
}

interface RowProps extends Picked {
  text: string
  spans: Span[]
  row: TextRow
  tokens: Int32Array | undefined
  plainKinds: SpanKind[]
  pointed: boolean
}

const Row = memo(function Row({ text, spans, row, tokens, plainKinds, pointed, ...picked }: RowProps) {
  const segments = segmentsOf(row, spans)
  const first = segments[0]
  if (!first) return null
  const kind = spans[first.span]!.kind
  return (
    <div
      className={classes.row}
      data-kind={kind}
      data-plain={plainKinds.includes(kind)}
      data-pointed={pointed}
      data-row-start={row.start}
      data-row-end={row.end}
    >
      <span className={classes.line}>{row.continued ? '' : row.line}</span>
      <span className={classes.label}>{first.opens && KIND_NAMES[kind].label}</span>
      <span className={classes.content}>
        {segments.map((segment, index) => {
          const span = spans[segment.span]!
          return (
            <span
              key={segment.start}
              className={classes.segment}
              data-kind={span.kind}
              data-plain={plainKinds.includes(span.kind)}
              data-inner={index > 0}
            >
              {index > 0 && segment.opens && (
                <span className={classes.inner}>{KIND_NAMES[span.kind].label}</span>
              )}
              <Leaves text={text} segment={segment} tokens={tokens} picked={picked} />
            </span>
          )
        })}
        {picked.caret === row.end && <Caret />}
        {picked.newline && <span className={classes.picked}> </span>}
        {tokens && text[row.end] === '\n' && (
          <span
            className={beginsToken(tokens, row.end) ? classes.newlineToken : classes.newline}
            aria-hidden="true"
          />
        )}
      </span>
    </div>
  )
})

interface LeavesProps {
  text: string
  segment: Segment
  tokens: Int32Array | undefined
  picked: Picked
}

/** The characters of a segment, each element with the offset of its first. */
function Leaves({ text, segment, tokens, picked: { from, to, caret } }: LeavesProps) {
  const { start, end } = segment
  const whole: [number, number][] = tokens ? tokenPieces(start, end, tokens) : [[start, end]]
  return cutPieces(whole, [from, to, caret]).map(([pieceStart, pieceEnd]) => {
    const picked = pieceStart >= from && pieceEnd <= to && pieceEnd > pieceStart
    const token = tokens !== undefined && beginsToken(tokens, pieceStart)
    const names = [picked && classes.picked, token && classes.token].filter(Boolean).join(' ')
    return [
      caret === pieceStart && pieceStart < end && <Caret key="caret" />,
      <span key={pieceStart} className={names || undefined} data-start={pieceStart}>
        {text.slice(pieceStart, pieceEnd)}
      </span>,
    ]
  })
}

function Caret() {
  return <span className={classes.caret} aria-hidden="true" />
}
