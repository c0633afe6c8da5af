import { drawCurves } from './drawing/curves.ts'
import { drawSuccess } from './drawing/intervals.ts'
import { drawScaling } from './drawing/scaling.ts'
import { drawScatter } from './drawing/scatter.ts'
import { type EnvironmentName, settingsOf } from './groups.ts'
import type { StudyReport } from './report.ts'

/** A drawing of a study's numbers, for files and for other pages than ours. */
export interface StudyFigure {
  /** Of its file, without an ending. */
  name: string
  environment: EnvironmentName
  title: string
  /** What is drawn and how it is to be read. */
  description: string
  width: number
  height: number
  svg: string
}

/** All figures that there are numbers for, world by world. */
export function figuresOf(report: StudyReport): StudyFigure[] {
  const settings = settingsOf(report.study).map(({ setting }) => setting)
  return report.study.worlds.flatMap(({ environment }) => {
    const curves = settings
      .filter((setting) => setting.environment === environment)
      .map((setting) =>
        drawCurves(report, setting, `agreement-${environment}-${setting.amount}-${setting.student}`),
      )
    return [
      drawSuccess(report, environment, `success-${environment}`),
      drawScaling(report, environment, `size-${environment}`),
      drawScatter(report, environment, `success-and-agreement-${environment}`),
      ...curves,
    ].filter((figure) => figure !== null)
  })
}
