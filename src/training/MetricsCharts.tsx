import { NativeSelect } from '@mantine/core'
import { useDeferredValue, useMemo } from 'react'
import { loss, percent } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { KIND_NAMES } from '../trajectories/kinds.ts'
import { Chart } from './Chart.tsx'
import { markWords } from './lambdaMarks.ts'
import classes from './MetricsCharts.module.css'
import { chartRows, DASHES, SERIES_KINDS } from './spanSeries.ts'
import { useMetrics } from './useMetrics.ts'

const MEASURE_NAMES = { loss: 'Loss', crossEntropy: 'Cross-entropy', kl: 'KL to the teacher' }

/** Loss and agreement with the teacher, by span kind and step. */
export function MetricsCharts() {
  const measure = useLab((state) => state.measure)
  const setMeasure = useLab((state) => state.setMeasure)
  const { log, version: newest } = useMetrics()
  // Charts are the most that the page draws; deferred, React does it in slices between frames.
  const version = useDeferredValue(newest)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the log is one object; its version tells of new numbers
  const losses = useMemo(() => chartRows(log.train, log.heldOut, measure), [version, measure])
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const agreements = useMemo(() => chartRows(log.train, log.heldOut, 'agreement'), [version])
  return (
    <div className={classes.charts}>
      <Key />
      <figure className={classes.chart}>
        <figcaption className={classes.caption}>
          <NativeSelect
            aria-label="Measure in the left chart"
            classNames={{ input: classes.measure }}
            value={measure}
            data={Object.entries(MEASURE_NAMES).map(([value, label]) => ({ value, label }))}
            onChange={(event) => setMeasure(event.currentTarget.value as typeof measure)}
          />
          <span>nats, by step</span>
        </figcaption>
        <Chart rows={losses} marks={log.marks} name={MEASURE_NAMES[measure]} format={loss} />
      </figure>
      <figure className={classes.chart}>
        <figcaption className={classes.caption}>
          <strong>Teacher agreement</strong>
          <span>share of tokens, by step</span>
        </figcaption>
        <Chart rows={agreements} marks={log.marks} name="Teacher agreement" format={percent} share />
      </figure>
      {log.marks.length > 0 && <p className={classes.mark}>{markWords(log.marks.at(-1)!)}</p>}
    </div>
  )
}

/** What the lines are; a press hides or shows a kind. */
function Key() {
  const drawnKinds = useLab((state) => state.drawnKinds)
  const drawHeldOut = useLab((state) => state.drawHeldOut)
  const toggleDrawn = useLab((state) => state.toggleDrawn)
  const toggleHeldOut = useLab((state) => state.toggleHeldOut)
  return (
    <fieldset className={classes.key}>
      <legend>Lines</legend>
      {SERIES_KINDS.map((kind) => (
        <button
          key={kind}
          type="button"
          data-kind={kind}
          aria-pressed={drawnKinds.includes(kind)}
          onClick={() => toggleDrawn(kind)}
        >
          <svg width="26" height="8" aria-hidden="true">
            <line x1="0" x2="26" y1="4" y2="4" strokeDasharray={DASHES[kind]} />
          </svg>
          {KIND_NAMES[kind].name}
        </button>
      ))}
      <button type="button" aria-pressed={drawHeldOut} onClick={toggleHeldOut}>
        <svg width="26" height="8" aria-hidden="true">
          <line x1="0" x2="26" y1="4" y2="4" className={classes.thin} />
          <circle cx="7" cy="4" r="3" />
          <rect x="16" y="1" width="6" height="6" />
        </svg>
        Held-out
      </button>
    </fieldset>
  )
}
