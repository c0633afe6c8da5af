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
import classes from './Plot.module.css'

/** A line of a plot. */
export interface PlotLine {
  /** The key of its values in the rows. */
  key: string
  name: string
  stroke: string
  width: number
  dashes?: string
  /** The shape that stands at each of its values; none where left out. */
  mark?: 'circle' | 'square' | 'triangle'
}

interface PlotProps {
  /** In order of their steps; a value may be null. */
  rows: readonly { step: number }[]
  lines: readonly PlotLine[]
  /** Steps to draw a thin line at. */
  marks?: readonly { step: number }[]
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

/** Lines by step. */
export function Plot({ rows, lines, marks = [], name, format, share = false }: PlotProps) {
  if (rows.length === 0) {
    return (
      <div className={classes.chart}>
        <p className={classes.empty}>Drawn while a student trains.</p>
      </div>
    )
  }
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
          {lines.map(({ key, name, stroke, width, dashes, mark }) => (
            <Line
              key={key}
              name={name}
              dataKey={key}
              stroke={stroke}
              strokeWidth={width}
              strokeDasharray={dashes}
              type="linear"
              dot={
                mark
                  ? (at: { key?: React.Key | null; cx?: number; cy?: number }) => (
                      <Mark key={at.key} shape={mark} stroke={stroke} x={at.cx} y={at.cy} />
                    )
                  : false
              }
              connectNulls
              isAnimationActive={false}
            />
          ))}
        </LineChart>
      </ResponsiveContainer>
    </div>
  )
}

interface MarkProps {
  shape: NonNullable<PlotLine['mark']>
  stroke: string
  x?: number
  y?: number
}

/** The mark of a measurement. */
function Mark({ shape, stroke, x, y }: MarkProps) {
  if (x === undefined || y === undefined || Number.isNaN(x) || Number.isNaN(y) || x === null || y === null)
    return null
  const drawn = { fill: 'var(--pane)', stroke, strokeWidth: 1.5 }
  if (shape === 'circle') return <circle cx={x} cy={y} r={3} {...drawn} />
  if (shape === 'square') return <rect x={x - 3} y={y - 3} width={6} height={6} {...drawn} />
  return <path d={`M${x - 3.5} ${y + 3} L${x} ${y - 3.5} L${x + 3.5} ${y + 3} Z`} {...drawn} />
}
