import { Progress } from '@mantine/core'
import type { StudyStatus } from '../../workers/protocol.ts'
import { count, counted, duration } from '../lab/format.ts'
import classes from './RunStudy.module.css'

/** Where the study is, and why it ended. */
export function StudyProgress({ status }: { status: StudyStatus }) {
  const { state, cell, doing, done, cells, remainingMs, notices, message } = status
  // A cell counts as far as it has come.
  const begun = doing && doing.of > 0 ? doing.done / doing.of : 0
  return (
    <div className={classes.progress} data-state={state}>
      <div className={classes.where}>
        <b data-testid="study-state">{state}</b>
        <span>
          {count(done)} of {counted(cells, 'cell')} done
          {remainingMs !== undefined && `, about ${duration(remainingMs)} left`}
        </span>
      </div>
      <Progress
        value={cells > 0 ? (100 * done) / cells : 0}
        size={6}
        transitionDuration={0}
        aria-label="Cells done"
        color={state === 'failed' ? 'red' : 'blue'}
      />
      {doing && (
        <>
          <p className={classes.doing}>
            {cell !== null && <code>{cell}</code>} {doing.what}: {count(doing.done)} of {count(doing.of)}
          </p>
          <Progress value={100 * begun} size={3} transitionDuration={0} aria-label="Of this cell" />
        </>
      )}
      {message && (
        <p className={classes.message} role={state === 'failed' ? 'alert' : undefined}>
          {message}
        </p>
      )}
      {notices.map((notice) => (
        <p key={notice} className={classes.soft}>
          {notice}
        </p>
      ))}
    </div>
  )
}
