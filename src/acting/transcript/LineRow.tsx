import { type ReactNode, useState } from 'react'
import type { SpanKind } from '../../../workers/protocol.ts'
import { count } from '../../lab/format.ts'
import { KIND_NAMES } from '../../trajectories/kinds.ts'
import classes from './LineRow.module.css'
import { folded } from './lines.ts'

/** A stretch of a transcript in the colour and stroke of its kind, with its name beside it. */
export function LineRow({ kind, children }: { kind: SpanKind; children: ReactNode }) {
  return (
    <div className={classes.row} data-kind={kind}>
      <span className={classes.label}>{KIND_NAMES[kind].label}</span>
      <div className={classes.content}>{children}</div>
    </div>
  )
}

/** A text of which a long one shows its beginning first. */
export function Foldable({ text, what }: { text: string; what: string }) {
  const [open, setOpen] = useState(false)
  const beginning = folded(text)
  if (beginning === null) return text
  return (
    <>
      {open ? text : beginning}
      <button
        type="button"
        className={classes.fold}
        aria-expanded={open}
        onClick={(event) => {
          // The turn itself is not chosen by it.
          event.stopPropagation()
          setOpen(!open)
        }}
      >
        {open ? `Fold the ${what}` : `Show the whole ${what} (${count(text.length)} characters)`}
      </button>
    </>
  )
}
