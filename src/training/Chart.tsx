import { memo } from 'react'
import { useLab } from '../lab/store.ts'
import { KIND_NAMES } from '../trajectories/kinds.ts'
import type { LambdaMark } from './lambdaMarks.ts'
import { Plot, type PlotLine } from './Plot.tsx'
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

/** The shapes of held-out measurements. */
const MARKS: Record<SeriesKind, PlotLine['mark']> = {
  reason: 'circle',
  act: 'square',
  observation: 'triangle',
}

/** One measure of a run by step: a line per span kind in training, a line with marks for held-out trajectories. */
export const Chart = memo(function Chart(props: ChartProps) {
  const drawnKinds = useLab((state) => state.drawnKinds)
  const drawHeldOut = useLab((state) => state.drawHeldOut)
  const kinds = SERIES_KINDS.filter((kind) => drawnKinds.includes(kind))
  const training = kinds.map((kind): PlotLine => {
    const { name } = KIND_NAMES[kind]
    return { key: kind, name, stroke: `var(--${kind})`, width: 1.75, dashes: DASHES[kind] }
  })
  const heldOut = kinds.map((kind): PlotLine => {
    const name = `${KIND_NAMES[kind].name}, held-out`
    return { key: `${kind}HeldOut`, name, stroke: `var(--${kind})`, width: 1, mark: MARKS[kind] }
  })
  return <Plot {...props} lines={drawHeldOut ? [...training, ...heldOut] : training} />
})
