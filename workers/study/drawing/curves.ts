import type { AgreementCurve } from '../agreement.ts'
import type { Setting } from '../groups.ts'
import type { StudyReport } from '../report.ts'
import { count, settingText, WORLD_NAMES } from '../wording.ts'
import { type Axis, axis, axisBelow, axisLeft, type Panel, percent, shareFloor } from './plot.ts'
import { element, KINDS, label, line, path, SOFT, sheet } from './svg.ts'

const COLUMNS = 4
const PANEL = { width: 150, height: 110 }
const GAP = { x: 44, y: 66 }
const LEFT = 58
const TOP = 80

/**
 * How agreement with the teacher grows in training: a panel for each arm of a setting, the span kinds in their colours.
 *
 * @returns null where no arm was evaluated twice
 */
export function drawCurves(report: StudyReport, setting: Setting, name: string) {
  const { environment, amount, student } = setting
  const curves = report.curves.filter(
    (curve) =>
      curve.environment === environment &&
      curve.amount === amount &&
      curve.student === student &&
      curve.points.length > 1,
  )
  if (curves.length === 0) return null
  const values = curves.flatMap(({ points }) => points.flatMap(({ reason, act }) => [reason, act]))
  const last = Math.max(...curves.map(({ points }) => points.at(-1)!.step))
  const floor = shareFloor(values)
  const columns = Math.min(COLUMNS, curves.length)
  const rows = Math.ceil(curves.length / COLUMNS)
  const trained = settingText(report.study, amount, student)
  const about = {
    name,
    width: Math.max(440, LEFT + columns * (PANEL.width + GAP.x)),
    height: TOP + rows * (PANEL.height + GAP.y) - 24,
    title: `${WORLD_NAMES[environment]}: agreement while training, ${amount}, ${student}`,
    description: `${trained}. Share of held-out tokens, in percent, whose most likely token is the teacher’s, by optimiser step, mean over the seeds: reason solid, act dashed; a panel for each arm.`,
  }
  const panels = curves.map((curve, i) => {
    const place = {
      x: LEFT + (i % COLUMNS) * (PANEL.width + GAP.x),
      y: TOP + Math.floor(i / COLUMNS) * (PANEL.height + GAP.y),
      ...PANEL,
    }
    return panelDrawn(curve, place, last, floor, i % COLUMNS === 0)
  })
  const svg = sheet(
    about,
    label(8, 15, about.title, { bold: true, size: 14 }),
    label(8, 34, trained, { colour: SOFT }),
    ...(['reason', 'act'] as const).map((kind, i) => key(kind, 10 + i * 90)),
    ...panels,
  )
  return { ...about, environment, svg }
}

function key(kind: keyof typeof KINDS, x: number): string {
  const { colour, dash } = KINDS[kind]
  return element(
    'g',
    {},
    line(x, 52, x + 26, 52, { stroke: colour, 'stroke-width': 2, 'stroke-dasharray': dash }),
    label(x + 32, 52, kind, { colour: SOFT }),
  )
}

function panelDrawn(
  curve: AgreementCurve,
  place: Panel,
  last: number,
  floor: number,
  named: boolean,
): string {
  const { x, y, width, height } = place
  const across = axis(0, last, x, x + width, 4)
  const up = axis(floor, 1, y + height, y, 4)
  return element(
    'g',
    {},
    label(x, y - 10, `${curve.arm} (${curve.seeds})`, { bold: true, size: 11 }),
    axisLeft(place, up, percent, named ? 'agreement, %' : null),
    axisBelow(place, across, count, 'optimiser steps'),
    ...(['reason', 'act'] as const).map((kind) => curveDrawn(curve, kind, across, up)),
  )
}

function curveDrawn({ points }: AgreementCurve, kind: 'reason' | 'act', across: Axis, up: Axis): string {
  const { colour, dash } = KINDS[kind]
  return element('path', {
    d: path(points.map((point) => [across.at(point.step), up.at(point[kind])])),
    fill: 'none',
    stroke: colour,
    'stroke-width': 1.75,
    'stroke-dasharray': dash,
  })
}
