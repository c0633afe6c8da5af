import type { EnvironmentName } from '../groups.ts'
import type { StudyReport } from '../report.ts'
import type { Row } from '../tables.ts'
import { count, WORLD_NAMES } from '../wording.ts'
import { type Axis, axis, axisBelow, axisLeft, percent } from './plot.ts'
import { element, type Look, label, line, lookOf, mark, path, SOFT, sheet, widthOf } from './svg.ts'

const PLOT = { x: 60, y: 36, width: 440, height: 280 }

/** An arm on so many trajectories, at several sizes of student, the smallest first. */
interface Series {
  name: string
  look: Look
  rows: Row[]
}

/** Success by the student's size; null where no arm is done at two sizes. */
export function drawScaling(report: StudyReport, environment: EnvironmentName, name: string) {
  const series = seriesOf(report, environment)
  if (series.length === 0) return null
  const sizes = series.flatMap(({ rows }) => rows.map(({ parameters }) => parameters!))
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)]
  const { x, y, width, height } = PLOT
  const margin = (most - least) * 0.08
  const across = axis(least - margin, most + margin, x, x + width, 6)
  const up = axis(0, 1, y + height, y)
  const about = {
    name,
    width: x + width + Math.min(300, Math.max(...series.map((one) => widthOf(one.name))) + 40),
    height: y + height + 44,
    title: `${WORLD_NAMES[environment]}: success by size of the student`,
    description:
      'Mean success over seeds in percent by the parameters of the student, with 95 % intervals; a line for each arm.',
  }
  const svg = sheet(
    about,
    label(8, 15, about.title, { bold: true, size: 14 }),
    axisLeft(PLOT, up, percent, 'success, % of the test episodes'),
    axisBelow(PLOT, across, count, 'parameters of the student'),
    ...series.map((one, i) => seriesDrawn(one, across, up, (i - (series.length - 1) / 2) * 3)),
    ...series.map((one, i) => key(one, x + width + 18, y + 10 + i * 20)),
  )
  return { ...about, environment, svg }
}

function seriesOf({ tables, study }: StudyReport, environment: EnvironmentName): Series[] {
  const rows = tables.filter((table) => table.environment === environment).flatMap((table) => table.rows)
  const known = rows.filter(({ measures }) => (measures.success?.mean ?? null) !== null)
  const amounts = Object.keys(study.amounts)
  return Object.keys(study.arms).flatMap((arm, place) =>
    amounts.flatMap((amount): Series[] => {
      const own = known.filter((row) => row.arm === arm && row.amount === amount)
      const sizes = [...new Map(own.map((row) => [row.parameters!, row])).values()]
      if (sizes.length < 2) return []
      return [
        {
          name: `${arm}, ${amount}`,
          look: lookOf(place),
          rows: sizes.sort((a, b) => a.parameters! - b.parameters!),
        },
      ]
    }),
  )
}

/** @param aside pixels, so that intervals at the same size stand beside one another */
function seriesDrawn({ rows, look }: Series, across: Axis, up: Axis, aside: number): string {
  const at = (row: Row) => across.at(row.parameters!) + aside
  const points = rows.map((row) => [at(row), up.at(row.measures.success!.mean!)] as const)
  return element(
    'g',
    {},
    element('path', {
      d: path(points),
      fill: 'none',
      stroke: look.colour,
      'stroke-width': 1.5,
      'stroke-dasharray': look.dash,
    }),
    ...rows.map((row) => {
      const { low, high } = row.measures.success!
      return line(at(row), up.at(low!), at(row), up.at(high!), { stroke: look.colour, 'stroke-width': 1.5 })
    }),
    ...points.map(([x, y]) => mark(x, y, look)),
  )
}

function key({ name, look }: Series, x: number, y: number): string {
  return element('g', {}, mark(x, y, look), label(x + 10, y, name, { colour: SOFT }))
}
