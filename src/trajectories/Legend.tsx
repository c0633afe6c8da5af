import { useMemo } from 'react'
import { SPAN_KINDS, type TrajectoryView } from '../../workers/protocol.ts'
import { compact, count, counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { charactersByKind, KIND_NAMES } from './kinds.ts'
import classes from './Legend.module.css'

/** What the marks mean and how much of each there is; a press takes a kind's highlight away or gives it back. */
export function Legend({ view }: { view: TrajectoryView }) {
  const { summary } = view
  const tokens = useLab((state) => state.tokens)
  const plainKinds = useLab((state) => state.plainKinds)
  const toggleKind = useLab((state) => state.toggleKind)
  const characters = useMemo(() => charactersByKind(view), [view])
  const counts = tokens?.id === summary.id ? tokens.tokens : undefined
  return (
    <fieldset className={classes.legend}>
      <legend className={classes.hidden}>Span kinds to highlight</legend>
      {SPAN_KINDS.map((kind) => {
        const { name, meaning } = KIND_NAMES[kind]
        const spans = summary.spans[kind]
        const exact = [
          counted(spans, 'span'),
          counted(characters[kind], 'character'),
          ...(counts ? [counted(counts[kind], 'token')] : []),
        ].join(', ')
        return (
          <button
            key={kind}
            type="button"
            className={classes.kind}
            data-kind={kind}
            aria-pressed={!plainKinds.includes(kind)}
            title={`${meaning} ${exact}.`}
            onClick={() => toggleKind(kind)}
          >
            <span className={classes.name}>
              {name} <span className={classes.spans}>{count(spans)}</span>
            </span>
            <span className={classes.counts}>
              {compact(characters[kind])} chars · {counts ? compact(counts[kind]) : '…'} tokens
            </span>
          </button>
        )
      })}
    </fieldset>
  )
}
