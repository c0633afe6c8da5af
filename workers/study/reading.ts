import { caveatsOf } from './caveats.ts'
import type { Comparison } from './comparisons.ts'
import { type EnvironmentName, type Setting, settingsOf } from './groups.ts'
import type { StudyReport } from './report.ts'
import type { Row } from './tables.ts'
import { keySentence, verdictOf, verdictSentences } from './verdicts.ts'
import { count, counted, estimateText, settingText, WORLD_NAMES } from './wording.ts'

/** A few sentences on one thing. */
export interface Passage {
  title: string
  /** Null for what is of all worlds. */
  environment: EnvironmentName | null
  sentences: string[]
}

/** A report whose sentences are still to be written. */
export type Told = Omit<StudyReport, 'reading'>

/** What the numbers show and what they do not, made of the numbers alone: whatever comes out is said. */
export function readingOf(told: Told): Passage[] {
  const settings = settingsOf(told.study)
  const passages = told.study.worlds.flatMap(({ environment }) => [
    teacherPassage(told, environment),
    ...settings
      .filter(({ setting }) => setting.environment === environment)
      .flatMap(({ setting }) => settingPassage(told, setting)),
    scalingPassage(told, environment),
  ])
  return [
    progressPassage(told),
    ...overPassages(told),
    ...passages.filter(({ sentences }) => sentences.length > 0),
    ...caveatsOf(told),
  ].filter(({ sentences }) => sentences.length > 0)
}

function progressPassage({ cells, candidates }: Told): Passage {
  const sentences =
    cells.done === cells.planned
      ? [`All ${counted(cells.planned, 'cell')} of the tables are done.`]
      : [
          `${cells.done} of ${counted(cells.planned, 'cell')} of the tables are done. What is missing is marked “–”, and every sentence is of what is there.`,
        ]
  if (candidates.done < candidates.planned) {
    sentences.push(
      `Of the ${counted(candidates.planned, 'cell')} by which arms are chosen ${candidates.done} are done.`,
    )
  }
  return { title: 'How far the study is', environment: null, sentences }
}

/** The comparisons over all worlds, which say the most. */
function overPassages({ comparisons, study }: Told): Passage[] {
  const over = comparisons.filter(({ environment }) => environment === null)
  return settingsWithin(over).map(({ amount, student, own }): Passage => {
    const { reference, others } = sorted(own)
    return {
      title: `All worlds, ${settingText(study, amount, student)}`,
      environment: null,
      sentences: [...(reference.length > 0 ? verdictSentences(reference) : []), ...others.map(keySentence)],
    }
  })
}

function teacherPassage({ tables, teachers }: Told, environment: EnvironmentName): Passage {
  const rows = tables.find((table) => table.environment === environment)?.rows ?? []
  const note = teachers.find((teacher) => teacher.environment === environment)
  const rate = (who: Row['who']) => {
    const success = rows.find((row) => row.who === who)?.measures.success
    return success && success.mean !== null ? `${estimateText('success', success)} %` : null
  }
  const [teacher, expert] = [rate('teacher'), rate('expert')]
  const sentences: string[] = []
  if (note && teacher !== null) {
    const { parameters, episodes, trajectories } = note
    sentences.push(
      `The teacher (${count(parameters)} parameters) reaches the goal in ${teacher} of ${counted(episodes, 'test episode')}${expert === null ? '' : `, the scripted expert in ${expert}`}.`,
      `The students learn from ${counted(trajectories.kept, 'trajectory', 'trajectories')} of the ${trajectories.by}, kept of ${count(trajectories.played)} that it played, ${count(trajectories.successes)} of which reached the goal.`,
    )
  }
  return { title: `${WORLD_NAMES[environment]}: the teacher`, environment, sentences }
}

function settingPassage({ comparisons, study, tables }: Told, setting: Setting): Passage[] {
  const { environment, amount, student } = setting
  const own = comparisons.filter(
    (one) => one.environment === environment && one.amount === amount && one.student === student,
  )
  const rows = tables
    .filter((table) => table.environment === environment)
    .flatMap((table) => table.rows)
    .filter((row) => row.amount === amount && row.student === student && row.measures.success)
  if (rows.length === 0) return []
  const best = rows.reduce((a, b) => (mean(b) > mean(a) ? b : a))
  const { reference, others } = sorted(own)
  const subject = rows.find(({ arm }) => arm === reference[0]?.arm) ?? best
  const sentences = [rateSentence(subject)]
  if (reference.length > 0) sentences.push(...verdictSentences(reference))
  if (best.arm !== subject.arm) sentences.push(`The highest mean: ${rateSentence(best)}`)
  return [
    {
      title: `${WORLD_NAMES[environment]}, ${settingText(study, amount, student)}`,
      environment,
      sentences: [...sentences, ...others.map(keySentence)],
    },
  ]
}

function rateSentence({ arm, measures, seeds, planned, parameters }: Row): string {
  const missing = seeds < planned ? ` of ${planned}` : ''
  return `${arm} (${count(parameters!)} parameters) reaches the goal in ${estimateText('success', measures.success)} % of the test episodes, over ${seeds}${missing} ${seeds === 1 && missing === '' ? 'seed' : 'seeds'}.`
}

/** How success goes with the size of the student, arm by arm. */
function scalingPassage({ tables, study }: Told, environment: EnvironmentName): Passage {
  const rows = new Map<string, Row>()
  for (const row of tables.filter((table) => table.environment === environment).flatMap(({ rows }) => rows)) {
    if (row.measures.success) rows.set([row.arm, row.amount, row.student].join(' '), row)
  }
  const sentences = Object.keys(study.amounts).flatMap((amount) =>
    Object.keys(study.arms).flatMap((arm) => {
      const sizes = [...rows.values()]
        .filter((row) => row.arm === arm && row.amount === amount)
        .sort((a, b) => a.parameters! - b.parameters!)
      if (sizes.length < 2) return []
      const steps = sizes.map(
        (row) =>
          `${estimateText('success', row.measures.success)} % with ${count(row.parameters!)} parameters`,
      )
      return [`${arm} on ${amount} trajectories: ${steps.join(', ')}.`]
    }),
  )
  return { title: `${WORLD_NAMES[environment]}: size of the student`, environment, sentences }
}

/** Comparisons of the arm that all others are compared with, and those of single keys. */
function sorted(comparisons: readonly Comparison[]): { reference: Comparison[]; others: Comparison[] } {
  const known = comparisons.filter((one) => verdictOf(one, 'success') !== 'unknown')
  const arm = comparisons[0]?.arm
  const reference = known.filter((one) => one.arm === arm)
  return { reference, others: known.filter((one) => one.arm !== arm) }
}

function settingsWithin(comparisons: readonly Comparison[]) {
  const keys = [...new Set(comparisons.map(({ amount, student }) => `${amount} ${student}`))]
  return keys.map((key) => {
    const own = comparisons.filter(({ amount, student }) => `${amount} ${student}` === key)
    const { amount, student } = own[0]!
    return { amount, student, own }
  })
}

function mean({ measures }: Row): number {
  return measures.success?.mean ?? Number.NEGATIVE_INFINITY
}
