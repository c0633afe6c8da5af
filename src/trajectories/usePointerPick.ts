import {
  type ClipboardEvent,
  type MouseEvent,
  type PointerEvent,
  type RefObject,
  useEffect,
  useRef,
} from 'react'
import { lineAround, wordAround } from './caret.ts'
import type { SpanRowsHandle } from './SpanRows.tsx'
import { rowAt, type TextRow } from './textRows.ts'

interface Caret {
  anchor: number
  focus: number
}

/** Pixels that a drag beyond the border scrolls by per frame and pixel of distance. */
const PULL = 0.4

/**
 * Picks text out with the pointer. Rows out of sight are no elements, so the browser's own selection would lose its
 * beginning where it is scrolled away; this one is two offsets of the text, exact however long it is.
 */
export function usePointerPick(
  handle: RefObject<SpanRowsHandle | null>,
  { text, rows }: { text: string; rows: TextRow[] },
  pick: Caret | null,
  setPick: (pick: Caret) => void,
) {
  const drag = useRef<{ anchor: number; x: number; y: number; frame: number } | null>(null)
  useEffect(() => () => cancelAnimationFrame(drag.current?.frame ?? 0), [])

  const follow = () => {
    const { current } = drag
    if (!current || !handle.current) return
    const focus = handle.current.offsetAt(current.x, current.y)
    if (focus !== undefined) setPick({ anchor: current.anchor, focus })
  }
  /** Scrolls while the pointer is held above or below the text. */
  const pull = () => {
    const { current } = drag
    if (!current || !handle.current) return
    const { top, bottom } = handle.current.element.getBoundingClientRect()
    const beyond = current.y < top ? current.y - top : Math.max(0, current.y - bottom)
    if (beyond !== 0) {
      handle.current.element.scrollTop += beyond * PULL
      follow()
    }
    current.frame = requestAnimationFrame(pull)
  }

  return {
    /** Keeps the browser from selecting in its own way; the focus has to be set then. */
    onMouseDown(event: MouseEvent<HTMLElement>) {
      if (event.button !== 0 || !onText(event)) return
      event.preventDefault()
      event.currentTarget.focus({ preventScroll: true })
    },
    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.button !== 0 || event.pointerType === 'touch' || !onText(event)) return
      const offset = handle.current?.offsetAt(event.clientX, event.clientY)
      if (offset === undefined) return
      const anchor = event.shiftKey && pick ? pick.anchor : offset
      setPick({ anchor, focus: offset })
      event.currentTarget.setPointerCapture(event.pointerId)
      drag.current = { anchor, x: event.clientX, y: event.clientY, frame: requestAnimationFrame(pull) }
    },
    onPointerMove(event: PointerEvent<HTMLElement>) {
      if (!drag.current) return
      drag.current.x = event.clientX
      drag.current.y = event.clientY
      follow()
    },
    onLostPointerCapture() {
      cancelAnimationFrame(drag.current?.frame ?? 0)
      drag.current = null
    },
    /** Twice a word, three times a line; a finger only sets the caret, as its drag scrolls. */
    onClick(event: MouseEvent<HTMLElement>) {
      const offset = handle.current?.offsetAt(event.clientX, event.clientY)
      if (offset === undefined || !onText(event)) return
      const index = rowAt(rows, offset)
      if (event.detail === 1) {
        const { pointerType } = event.nativeEvent as globalThis.PointerEvent
        if (pointerType === 'touch') setPick({ anchor: offset, focus: offset })
        return
      }
      const [anchor, focus] =
        event.detail === 2 ? wordAround(text, rows[index]!, offset) : lineAround(text, rows, index)
      setPick({ anchor, focus })
    },
    /** Copies what is picked, rows out of sight included. */
    onCopy(event: ClipboardEvent<HTMLElement>) {
      if (!pick || pick.anchor === pick.focus) return
      const [start, end] = [Math.min(pick.anchor, pick.focus), Math.max(pick.anchor, pick.focus)]
      event.clipboardData.setData('text/plain', text.slice(start, end))
      event.preventDefault()
    },
  }
}

/** Not on the scroll bar. */
function onText({ clientX, currentTarget }: MouseEvent<HTMLElement>): boolean {
  return clientX < currentTarget.getBoundingClientRect().left + currentTarget.clientWidth
}
