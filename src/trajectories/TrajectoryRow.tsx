import { memo } from 'react'
import type { TrajectorySummary } from '../../workers/protocol.ts'
import { counted } from '../lab/format.ts'
import classes from './TrajectoryRow.module.css'

interface RowProps {
  id: number
  /** Missing until the worker has answered; the row is as high then. */
  summary: TrajectorySummary | undefined
  selected: boolean
  /** Its place among all that the list shows, counted from 0, and their number. */
  index: number
  of: number
  onSelect: (id: number) => void
  onExclude: (id: number, excluded: boolean) => void
}

/** The id of a row's element, for the list to point at. */
export function rowId(id: number): string {
  return `trajectory-${id}`
}

/** One trajectory in the list: its task, how it went, and what a person should know of it. */
export const TrajectoryRow = memo(function TrajectoryRow(props: RowProps) {
  const { id, summary, selected, index, of, onSelect, onExclude } = props
  const place = { 'aria-posinset': index + 1, 'aria-setsize': of }
  if (!summary) {
    return (
      // biome-ignore lint/a11y/useFocusableInteractive: the list keeps the focus and takes the keys for its options
      <div
        {...place}
        id={rowId(id)}
        className={classes.row}
        role="option"
        aria-selected={selected}
        aria-busy="true"
      />
    )
  }
  const { title, file, format, steps, warnings, excluded, corrected } = summary
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys for its options
    <div
      {...place}
      id={rowId(id)}
      className={classes.row}
      role="option"
      tabIndex={-1}
      aria-selected={selected}
      data-excluded={excluded}
      title={`${title}\n${file} #${summary.index + 1}`}
      onClick={() => onSelect(id)}
    >
      <span className={classes.head}>
        <span className={classes.title}>{title || 'without words'}</span>
        <Outcome summary={summary} />
      </span>
      <span className={classes.about}>
        {excluded && <strong className={classes.mark}>excluded · </strong>}
        {corrected && <strong className={classes.mark}>corrected · </strong>}
        {format} · {counted(steps, 'step')}
        {warnings.length > 0 && (
          <span className={classes.warned}>
            {' '}
            · <span aria-hidden="true">⚠</span> {counted(warnings.length, 'warning')}
          </span>
        )}
      </span>
      <button
        type="button"
        className={classes.exclude}
        tabIndex={-1}
        title={excluded ? 'Take it in again (x)' : 'Keep it out of training and exports (x)'}
        onClick={(event) => {
          event.stopPropagation()
          onExclude(id, !excluded)
        }}
      >
        {excluded ? 'Include' : 'Exclude'}
      </button>
    </div>
  )
})

function Outcome({ summary: { success, reward } }: { summary: TrajectorySummary }) {
  if (success === undefined) return null
  const word = success ? 'succeeded' : 'failed'
  return (
    <span
      className={success ? classes.succeeded : classes.failed}
      role="img"
      aria-label={word}
      title={reward === undefined ? word : `${word}, reward ${reward}`}
    >
      {success ? '✓' : '✗'}
    </span>
  )
}
