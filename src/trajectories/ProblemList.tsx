import { Button } from '@mantine/core'
import { memo, useState } from 'react'
import type { FileProblem } from '../../workers/protocol.ts'
import { counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import classes from './ProblemList.module.css'

/** Problems shown at once; a file of a hundred thousand broken lines has as many. */
const MOST_SHOWN = 200

/** What could not be read and why; stays until it is cleared. */
export function ProblemList() {
  const problems = useLab((state) => state.problems)
  const clear = useLab((state) => state.clearProblems)
  if (problems.length === 0) return null
  const hidden = Math.max(0, problems.length - MOST_SHOWN)
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
        {problems.slice(hidden).map((problem, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list only grows at its end
          <Problem key={hidden + index} problem={problem} />
        ))}
        {hidden > 0 && <li>and {counted(hidden, 'earlier problem')}</li>}
      </ul>
    </div>
  )
}

/** A problem in a few lines; a press shows all of them. */
const Problem = memo(function Problem({ problem }: { problem: FileProblem }) {
  const { file, line, message, unrecognised } = problem
  const place = line === undefined ? file : `${file}, line ${line}`
  const openMapping = useLab((state) => state.openMapping)
  const [whole, setWhole] = useState(false)
  return (
    <li>
      <button
        type="button"
        className={classes.problem}
        aria-expanded={whole}
        onClick={() => setWhole(!whole)}
      >
        <span className={classes.place}>{place}</span>
        {message.startsWith(place) ? message.slice(place.length) : ` ${message}`}
      </button>
      {unrecognised && (
        <Button
          className={classes.map}
          size="compact-xs"
          aria-label={`Map ${file} by hand`}
          onClick={() => openMapping(file)}
        >
          Map by hand
        </Button>
      )}
    </li>
  )
})
