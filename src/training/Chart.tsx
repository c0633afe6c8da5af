import { memo } from 'react'
import {
  CartesianGrid,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import { compact, count } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { KIND_NAMES } from '../trajectories/kinds.ts'
import classes from './Chart.module.css'
import type { LambdaMark } from './lambdaMarks.ts'
import { type ChartRow, DASHES, SERIES_KINDS, type SeriesKind } from './spanSeries.ts'

interface ChartProps {
  rows: ChartRow[]
  /** Steps to draw a thin line at. */
  marks: readonly LambdaMark[]
  /** What is drawn, for screen readers. */
  name: string
  format: (value: number) => string
  /** Values are shares, 0 … 1. */
  share?: boolean
}

const TOOLTIP = {
  padding: '4px 8px',
  background: 'var(--pane)',
  border: '1px solid var(--line-strong)',
  borderRadius: 3,
  fontSize: 12,
}

/** One measure of a run by step: a line per span kind in training, a line with marks for held-out trajectories. */
export const Chart = memo(function Chart({ rows, marks, name, format, share = false }: ChartProps) {
  const drawnKinds = useLab((state) => state.drawnKinds)
  const drawHeldOut = useLab((state) => state.drawHeldOut)
  if (rows.length === 0) {
    return (
      <div className={classes.chart}>
        <p className={classes.empty}>Drawn while a student trains.</p>
      </div>
    )
  }
  const kinds = SERIES_KINDS.filter((kind) => drawnKinds.includes(kind))
  return (
    <div className={classes.chart}>
      <ResponsiveContainer width="100%" height="100%" minWidth={0}>
        <LineChart data={rows} margin={{ top: 6, right: 8, bottom: 0, left: 0 }} title={name}>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis
            dataKey="step"
            type="number"
            domain={['dataMin', 'dataMax']}
            tickFormatter={compact}
            tick={{ fill: 'var(--ink-soft)', fontSize: 11 }}
            stroke="var(--line-strong)"
            height={20}
            minTickGap={30}
          />
          <YAxis
            domain={share ? [0, 1] : [0, 'auto']}
            ticks={share ? [0, 0.25, 0.5, 0.75, 1] : undefined}
            tickFormatter={share ? (value: number) => `${Math.round(value * 100)} %` : compact}
            tick={{ fill: 'var(--ink-soft)', fontSize: 11 }}
            stroke="var(--line-strong)"
            width={42}
          />
          <Tooltip
            isAnimationActive={false}
            contentStyle={TOOLTIP}
            itemStyle={{ padding: 0 }}
            labelFormatter={(step) => `Step ${count(Number(step))}`}
            formatter={(value) => format(Number(value))}
          />
          {marks.map(({ step }) => (
            <ReferenceLine
              key={step}
              x={step}
              stroke="var(--ink-soft)"
              strokeWidth={1}
              strokeDasharray="2 2"
            />
          ))}
          {kinds.map((kind) => (
            <Line
              key={kind}
              name={KIND_NAMES[kind].name}
              dataKey={kind}
              stroke={`var(--${kind})`}
              strokeWidth={1.75}
              strokeDasharray={DASHES[kind]}
              type="linear"
              dot={false}
              connectNulls
              isAnimationActive={false}
            />
          ))}
          {drawHeldOut &&
            kinds.map((kind) => (
              <Line
                key={`${kind} held-out`}
                name={`${KIND_NAMES[kind].name}, held-out`}
                dataKey={`${kind}HeldOut`}
                stroke={`var(--${kind})`}
                strokeWidth={1}
                type="linear"
                dot={(mark: { key?: React.Key | null; cx?: number; cy?: number }) => (
                  <Mark key={mark.key} kind={kind} x={mark.cx} y={mark.cy} />
                )}
                connectNulls
                isAnimationActive={false}
              />
            ))}
        </LineChart>
      </ResponsiveContainer>
    </div>
  )
})

/** The mark of a held-out measurement; its shape tells the kind. */
function Mark({ kind, x, y }: { kind: SeriesKind; x?: number; y?: number }) {
  if (x === undefined || y === undefined || Number.isNaN(x) || Number.isNaN(y) || x === null || y === null)
    return null
  const stroke = `var(--${kind})`
  if (kind === 'reason')
    return <circle cx={x} cy={y} r={3} fill="var(--pane)" stroke={stroke} strokeWidth={1.5} />
  if (kind === 'act') {
    return (
      <rect x={x - 3} y={y - 3} width={6} height={6} fill="var(--pane)" stroke={stroke} strokeWidth={1.5} />
    )
  }
  return (
    <path
      d={`M${x - 3.5} ${y + 3} L${x} ${y - 3.5} L${x + 3.5} ${y + 3} Z`}
      fill="var(--pane)"
      stroke={stroke}
      strokeWidth={1.5}
    />
  )
}
