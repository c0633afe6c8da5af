import type { EnvironmentName } from '../groups.ts'
import type { StudyReport } from '../report.ts'
import type { Row } from '../tables.ts'
import { settingText, valueText, WORLD_NAMES } from '../wording.ts'
import { type Axis, axis, axisBelow, percent } from './plot.ts'
import { ACCENT, element, label, line, mark, type Sheet, SOFT, sheet, widthOf } from './svg.ts'

const ROW = 20
const HEAD = 26
const TOP = 40
const PLOT = 420
const RIGHT = 56

interface Section {
  title: string
  rows: Row[]
}

/**
 * Success of every arm in a world: a section for each setting, in it a line for each arm with its seeds, their mean and
 * its 95 % interval; the teacher as a line through all of them.
 *
 * @returns null where no arm is done
 */
export function drawSuccess(report: StudyReport, environment: EnvironmentName, name: string) {
  const sections = sectionsOf(report, environment)
  if (sections.length === 0) return null
  const names = sections.flatMap(({ rows }) => rows.map(({ arm }) => arm ?? ''))
  const left = Math.min(280, Math.max(...names.map(widthOf)) + 24)
  const height = sections.reduce((sum, { rows }) => sum + HEAD + ROW * rows.length, 0)
  const panel = { x: left, y: TOP, width: PLOT, height }
  const scale = axis(0, 1, left, left + PLOT)
  const description =
    'Share of the test episodes that reached the goal, in percent. Points are seeds, the large one is their mean, the bar its 95 % interval; the dashed line is the teacher.'
  const about: Sheet = {
    name,
    width: left + PLOT + RIGHT,
    height: TOP + height + 40,
    title: `${WORLD_NAMES[environment]}: success by arm`,
    description,
  }
  let y = panel.y
  const drawn = sections.map(({ title, rows }) => {
    const top = y
    y += HEAD + ROW * rows.length
    return element(
      'g',
      {},
      label(8, top + HEAD / 2, title, { bold: true, rim: true }),
      ...rows.map((row, i) => rowOf(report, row, environment, scale, top + HEAD + ROW * (i + 0.5))),
    )
  })
  const svg = sheet(
    about,
    label(8, 15, about.title, { bold: true, size: 14 }),
    axisBelow(panel, scale, percent, 'success, % of the test episodes'),
    teacherLine(report, environment, scale, panel),
    ...drawn,
  )
  return { ...about, environment, svg }
}

function sectionsOf({ tables, study }: StudyReport, environment: EnvironmentName): Section[] {
  const sections = new Map<string, Section>()
  const drawn = new Set<string>()
  for (const row of tables.filter((table) => table.environment === environment).flatMap(({ rows }) => rows)) {
    const { amount, student, arm } = row
    const key = [amount, student, arm].join(' ')
    if (amount === null || student === null || (row.measures.success?.mean ?? null) === null) continue
    // An arm of several blocks stands in each of their tables.
    if (drawn.has(key)) continue
    drawn.add(key)
    const title = settingText(study, amount, student)
    const section = sections.get(title) ?? { title, rows: [] }
    section.rows.push(row)
    sections.set(title, section)
  }
  return [...sections.values()]
}

function rowOf(
  { points }: StudyReport,
  { arm, amount, student, measures }: Row,
  environment: EnvironmentName,
  scale: Axis,
  y: number,
): string {
  const { mean, low, high } = measures.success!
  const seeds = points.filter(
    (point) =>
      point.environment === environment &&
      point.arm === arm &&
      point.amount === amount &&
      point.student === student &&
      point.success !== null,
  )
  return element(
    'g',
    {},
    label(20, y, arm!),
    line(scale.at(low!), y, scale.at(high!), y, { stroke: ACCENT, 'stroke-width': 2 }),
    ...seeds.map(({ success }) =>
      element('circle', { cx: scale.at(success!), cy: y, r: 2.5, fill: SOFT, 'fill-opacity': 0.55 }),
    ),
    mark(scale.at(mean!), y, { colour: ACCENT, shape: 'circle' }, 5),
    label(scale.at(1) + 10, y, valueText('success', mean), { colour: SOFT }),
  )
}

function teacherLine(
  { tables }: StudyReport,
  environment: EnvironmentName,
  scale: Axis,
  panel: { y: number; height: number },
): string {
  const rows = tables.find((table) => table.environment === environment)?.rows ?? []
  const mean = rows.find(({ who }) => who === 'teacher')?.measures.success?.mean ?? null
  if (mean === null) return ''
  const x = scale.at(mean)
  return element(
    'g',
    {},
    line(x, panel.y, x, panel.y + panel.height, { stroke: SOFT, 'stroke-dasharray': '4 3' }),
    label(x, panel.y - 8, 'teacher', { anchor: 'middle', size: 11, colour: SOFT }),
  )
}
