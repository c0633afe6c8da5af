import { type KeyboardEvent, type Ref, useImperativeHandle, useMemo, useRef, useState } from 'react'
import { SPAN_KINDS, type TrajectoryView } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import { moved } from './caret.ts'
import { mergeOf, pickedIn, relabelOf, splitOf } from './picked.ts'
import { SpanRows, type SpanRowsHandle } from './SpanRows.tsx'
import { rowAt, spanAt, textRows } from './textRows.ts'
import { usePointerPick } from './usePointerPick.ts'

export interface SpanEditorHandle {
  /** Brings the row of an offset into sight and points at it. */
  jumpTo(offset: number): void
  /** Picks the span before or after the picked one. */
  pickSpan(step: -1 | 1): void
}

const MAC = navigator.platform.startsWith('Mac')

/** The text of the trajectory on show, with what is picked in it; keys and pointer pick, keys edit. */
export function SpanEditor({ view, ref }: { view: TrajectoryView; ref: Ref<SpanEditorHandle> }) {
  const { text, spans, summary } = view
  const tokens = useLab((state) =>
    state.showTokens && state.tokens?.id === summary.id ? state.tokens.starts : undefined,
  )
  const plainKinds = useLab((state) => state.plainKinds)
  const pick = useLab((state) => (state.pick?.id === summary.id ? state.pick : null))
  const setPick = useLab((state) => state.setPick)
  const edit = useLab((state) => state.editSpans)
  const rows = useMemo(() => textRows(text), [text])
  const [pointed, setPointed] = useState<number>()
  const list = useRef<SpanRowsHandle>(null)
  const place = (anchor: number, focus: number) => setPick({ id: summary.id, anchor, focus })
  const pointer = usePointerPick(list, { text, rows }, pick, ({ anchor, focus }) => place(anchor, focus))

  const reveal = (anchor: number, focus: number) => {
    place(anchor, focus)
    list.current?.reveal(focus)
  }
  const pickWhole = (index: number) => {
    const span = spans[Math.max(0, Math.min(spans.length - 1, index))]!
    place(span.start, span.end)
    list.current?.reveal(span.start)
  }
  useImperativeHandle(ref, () => ({
    jumpTo(offset) {
      setPointed(rowAt(rows, offset))
      place(offset, offset)
      list.current?.reveal(offset, 'center')
    },
    pickSpan(step) {
      if (!pick) return pickWhole(step > 0 ? 0 : spans.length - 1)
      const at = spanAt(spans, Math.min(pick.anchor, pick.focus))
      const { start, end } = pickedIn(pick)!
      // A caret, or a part of a span, first grows to the whole of it.
      const whole = spans[at]!.start === start && spans[at]!.end <= end
      pickWhole(whole || step < 0 ? at + step : at)
    },
  }))

  /** @returns whether the key was for the text */
  const press = (event: KeyboardEvent): boolean => {
    // Elsewhere than on a Mac, Alt with arrows is the browser's way back and forth.
    if (event.altKey && !MAC) return false
    const far = event.ctrlKey || event.metaKey || event.altKey
    if (event.key.startsWith('Arrow') || /^(?:Page(?:Up|Down)|Home|End)$/.test(event.key)) {
      const sight = list.current!.inSight()
      if (!pick) {
        const { start } = rows[sight.first]!
        reveal(start, start)
        return true
      }
      const focus = moved({ key: event.key, far }, pick.focus, { text, rows, spans }, sight.rows)
      if (focus === undefined) return false
      reveal(event.shiftKey ? pick.anchor : focus, focus)
      return true
    }
    if (far && event.key.toLowerCase() === 'a' && !event.altKey) {
      place(0, text.length)
      return true
    }
    const picked = pickedIn(pick)
    if (far || !pick || !picked) return false
    const kind = SPAN_KINDS[Number(event.key) - 1]
    const change =
      (kind && relabelOf(picked, spans, kind)) ||
      (event.key === 's' && splitOf(picked, spans)) ||
      (event.key === 'm' && mergeOf(picked, spans))
    if (change) edit(change)
    else if (event.key === 'Enter') pickWhole(spanAt(spans, pick.focus))
    else if (event.key === 'Escape') place(pick.focus, pick.focus)
    else return false
    return true
  }

  return (
    <SpanRows
      ref={list}
      text={text}
      spans={spans}
      rows={rows}
      tokens={tokens}
      plainKinds={plainKinds}
      pick={pickedIn(pick)}
      pointed={pointed}
      aria-label="Text of the trajectory"
      aria-describedby="span-picked"
      tabIndex={0}
      onKeyDown={(event) => {
        if (!press(event)) return
        event.preventDefault()
        event.stopPropagation()
      }}
      {...pointer}
    />
  )
}
