import { useMemo } from 'react'
import { type MappingPreview, SPAN_KINDS } from '../../workers/protocol.ts'
import { counted } from '../lab/format.ts'
import { KIND_NAMES } from '../trajectories/kinds.ts'
import { SpanRows } from '../trajectories/SpanRows.tsx'
import { textRows } from '../trajectories/textRows.ts'
import classes from './Mapping.module.css'
import type { PreviewState } from './usePreview.ts'

/** What becomes of the file: how many trajectories, and the first of them in spans; or why there is none. */
export function Preview({ answer, stale }: PreviewState) {
  const first = answer?.first
  return (
    <section className={classes.preview} aria-label="What becomes of it" aria-busy={stale} data-stale={stale}>
      <p className={first ? classes.found : classes.nothing} role="status">
        {answer ? sentenceOf(answer) : 'Reading the beginning of the file …'}
      </p>
      {first && <Spans {...first} />}
    </section>
  )
}

function Spans({ text, spans }: NonNullable<MappingPreview['first']>) {
  const rows = useMemo(() => textRows(text), [text])
  return (
    <div className={classes.spans}>
      <SpanRows
        text={text}
        spans={spans}
        rows={rows}
        aria-label="Spans of the first trajectory"
        tabIndex={0}
      />
    </div>
  )
}

function sentenceOf({ trajectories, first, message }: MappingPreview): string {
  if (!first) return message ?? 'This mapping finds nothing.'
  const kinds = SPAN_KINDS.flatMap((kind) => {
    const spans = first.spans.filter((span) => span.kind === kind).length
    return spans > 0 ? [`${spans} ${KIND_NAMES[kind].name.toLowerCase()}`] : []
  })
  const warnings = first.warnings.map((warning) => ` ⚠ ${warning.message}`).join('')
  const found = counted(trajectories, 'trajectory', 'trajectories')
  return `${found} in the part that was looked at. The first: ${kinds.join(', ')}.${warnings}`
}
