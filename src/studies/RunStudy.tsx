import { Button } from '@mantine/core'
import { useState } from 'react'
import type { CellPoint, StudyCellState, StudyView } from '../../workers/protocol.ts'
import { counted, duration } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { isActive } from '../training/slice.ts'
import { CellGroups } from './CellGroups.tsx'
import { CellPicker } from './CellPicker.tsx'
import { ALL, pickedCells } from './picking.ts'
import classes from './RunStudy.module.css'
import { StudyProgress } from './StudyProgress.tsx'
import { isStudying } from './slice.ts'

const NO_POINTS: readonly CellPoint[] = []

/** Runs a study in the page: which cells, how long that takes, and how far it is. */
export function RunStudy({ view }: { view: StudyView }) {
  const [picking, pick] = useState(ALL)
  const status = useLab((state) => state.studyStatus)
  const exportStudy = useLab((state) => state.exportStudy)
  const points = useLab((state) => state.studyReport?.points ?? NO_POINTS)
  const picked = pickedCells(view, picking)
  const studying = isStudying(status)
  const { id, name, about } = view.summary
  return (
    <section className={classes.run} aria-label={`Run ${name}`}>
      {about && <p className={classes.soft}>{about}</p>}
      {!view.lasting && (
        <p className={classes.warned}>
          ⚠ This browser keeps nothing for the page: take finished cells away before you close it.
        </p>
      )}
      <CellPicker view={view} picking={picking} disabled={studying} onPick={pick} />
      <Outlook view={view} picked={picked} />
      <Controls id={id} picked={picked} />
      {status?.id === id && <StudyProgress status={status} />}
      <CellGroups
        cells={picked}
        underWay={status?.id === id && studying ? status.cell : null}
        points={points}
      />
      <div className={classes.buttons}>
        <Button disabled={!view.cells.some(({ done }) => done)} onClick={exportStudy}>
          Take the cells away
        </Button>
        <span className={classes.soft}>
          as a zip that “lab study” goes on with; drop one here to take it in
        </span>
      </div>
    </section>
  )
}

/** How much there is to do, and roughly how long it takes. */
function Outlook({ view, picked }: { view: StudyView; picked: readonly StudyCellState[] }) {
  const left = picked.filter(({ done }) => !done)
  const arms = new Set(left.map(({ arm, environment }) => `${environment} ${arm}`))
  const choices = view.candidates.filter(
    ({ done, arm, environment }) => !done && arms.has(`${environment} ${arm}`),
  )
  const cells = left.length + choices.length
  return (
    <p className={classes.outlook} role="status">
      <b>{counted(picked.length, 'cell')}</b>
      {left.length < picked.length && `, ${left.length} of them to do`}
      {choices.length > 0 && `, and ${counted(choices.length, 'cell')} to choose by`}
      {': '}
      {cells === 0
        ? 'nothing is left to do.'
        : view.secondsPerCell === null
          ? 'how long they take is known once the first is done.'
          : `about ${duration(1000 * view.secondsPerCell * cells)} at ${duration(1000 * view.secondsPerCell)} a cell.`}
    </p>
  )
}

/** Run, pause, resume, stop: always in the same places, alive where they can be used. */
function Controls({ id, picked }: { id: string; picked: readonly StudyCellState[] }) {
  const status = useLab((state) => state.studyStatus)
  const training = useLab((state) => isActive(state.run))
  const capturing = useLab((state) => state.capture !== null)
  const ready = useLab((state) => state.device !== null)
  const { runStudy, pauseStudy, resumeStudy, stopStudy } = useLab((state) => state)
  const studying = isStudying(status)
  const left = picked.some(({ done }) => !done)
  const own = status?.id === id ? status.state : null
  const wait = training
    ? 'A training run is active: a study waits until it has ended or is stopped.'
    : capturing
      ? 'A capture is under way: a study waits for its end.'
      : studying && own === null
        ? 'Another study is under way.'
        : undefined
  return (
    <>
      <div className={classes.buttons}>
        <Button
          variant="filled"
          disabled={studying || !left || !ready || wait !== undefined}
          onClick={() =>
            runStudy(
              id,
              picked.map((cell) => cell.id),
            )
          }
        >
          Run
        </Button>
        <Button disabled={own !== 'running'} onClick={pauseStudy}>
          Pause
        </Button>
        <Button disabled={own !== 'paused'} onClick={resumeStudy}>
          Resume
        </Button>
        <Button disabled={own !== 'running' && own !== 'paused'} onClick={stopStudy}>
          Stop
        </Button>
      </div>
      {wait !== undefined && <p className={classes.soft}>{wait}</p>}
    </>
  )
}
