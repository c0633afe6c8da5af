import type { StudyReport } from '../../../workers/protocol.ts'

/** What of a report is on show. */
export interface Chosen {
  environment: StudyReport['tables'][number]['environment']
  amount: string
  student: string
}

/** What there is to choose from: the worlds, and of a world the amounts and students that it is run with. */
export function choicesIn({ study }: StudyReport, environment: Chosen['environment']) {
  const environments = study.worlds.map((world) => world.environment)
  const blocks = study.blocks.filter(({ worlds }) => !worlds || worlds.includes(environment))
  const named = (record: object, used: readonly string[]) =>
    Object.keys(record).filter((name) => used.includes(name))
  return {
    environments,
    amounts: named(
      study.amounts,
      blocks.flatMap(({ amounts }) => amounts),
    ),
    students: named(
      study.students,
      blocks.flatMap(({ students }) => students),
    ),
  }
}

/**
 * What a person wishes to see where it is there; else of the setting that most students have been trained in.
 *
 * @param wished from an earlier report, maybe
 */
export function chosenIn(report: StudyReport, wished: Partial<Chosen>): Chosen {
  const environment =
    report.study.worlds.map((world) => world.environment).find((one) => one === wished.environment) ??
    mostly(report, () => true)?.environment ??
    report.study.worlds[0]!.environment
  const { amounts, students } = choicesIn(report, environment)
  const most = mostly(report, (point) => point.environment === environment)
  const pick = (values: readonly string[], wish: string | undefined, other: string | undefined) =>
    values.find((value) => value === wish) ?? values.find((value) => value === other) ?? values[0] ?? ''
  return {
    environment,
    amount: pick(amounts, wished.amount, most?.amount),
    student: pick(students, wished.student, most?.student),
  }
}

type Point = StudyReport['points'][number]

/** The setting with most finished cells, the first of several. */
function mostly({ points }: StudyReport, counts: (point: Point) => boolean): Chosen | undefined {
  const settings = new Map<string, { chosen: Chosen; cells: number }>()
  for (const point of points.filter(counts)) {
    const { environment, amount, student } = point
    const key = [environment, amount, student].join(' ')
    const known = settings.get(key) ?? { chosen: { environment, amount, student }, cells: 0 }
    settings.set(key, { ...known, cells: known.cells + 1 })
  }
  const all = [...settings.values()]
  return all.sort((a, b) => b.cells - a.cells)[0]?.chosen
}
