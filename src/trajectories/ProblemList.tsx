import { Button } from '@mantine/core'
import { counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import classes from './ProblemList.module.css'

/** Problems shown at once; a file of a hundred thousand broken lines has as many. */
const MOST_SHOWN = 200

/** What could not be read and why; stays until it is cleared. */
export function ProblemList() {
  const problems = useLab((state) => state.problems)
  const openMapping = useLab((state) => state.openMapping)
  const clear = useLab((state) => state.clearProblems)
  if (problems.length === 0) return null
  const hidden = problems.length - MOST_SHOWN
  return (
    <div className={classes.box}>
      <div className={classes.heading}>
        <h3>{counted(problems.length, 'problem')}</h3>
        <Button variant="subtle" size="compact-xs" onClick={clear} aria-label="Clear problems">
          Clear
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noRedundantRoles: Safari drops the role of a list without bullets */}
      <ul className={classes.problems} role="list" aria-label="Problems">
        {problems.slice(-MOST_SHOWN).map((problem, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list only grows at its end
          <li key={index}>
            <span className={classes.place}>
              {problem.file}
              {problem.line !== undefined && `, line ${problem.line}`}
            </span>{' '}
            {problem.message}
            {problem.unrecognised && (
              <Button
                className={classes.map}
                size="compact-xs"
                onClick={() => openMapping(problem.file)}
                aria-label={`Map ${problem.file} by hand`}
              >
                Map by hand
              </Button>
            )}
          </li>
        ))}
        {hidden > 0 && <li>and {counted(hidden, 'earlier problem')}</li>}
      </ul>
    </div>
  )
}
