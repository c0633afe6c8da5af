import type { CellPoint } from '../agreement.ts'
import type { EnvironmentName } from '../groups.ts'
import type { StudyReport } from '../report.ts'
import { WORLD_NAMES } from '../wording.ts'
import { axis, axisBelow, axisLeft, percent, shareFloor } from './plot.ts'
import { element, label, lookOf, mark, SOFT, sheet, widthOf } from './svg.ts'

const PANEL = { width: 280, height: 240 }
const LEFT = 60
const TOP = 46
const GAP = 60
const WIDTH = LEFT + 2 * PANEL.width + GAP + 24

/** Success against agreement, a mark for each finished cell, its look that of its arm; null where there is none. */
export function drawScatter({ points, study }: StudyReport, environment: EnvironmentName, name: string) {
  const own = points.filter(
    (point) =>
      point.environment === environment &&
      point.success !== null &&
      point.reason !== null &&
      point.act !== null,
  )
  if (own.length === 0) return null
  const places = new Map(Object.keys(study.arms).map((arm, i) => [arm, i]))
  const arms = [...new Set(own.map(({ arm }) => arm))].sort((a, b) => places.get(a)! - places.get(b)!)
  const below = TOP + PANEL.height + 48
  const { marks, bottom } = legend(arms, below, (arm) => places.get(arm) ?? 0)
  const about = {
    name,
    width: WIDTH,
    height: bottom,
    title: `${WORLD_NAMES[environment]}: success and agreement with the teacher`,
    description:
      'A mark for each trained student: its agreement with the teacher on held-out tokens in percent, on reason tokens at the left and on act tokens at the right, and the share of the test episodes that it solved.',
  }
  const draw = (kind: 'reason' | 'act', at: number) =>
    panelDrawn(own, kind, LEFT + at * (PANEL.width + GAP), (arm) => places.get(arm) ?? 0)
  const svg = sheet(
    about,
    label(8, 15, about.title, { bold: true, size: 14 }),
    draw('reason', 0),
    draw('act', 1),
    ...marks,
  )
  return { ...about, environment, svg }
}

function panelDrawn(
  points: readonly CellPoint[],
  kind: 'reason' | 'act',
  x: number,
  placeOf: (arm: string) => number,
): string {
  const place = { x, y: TOP, ...PANEL }
  const across = axis(shareFloor(points.map((point) => point[kind]!)), 1, x, x + PANEL.width, 4)
  const up = axis(0, 1, TOP + PANEL.height, TOP)
  return element(
    'g',
    {},
    axisLeft(place, up, percent, kind === 'reason' ? 'success, % of the test episodes' : null),
    axisBelow(place, across, percent, `agreement on ${kind} tokens, %`),
    ...points.map((point) =>
      mark(across.at(point[kind]!), up.at(point.success!), lookOf(placeOf(point.arm))),
    ),
  )
}

/** Arms beside one another, as many to a line as fit. */
function legend(arms: readonly string[], top: number, placeOf: (arm: string) => number) {
  let [x, y] = [16, top]
  const marks = arms.map((arm) => {
    const width = widthOf(arm) + 34
    if (x + width > WIDTH && x > 16) [x, y] = [16, y + 18]
    const drawn = element('g', {}, mark(x, y, lookOf(placeOf(arm))), label(x + 10, y, arm, { colour: SOFT }))
    x += width
    return drawn
  })
  return { marks, bottom: y + 14 }
}
