import { NativeSelect } from '@mantine/core'
import { useDeferredValue, useMemo } from 'react'
import { type Definition, SPAN_DEFINITIONS, STEP_DEFINITIONS } from '../../workers/protocol.ts'
import { loss, percent } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { KIND_NAMES } from '../trajectories/kinds.ts'
import { Chart } from './Chart.tsx'
import { Defined } from './Defined.tsx'
import { markWords } from './lambdaMarks.ts'
import classes from './MetricsCharts.module.css'
import { chartRows, DASHES, type Measure, NAT_MEASURES, SERIES_KINDS, SHARE_MEASURES } from './spanSeries.ts'
import { useMetrics } from './useMetrics.ts'
import { WorldChart } from './WorldChart.tsx'

/** What the lines of a chart may be. */
const MEASURE_DEFINITIONS: Record<Measure, Definition> = {
  ...SPAN_DEFINITIONS,
  stepMatch: {
    ...STEP_DEFINITIONS.actionMatch,
    name: 'Whole steps',
    formula: `of acts: ${STEP_DEFINITIONS.actionMatch.formula}; of reasonings: ${STEP_DEFINITIONS.reasonMatch.formula}; held-out only`,
  },
}

/** Loss and agreement with the teacher, by span kind and step. */
export function MetricsCharts() {
  const measure = useLab((state) => state.measure)
  const setMeasure = useLab((state) => state.setMeasure)
  const shareMeasure = useLab((state) => state.shareMeasure)
  const setShareMeasure = useLab((state) => state.setShareMeasure)
  const { log, version: newest } = useMetrics()
  // Charts are the most that the page draws; deferred, React does it in slices between frames.
  const version = useDeferredValue(newest)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the log is one object; its version tells of new numbers
  const losses = useMemo(() => chartRows(log.train, log.heldOut, measure), [version, measure])
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const shares = useMemo(() => chartRows(log.train, log.heldOut, shareMeasure), [version, shareMeasure])
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  const acted = useMemo(() => log.world?.rows() ?? [], [version])
  const { world } = log.newest
  return (
    <div className={classes.charts}>
      <Key />
      <figure className={classes.chart}>
        <Caption side="left" measures={NAT_MEASURES} value={measure} onChange={setMeasure}>
          nats, by step
        </Caption>
        <Chart rows={losses} marks={log.marks} name={MEASURE_DEFINITIONS[measure].name} format={loss} />
      </figure>
      <figure className={classes.chart}>
        <Caption side="right" measures={SHARE_MEASURES} value={shareMeasure} onChange={setShareMeasure}>
          share, by step
        </Caption>
        <Chart
          rows={shares}
          marks={log.marks}
          name={MEASURE_DEFINITIONS[shareMeasure].name}
          format={percent}
          share
        />
      </figure>
      {log.world && world && <WorldChart rows={acted} newest={world} withReward={log.world.rewardDiffers} />}
      {log.marks.length > 0 && <p className={classes.mark}>{markWords(log.marks.at(-1)!)}</p>}
    </div>
  )
}

interface CaptionProps<M extends Measure> {
  side: 'left' | 'right'
  measures: readonly M[]
  value: M
  onChange: (measure: M) => void
  children: string
}

/** What a chart draws, for choosing; pointed at or focused, it says how that is defined. */
function Caption<M extends Measure>({ side, measures, value, onChange, children }: CaptionProps<M>) {
  return (
    <figcaption className={classes.caption}>
      <Defined definition={MEASURE_DEFINITIONS[value]}>
        <NativeSelect
          aria-label={`Measure in the ${side} chart`}
          classNames={{ input: classes.measure }}
          value={value}
          data={measures.map((measure) => ({ value: measure, label: MEASURE_DEFINITIONS[measure].name }))}
          onChange={(event) => onChange(event.currentTarget.value as M)}
        />
      </Defined>
      <span>{children}</span>
    </figcaption>
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
