import { fixed } from '../wording.ts'
import { element, LINE, label, line, SOFT } from './svg.ts'

/** Where a range of values lies, in pixels. */
export interface Axis {
  from: number
  to: number
  ticks: number[]
  at(value: number): number
}

/** A rectangle that values are drawn in. */
export interface Panel {
  x: number
  y: number
  width: number
  height: number
}

/** From one value to another over pixels; ticks lie on round values. */
export function axis(from: number, to: number, start: number, end: number, ticks = 5): Axis {
  const spread = to > from ? to - from : 1
  return {
    from,
    to: from + spread,
    ticks: roundValues(from, from + spread, ticks),
    at: (value) => start + ((value - from) / spread) * (end - start),
  }
}

/** About `wanted` round values in a range: multiples of 1, 2 or 5 times a power of ten. */
export function roundValues(from: number, to: number, wanted: number): number[] {
  const rough = (to - from) / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= rough * 0.999)!
  const first = Math.ceil(from / step - 1e-9)
  const last = Math.floor(to / step + 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * step)
}

/** The widest range of shares that is worth drawing: from a round value below the least to 1. */
export function shareFloor(values: readonly number[]): number {
  const least = Math.min(1, ...values)
  return least > 0.9 ? Math.floor(least * 50) / 50 : Math.floor(least * 10) / 10
}

/** 0.45 -> 45 */
export function percent(value: number): string {
  return fixed(value * 100, Math.abs(value * 1000 - Math.round(value * 100) * 10) < 1e-6 ? 0 : 1)
}

/** Values below a panel, with lines up through it, and what they are. */
export function axisBelow(
  { y, height, x, width }: Panel,
  scale: Axis,
  text: (value: number) => string,
  name: string,
): string {
  const bottom = y + height
  return element(
    'g',
    {},
    ...scale.ticks.map((tick) => line(scale.at(tick), y, scale.at(tick), bottom, { stroke: LINE })),
    ...scale.ticks.map((tick) =>
      label(scale.at(tick), bottom + 10, text(tick), { anchor: 'middle', size: 11, colour: SOFT }),
    ),
    label(x + width / 2, bottom + 26, name, { anchor: 'middle', size: 11, colour: SOFT }),
  )
}

/** The same at the left of a panel; without a name where the panel beside it has told it. */
export function axisLeft(
  { x, y, width, height }: Panel,
  scale: Axis,
  text: (value: number) => string,
  name: string | null,
): string {
  const middle = y + height / 2
  return element(
    'g',
    {},
    ...scale.ticks.map((tick) => line(x, scale.at(tick), x + width, scale.at(tick), { stroke: LINE })),
    ...scale.ticks.map((tick) =>
      label(x - 6, scale.at(tick), text(tick), { anchor: 'end', size: 11, colour: SOFT }),
    ),
    name === null ? '' : label(x - 40, middle, name, { anchor: 'middle', size: 11, colour: SOFT, turn: -90 }),
  )
}
