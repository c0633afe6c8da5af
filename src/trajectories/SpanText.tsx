import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, type Ref, useImperativeHandle, useMemo, useRef, useState } from 'react'
import type { SpanKind, TokenView, TrajectoryView } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import { KIND_NAMES } from './kinds.ts'
import classes from './SpanText.module.css'
import {
  beginsToken,
  rowAt,
  type Segment,
  segmentsOf,
  type TextRow,
  textRows,
  tokenPieces,
} from './textRows.ts'

export interface SpanTextHandle {
  /** Brings the row of an offset into sight and points at it. */
  jumpTo(offset: number): void
}

/** The text itself, row by row; only the rows in sight are elements, so its length does not matter. */
export function SpanText({ view, ref }: { view: TrajectoryView; ref: Ref<SpanTextHandle> }) {
  const tokens = useLab((state) => (state.showTokens && state.tokens?.id === view.id ? state.tokens : null))
  const plainKinds = useLab((state) => state.plainKinds)
  const rows = useMemo(() => textRows(view.text), [view.text])
  const [pointed, setPointed] = useState<number>()
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 20,
    overscan: 12,
    useFlushSync: false,
  })
  useImperativeHandle(ref, () => ({
    jumpTo(offset) {
      const index = rowAt(rows, offset)
      setPointed(index)
      virtual.scrollToIndex(index, { align: 'center' })
    },
  }))

  const items = virtual.getVirtualItems()
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable with the keyboard
    <section ref={scroller} className={classes.text} aria-label="Text of the trajectory" tabIndex={0}>
      <div className={classes.rows} style={{ height: virtual.getTotalSize() }}>
        <div className={classes.window} style={{ transform: `translateY(${items[0]?.start ?? 0}px)` }}>
          {items.map(({ index, key }) => (
            <div key={key} ref={virtual.measureElement} data-index={index}>
              <Row
                view={view}
                row={rows[index]!}
                tokens={tokens}
                plainKinds={plainKinds}
                pointed={index === pointed}
              />
            </div>
          ))}
        </div>
      </div>
    </section>
  )
}

interface RowProps {
  view: TrajectoryView
  row: TextRow
  tokens: TokenView | null
  plainKinds: SpanKind[]
  pointed: boolean
}

const Row = memo(function Row({ view, row, tokens, plainKinds, pointed }: RowProps) {
  const segments = segmentsOf(row, view.spans)
  const first = segments[0]
  if (!first) return null
  const kind = view.spans[first.span]!.kind
  return (
    <div
      className={classes.row}
      data-kind={kind}
      data-plain={plainKinds.includes(kind)}
      data-pointed={pointed}
    >
      <span className={classes.line}>{row.continued ? '' : row.line}</span>
      <span className={classes.label}>{first.opens && KIND_NAMES[kind].label}</span>
      <span className={classes.content}>
        {segments.map((segment, index) => {
          const span = view.spans[segment.span]!
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
              {tokens ? (
                <Tokens text={view.text} segment={segment} starts={tokens.starts} />
              ) : (
                view.text.slice(segment.start, segment.end)
              )}
            </span>
          )
        })}
        {tokens && view.text[row.end] === '\n' && (
          <span
            className={beginsToken(tokens.starts, row.end) ? classes.newlineToken : classes.newline}
            aria-hidden="true"
          />
        )}
      </span>
    </div>
  )
})

function Tokens({ text, segment, starts }: { text: string; segment: Segment; starts: Int32Array }) {
  return tokenPieces(segment.start, segment.end, starts).map(([start, end]) => (
    <span key={start} className={beginsToken(starts, start) ? classes.token : undefined}>
      {text.slice(start, end)}
    </span>
  ))
}
