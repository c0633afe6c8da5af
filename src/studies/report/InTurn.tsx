import { type ReactNode, startTransition, useEffect, useState } from 'react'

/** Milliseconds between two turns: a frame and a half. */
const TURN_MS = 25

/**
 * Shows its children when their turn has come, and till then what it showed before, so that no frame has to draw all of a
 * report at once.
 */
export function InTurn({ turn, children }: { turn: number; children: ReactNode }) {
  const [shown, show] = useState<ReactNode>(null)
  useEffect(() => {
    const timer = setTimeout(() => startTransition(() => show(children)), turn * TURN_MS)
    return () => clearTimeout(timer)
  }, [turn, children])
  return shown
}
