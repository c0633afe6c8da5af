import { Button, Progress } from '@mantine/core'
import { count } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import classes from './RunControls.module.css'
import { isActive } from './slice.ts'

/** Train, pause, step, resume, stop: always in the same places, alive where they can be used. */
export function RunControls() {
  const run = useLab((state) => state.run)
  const { train, pause, step, resume, stop } = useLab((state) => state)
  const ready = useLab(({ device, library }) => device !== null && library.trajectories > library.excluded)
  const valid = useLab((state) => state.issues.length === 0)
  const { state } = run
  return (
    <div className={classes.controls}>
      <Button variant="filled" disabled={isActive(run) || !ready || !valid} onClick={train}>
        Train
      </Button>
      <Button disabled={state !== 'running'} onClick={pause}>
        Pause
      </Button>
      <Button disabled={state !== 'paused'} onClick={step}>
        Step
      </Button>
      <Button disabled={state !== 'paused'} onClick={resume}>
        Resume
      </Button>
      <Button disabled={!isActive(run)} onClick={stop}>
        Stop
      </Button>
    </div>
  )
}

/** Where the run is, and why it ended. */
export function RunProgress() {
  const run = useLab((state) => state.run)
  const share = run.steps > 0 ? (run.step / run.steps) * 100 : 0
  return (
    <div className={classes.progress} data-state={run.state}>
      <span className={classes.state} data-testid="run-state">
        {run.state}
      </span>
      <Progress
        className={classes.bar}
        value={share}
        size={6}
        transitionDuration={0}
        aria-label="Steps taken"
        color={run.state === 'failed' ? 'red' : 'blue'}
      />
      <span className={classes.step}>
        {run.state === 'idle' ? 'no step taken' : `${count(run.step)} of ${count(run.steps)} steps`}
      </span>
      {run.message && <p className={classes.message}>{run.message}</p>}
      {run.notice && <p className={classes.message}>{run.notice}</p>}
    </div>
  )
}
