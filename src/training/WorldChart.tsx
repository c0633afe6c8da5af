import { memo } from 'react'
import { WORLD_DEFINITIONS, type WorldMetrics } from '../../workers/protocol.ts'
import { counted, percent } from '../lab/format.ts'
import { Defined, DefinedText } from './Defined.tsx'
import classes from './MetricsCharts.module.css'
import { Plot, type PlotLine } from './Plot.tsx'
import type { WorldRow } from './worldSeries.ts'

const SUCCESS: PlotLine = {
  key: 'success',
  name: 'Success',
  stroke: 'var(--ink)',
  width: 1.75,
  mark: 'circle',
}
const REWARD: PlotLine = {
  key: 'reward',
  name: 'Reward',
  stroke: 'var(--accent)',
  width: 1.25,
  dashes: '7 3',
  mark: 'square',
}

interface WorldChartProps {
  rows: readonly WorldRow[]
  newest: WorldMetrics
  /** Draws the reward beside the success. */
  withReward: boolean
}

/** How often the student reaches its goal in a world by step, and its reward where that is another number. */
export const WorldChart = memo(function WorldChart({ rows, newest, withReward }: WorldChartProps) {
  const { environment, episodes } = newest
  const name = `Success in the ${environment}`
  const lines = withReward ? [SUCCESS, REWARD] : [SUCCESS]
  return (
    <figure className={`${classes.chart} ${classes.world}`}>
      <figcaption className={classes.caption}>
        <span>
          <b>
            <Defined definition={WORLD_DEFINITIONS.success}>
              <DefinedText>{name}</DefinedText>
            </Defined>
          </b>{' '}
          (validation, {counted(episodes, 'episode')}), by step
        </span>
        {withReward && lines.map((line) => <Drawn key={line.key} line={line} />)}
      </figcaption>
      <Plot rows={rows} lines={lines} name={name} format={percent} share />
    </figure>
  )
})

/** How a line is drawn. */
function Drawn({ line: { key, name, stroke, width, dashes, mark } }: { line: PlotLine }) {
  const shape = { fill: 'var(--pane)', stroke, strokeWidth: 1.5 }
  return (
    <span className={classes.drawn}>
      <svg width="26" height="8" aria-hidden="true">
        <line x1="0" x2="26" y1="4" y2="4" stroke={stroke} strokeWidth={width} strokeDasharray={dashes} />
        {mark === 'circle' ? (
          <circle cx="13" cy="4" r="3" {...shape} />
        ) : (
          <rect x="10" y="1" width="6" height="6" {...shape} />
        )}
      </svg>
      {key === 'reward' ? (
        <Defined definition={WORLD_DEFINITIONS.reward}>
          <DefinedText>{name}</DefinedText>
        </Defined>
      ) : (
        name
      )}
    </span>
  )
}
