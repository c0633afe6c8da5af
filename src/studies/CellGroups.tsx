import { memo } from 'react'
import type { CellPoint, StudyCellState } from '../../workers/protocol.ts'
import { percent } from '../lab/format.ts'
import classes from './CellGroups.module.css'
import { worldName } from './names.ts'
import { groupsOf, meanSuccess } from './picking.ts'

interface CellGroupsProps {
  cells: readonly StudyCellState[]
  /** The id of the cell that is being done. */
  underWay: string | null
  /** What is known of those that are done. */
  points: readonly CellPoint[]
}

/** The cells, a line for those that differ in nothing but the seed, filling up as they are done. */
export const CellGroups = memo(function CellGroups({ cells, underWay, points }: CellGroupsProps) {
  return (
    <details className={classes.box} open>
      <summary>The cells, a mark for each seed</summary>
      <ul className={classes.groups} aria-label="Cells">
        {groupsOf(cells).map((group) => (
          <li key={group.key}>
            <span className={classes.name}>
              <b>{group.arm}</b> {worldName(group.environment)}, {group.amount}, {group.student}
            </span>
            <span
              className={classes.marks}
              role="img"
              aria-label={`${group.cells.filter(({ done }) => done).length} of ${group.cells.length} seeds done`}
            >
              {group.cells.map((cell) => (
                <span
                  key={cell.id}
                  className={classes.mark}
                  data-state={cell.done ? 'done' : cell.id === underWay ? 'under-way' : 'left'}
                  title={`${cell.id}: ${cell.done ? 'done' : 'not done'}`}
                />
              ))}
            </span>
            <span className={classes.success} title="Mean success over the seeds that are done">
              {percent(meanSuccess(group, points))}
            </span>
          </li>
        ))}
      </ul>
    </details>
  )
})
