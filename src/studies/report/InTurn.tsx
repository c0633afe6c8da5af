import { type ReactNode, useEffect, useState } from 'react'
import { flushSync } from 'react-dom'

/** Milliseconds between two turns: a frame. */
const TURN_MS = 16

interface Waiting {
  turn: number
  show: () => void
}

/** Those whose turn has not come, the next one first. */
const waiting: Waiting[] = []
let isCalling = false

/** One after another, however busy the page is: React would draw two that wait for it in one task. */
function call(): void {
  const next = waiting.shift()
  isCalling = next !== undefined
  if (!next) return
  flushSync(next.show)
  setTimeout(call, TURN_MS)
}

/**
 * Shows its children when their turn has come, and till then what it showed before, so that no frame has to draw all of a
 * report at once.
 */
export function InTurn({ turn, children }: { turn: number; children: ReactNode }) {
  const [shown, show] = useState<ReactNode>(null)
  useEffect(() => {
    const own = { turn, show: () => show(children) }
    waiting.push(own)
    waiting.sort((a, b) => a.turn - b.turn)
    if (!isCalling) setTimeout(call)
    isCalling = true
    return () => {
      const place = waiting.indexOf(own)
      if (place >= 0) waiting.splice(place, 1)
    }
  }, [turn, children])
  return shown
}
