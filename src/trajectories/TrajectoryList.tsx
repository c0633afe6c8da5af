import { TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { count, counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { type ListRow, listRows, rowFrom } from './listRows.ts'
import classes from './TrajectoryList.module.css'

const HEIGHTS = { file: 24, trajectory: 40 }

/** Every loaded trajectory, grouped by file; only the rows in sight are elements. */
export function TrajectoryList() {
  const trajectories = useLab((state) => state.trajectories)
  const selected = useLab((state) => state.selected)
  const select = useLab((state) => state.select)
  const [filter, setFilter] = useState('')
  const [wanted] = useDebouncedValue(filter, 120)
  const rows = useMemo(() => listRows(trajectories, wanted), [trajectories, wanted])
  const shown = useMemo(() => rows.filter((row) => row.type === 'trajectory').length, [rows])
  const scroller = useRef<HTMLDivElement>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => HEIGHTS[rows[index]!.type],
    getItemKey: (index) => keyOf(rows[index]!),
    overscan: 8,
    useFlushSync: false,
  })
  // Heights depend on what a row is, and that changes with the filter.
  // biome-ignore lint/correctness/useExhaustiveDependencies: measured anew when the rows change
  useEffect(() => virtual.measure(), [rows])

  const at = rows.findIndex((row) => row.type === 'trajectory' && row.summary.id === selected)
  const press = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / HEIGHTS.trajectory) - 1)
    const steps: Record<string, number> = {
      ArrowUp: -1,
      ArrowDown: 1,
      PageUp: -page,
      PageDown: page,
      Home: -rows.length,
      End: rows.length,
    }
    const step = steps[event.key]
    if (step === undefined || rows.length === 0) return
    event.preventDefault()
    const target = rows[rowFrom(rows, at, at < 0 ? 1 : step)]
    if (target?.type !== 'trajectory') return
    select(target.summary.id)
    virtual.scrollToIndex(rows.indexOf(target))
  }

  return (
    <div className={classes.box}>
      <div className={classes.heading}>
        <TextInput
          aria-label="Filter trajectories"
          placeholder="Filter by title, file, format"
          type="search"
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
        <p className={classes.total} role="status">
          {wanted && shown !== trajectories.length
            ? `${count(shown)} of ${counted(trajectories.length, 'trajectory', 'trajectories')}`
            : counted(trajectories.length, 'trajectory', 'trajectories')}
        </p>
      </div>
      <div
        ref={scroller}
        className={classes.list}
        role="listbox"
        aria-label="Trajectories"
        aria-activedescendant={at >= 0 ? `trajectory-${selected}` : undefined}
        tabIndex={0}
        onKeyDown={press}
      >
        <div className={classes.rows} style={{ height: virtual.getTotalSize() }} role="presentation">
          {virtual.getVirtualItems().map(({ index, key, start, size }) => {
            const row = rows[index]!
            const place = { height: size, transform: `translateY(${start}px)` }
            if (row.type === 'file') {
              return (
                <div key={key} className={classes.file} style={place} role="presentation" title={row.file}>
                  {row.file}
                </div>
              )
            }
            const { id, title, format, steps, warnings } = row.summary
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list takes the keys for its options
              <div
                key={key}
                id={`trajectory-${id}`}
                className={classes.trajectory}
                style={place}
                role="option"
                tabIndex={-1}
                aria-selected={id === selected}
                onClick={() => {
                  select(id)
                  scroller.current?.focus({ preventScroll: true })
                }}
              >
                <span className={classes.title}>{title}</span>
                <span className={classes.about}>
                  {format} · {counted(steps, 'step')}
                  {warnings > 0 && (
                    <span className={classes.warned}> · ⚠ {counted(warnings, 'warning')}</span>
                  )}
                </span>
              </div>
            )
          })}
        </div>
      </div>
      {trajectories.length === 0 && <p className={classes.empty}>Nothing is loaded.</p>}
    </div>
  )
}

function keyOf(row: ListRow): string {
  return row.type === 'file' ? `file ${row.file}` : `trajectory ${row.summary.id}`
}
