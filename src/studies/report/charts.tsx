import { memo, type ReactElement } from 'react'
import {
  Bar,
  BarChart,
  CartesianGrid,
  ErrorBar,
  Line,
  LineChart,
  ReferenceLine,
  ResponsiveContainer,
  Scatter,
  ScatterChart,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts'
import { compact, count, percent } from '../../lab/format.ts'
import type { ArmLine, ArmSuccess, CurveRow, lookOfArm, Mark, SizePoint } from './series.ts'

type Look = (arm: string) => ReturnType<typeof lookOfArm>

const TICK = { fill: 'var(--ink-soft)', fontSize: 11 }
const TOOLTIP = {
  padding: '4px 8px',
  background: 'var(--pane)',
  border: '1px solid var(--line-strong)',
  borderRadius: 3,
  fontSize: 12,
}
const MARGIN = { top: 6, right: 24, bottom: 14, left: 0 }
// With an interval recharts does not measure each tick, which would be most of the drawing.
const AXIS = { tick: TICK, stroke: 'var(--line-strong)', interval: 0 } as const
const inPercent = (value: number) => `${Math.round(value * 100)} %`
const QUARTERS = [0, 0.25, 0.5, 0.75, 1]

function Chart({ children }: { children: ReactElement }) {
  return (
    <ResponsiveContainer width="100%" height="100%" minWidth={0}>
      {children}
    </ResponsiveContainer>
  )
}

function named(text: string) {
  return { value: text, position: 'insideBottom' as const, offset: -8, fill: 'var(--ink-soft)', fontSize: 11 }
}

interface SuccessByArmProps {
  arms: ArmSuccess[]
  teacher: number | null
}

/** A bar for each arm with the interval of its mean. */
export const SuccessByArm = memo(function SuccessByArm({ arms, teacher }: SuccessByArmProps) {
  return (
    <Chart>
      <BarChart layout="vertical" data={arms} margin={MARGIN} title="Success by arm">
        <CartesianGrid stroke="var(--line)" horizontal={false} />
        <XAxis
          {...AXIS}
          type="number"
          domain={[0, 1]}
          ticks={QUARTERS}
          tickFormatter={inPercent}
          height={32}
          label={named('success, share of the test episodes')}
        />
        <YAxis {...AXIS} type="category" dataKey="arm" width={112} />
        <Tooltip
          isAnimationActive={false}
          cursor={{ fill: 'var(--raised)' }}
          contentStyle={TOOLTIP}
          formatter={(value, _, { payload }) => {
            const { success, reach, seeds, planned } = payload as ArmSuccess
            const interval = `${percent(success - reach[0])} to ${percent(success + reach[1])}`
            return [`${percent(Number(value))} (${interval}), ${seeds} of ${planned} seeds`, 'Success']
          }}
        />
        {teacher !== null && <ReferenceLine x={teacher} stroke="var(--ink-soft)" strokeDasharray="4 3" />}
        <Bar
          dataKey="success"
          fill="var(--accent)"
          fillOpacity={0.45}
          isAnimationActive={false}
          maxBarSize={14}
          minPointSize={2}
        >
          <ErrorBar dataKey="reach" stroke="var(--ink)" strokeWidth={1.5} width={4} direction="x" />
        </Bar>
      </BarChart>
    </Chart>
  )
})

interface LinesProps<Point> {
  lines: ArmLine<Point>[]
  look: Look
}

/** A line for each arm over the sizes of the student. */
export const SuccessBySize = memo(function SuccessBySize({ lines, look }: LinesProps<SizePoint>) {
  const sizes = [...new Set(lines.flatMap(({ points }) => points.map(({ parameters }) => parameters)))]
  return (
    <Chart>
      <LineChart margin={MARGIN} title="Success by the size of the student">
        <CartesianGrid stroke="var(--line)" vertical={false} />
        <XAxis
          {...AXIS}
          dataKey="parameters"
          type="number"
          domain={['dataMin', 'dataMax']}
          ticks={sizes.sort((a, b) => a - b)}
          tickFormatter={compact}
          height={32}
          padding={{ left: 14, right: 14 }}
          label={named('parameters')}
          allowDuplicatedCategory={false}
        />
        <YAxis {...AXIS} domain={[0, 1]} ticks={QUARTERS} tickFormatter={inPercent} width={46} />
        <Tooltip
          isAnimationActive={false}
          contentStyle={TOOLTIP}
          itemStyle={{ padding: 0 }}
          labelFormatter={(size) => `${count(Number(size))} parameters`}
          formatter={(value) => percent(Number(value))}
        />
        {lines.map(({ arm, points }) => (
          <Line
            key={arm}
            name={arm}
            data={points}
            dataKey="success"
            stroke={look(arm).colour}
            strokeDasharray={look(arm).dash}
            strokeWidth={1.75}
            dot={{ r: 3, strokeDasharray: 'none', fill: 'var(--pane)' }}
            isAnimationActive={false}
          >
            <ErrorBar dataKey="reach" stroke={look(arm).colour} strokeWidth={1} width={4} direction="y" />
          </Line>
        ))}
      </LineChart>
    </Chart>
  )
})

interface CurvesProps {
  arms: string[]
  rows: CurveRow[]
  look: Look
}

/** Agreement with the teacher by step, a line for each arm. */
export const AgreementCurves = memo(function AgreementCurves({ arms, rows, look }: CurvesProps) {
  return (
    <Chart>
      <LineChart data={rows} margin={MARGIN} title="Agreement by step">
        <CartesianGrid stroke="var(--line)" vertical={false} />
        <XAxis
          {...AXIS}
          dataKey="step"
          type="number"
          domain={['dataMin', 'dataMax']}
          tickFormatter={compact}
          height={32}
          label={named('optimiser steps')}
        />
        <YAxis {...AXIS} domain={[0, 1]} ticks={QUARTERS} tickFormatter={inPercent} width={46} />
        <Tooltip
          isAnimationActive={false}
          contentStyle={TOOLTIP}
          itemStyle={{ padding: 0 }}
          labelFormatter={(step) => `Step ${count(Number(step))}`}
          formatter={(value) => percent(Number(value))}
        />
        {arms.map((arm) => (
          <Line
            key={arm}
            name={arm}
            // A name may hold dots, which in a key would mean something else.
            dataKey={(row: CurveRow) => row[`arm ${arm}`]}
            stroke={look(arm).colour}
            strokeDasharray={look(arm).dash}
            strokeWidth={1.75}
            dot={false}
            connectNulls
            isAnimationActive={false}
          />
        ))}
      </LineChart>
    </Chart>
  )
})

/** The marks of arms, around (0, 0). */
const SHAPES: Record<ReturnType<Look>['shape'], string> = {
  circle: 'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z',
  square: 'M-3.2 -3.2H3.2V3.2H-3.2Z',
  triangle: 'M0 -4L4 3.4H-4Z',
  diamond: 'M0 -4.6L4.6 0L0 4.6L-4.6 0Z',
  cross: 'M-4 -2.4L-2.4 -4L0 -1.6L2.4 -4L4 -2.4L1.6 0L4 2.4L2.4 4L0 1.6L-2.4 4L-4 2.4L-1.6 0Z',
}

/** A mark for each cell. */
export const AgreementScatter = memo(function AgreementScatter({ lines, look }: LinesProps<Mark>) {
  return (
    <Chart>
      <ScatterChart margin={MARGIN} title="Success against agreement">
        <CartesianGrid stroke="var(--line)" />
        <XAxis
          {...AXIS}
          dataKey="agreement"
          type="number"
          domain={['auto', 'auto']}
          tickFormatter={inPercent}
          height={32}
          label={named('agreement with the teacher at the end')}
        />
        <YAxis
          {...AXIS}
          dataKey="success"
          type="number"
          domain={[0, 1]}
          ticks={QUARTERS}
          tickFormatter={inPercent}
          width={46}
        />
        <Tooltip
          isAnimationActive={false}
          contentStyle={TOOLTIP}
          itemStyle={{ padding: 0 }}
          content={({ payload }) => {
            const mark = payload?.[0]?.payload as Mark | undefined
            if (!mark) return null
            return (
              <div style={TOOLTIP}>
                {mark.cell}: agreement {percent(mark.agreement)}, success {percent(mark.success)}
              </div>
            )
          }}
        />
        {lines.map(({ arm, points }) => (
          <Scatter
            key={arm}
            name={arm}
            data={points}
            fill={look(arm).colour}
            fillOpacity={0.8}
            shape={({ cx, cy }: { cx?: number; cy?: number }) => (
              <path
                d={SHAPES[look(arm).shape]}
                transform={`translate(${cx} ${cy})`}
                fill={look(arm).colour}
                fillOpacity={0.8}
              />
            )}
            isAnimationActive={false}
          />
        ))}
      </ScatterChart>
    </Chart>
  )
})
