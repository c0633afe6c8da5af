import type { CurriculumView } from '../../workers/protocol.ts'
import { count, loss, percent } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { isActive } from '../training/slice.ts'
import classes from './CurriculumChart.module.css'
import { ORDER_WORDS } from './explanations.ts'

/** Size of a drawing in its own units; the page stretches it. */
const WIDTH = 160
const HEIGHT = 48

/** How many of the sorted rows are in play as the run goes on, and how difficult they are. */
export function CurriculumChart() {
  const estimated = useLab((state) => state.estimate?.curriculum ?? null)
  const running = useLab((state) => (isActive(state.run) ? state.runCurriculum : null))
  const step = useLab((state) => (isActive(state.run) ? state.run.step : undefined))
  const view = running ?? estimated
  if (!view) return null
  return (
    <div className={classes.charts}>
      <Pacing view={view} step={running ? step : undefined} />
      <Difficulty view={view} />
    </div>
  )
}

function Pacing({ view: { pacing, steps, order }, step }: { view: CurriculumView; step?: number }) {
  const x = (at: number) => (steps > 1 ? (at * WIDTH) / (steps - 1) : 0)
  const y = (share: number) => HEIGHT * (1 - share)
  // A share holds until the next one that is told.
  const path = pacing.map((point, i) =>
    i === 0 ? `M0 ${y(point.share)}` : `H${x(point.step)} V${y(point.share)}`,
  )
  const words = `${ORDER_WORDS[order].name}: ${percent(pacing[0]?.share)} of the rows at the first step, ${percent(pacing.at(-1)?.share)} at the last`
  return (
    <figure className={classes.chart}>
      <figcaption>rows in play, by step</figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={words}>
        <title>{words}</title>
        <path className={classes.line} d={`${path.join(' ')} H${WIDTH}`} />
        {step !== undefined && <line className={classes.now} x1={x(step)} x2={x(step)} y1={0} y2={HEIGHT} />}
      </svg>
    </figure>
  )
}

function Difficulty({ view: { difficulty, entropy } }: { view: CurriculumView }) {
  const most = difficulty.reduce((rows, bar) => Math.max(rows, bar.rows), 1)
  const width = WIDTH / Math.max(1, difficulty.length)
  const [from, to] = [difficulty[0]?.from, difficulty.at(-1)?.to]
  const words = `Windows by difficulty, from ${loss(from)} to ${loss(to)}`
  return (
    <figure className={classes.chart}>
      <figcaption>
        windows by difficulty{entropy !== null && `, mean entropy on acts ${loss(entropy)} nats`}
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={words}>
        <title>{words}</title>
        {difficulty.map((bar, i) => (
          <rect
            key={bar.from}
            className={classes.bar}
            x={i * width + 0.5}
            y={HEIGHT * (1 - bar.rows / most)}
            width={width - 1}
            height={(HEIGHT * bar.rows) / most}
          >
            <title>{`${count(bar.rows)} from ${loss(bar.from)} to ${loss(bar.to)}`}</title>
          </rect>
        ))}
      </svg>
    </figure>
  )
}
