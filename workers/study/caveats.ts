import type { Comparison } from './comparisons.ts'
import type { EnvironmentName } from './groups.ts'
import { average } from './paired.ts'
import { PAPER, PAPER_SETTING, PAPER_WORLDS } from './paper.ts'
import type { Passage, Told } from './reading.ts'
import { verdictOf } from './verdicts.ts'
import { counted, differenceText, fixed, listed, valueText, WORLD_NAMES } from './wording.ts'

/** What a reader must know before believing the rest. */
export function caveatsOf(told: Told): Passage[] {
  const passages = [
    { title: 'Agreement with the teacher and success', sentences: agreementSentences(told) },
    { title: 'What was chosen', sentences: choiceSentences(told) },
    { title: 'Episodes stopped at the step cap', sentences: censoringSentences(told) },
    { title: 'Seeds', sentences: seedSentences(told) },
    { title: 'Beside the paper', sentences: paperSentences(told) },
  ]
  return passages.map((passage) => ({ ...passage, environment: null }))
}

/** Below it a rank correlation is called weak: less than a tenth of the ranks' variance is shared. */
const WEAK = 0.3

function agreementSentences({ correlations, points }: Told): string[] {
  const sentences = correlations.flatMap(({ environment, kind, cells, rank, low, high }) => {
    if (rank === null || low === null || high === null) return []
    const interval = `${fixed(rank, 2)} [${fixed(low, 2)}, ${fixed(high, 2)}]`
    const strength =
      low <= 0 && high >= 0
        ? 'are not known to go together'
        : rank < 0
          ? 'go against each other'
          : rank < WEAK
            ? 'go together weakly'
            : 'go together'
    const own = points
      .filter((point) => point.environment === environment && point[kind] !== null && point.success !== null)
      .sort((a, b) => b[kind]! - a[kind]!)
    const top = own.slice(0, Math.ceil(own.length / 4))
    const rates = top.map(({ success }) => success!)
    const rate = (of: (...rates: number[]) => number) => valueText('success', of(...rates))
    const range = `of the quarter of the students with the highest agreement (${valueText('success', top.at(-1)![kind])} % and more) the worst reaches the goal in ${rate(Math.min)} % of the episodes, the best in ${rate(Math.max)} %`
    return [
      `${WORLD_NAMES[environment]}: over ${counted(cells, 'student')} agreement on ${kind} tokens and success ${strength} (rank correlation ${interval}); ${range}.`,
    ]
  })
  if (sentences.length === 0) return []
  return [
    'Agreement is of single tokens at histories that the teacher has written; in an episode one wrong word can be enough, and the histories are the student’s own.',
    ...sentences,
  ]
}

function choiceSentences({ choices }: Told): string[] {
  const sentences = choices.map(({ environment, arm, candidates, chosen }) => {
    const told = candidates.map(({ recipe, success, seeds, planned }) => {
      const rate = success.mean === null ? '–' : `${valueText('success', success.mean)} %`
      return `${JSON.stringify(recipe)} ${rate}${seeds < planned ? ` (${seeds} of ${planned} seeds)` : ''}`
    })
    const which =
      chosen === null
        ? 'is not chosen yet'
        : `is run with ${JSON.stringify(candidates[chosen]!.recipe)}, which did best`
    return `${arm} in the ${WORLD_NAMES[environment].toLowerCase()} ${which}; success on the validation split: ${told.join(', ')}.`
  })
  return sentences.length === 0
    ? ['The study chooses nothing: every arm is run as it is written.']
    : [...sentences, 'No choice was made on the test split.']
}

function censoringSentences({ tables }: Told): string[] {
  const rows = tables.flatMap(({ rows, environment }) => rows.map((row) => ({ ...row, environment })))
  const stopped = rows.flatMap(({ who, environment, measures }) => {
    const mean = measures.stoppedAtCap?.mean
    return who === 'student' && mean !== null && mean !== undefined ? [{ environment, mean }] : []
  })
  if (stopped.length === 0) return []
  const worlds = [...new Set(stopped.map(({ environment }) => environment))].map((environment) => {
    const means = stopped.filter((one) => one.environment === environment).map(({ mean }) => mean)
    const [least, most] = [Math.min(...means), Math.max(...means)].map((mean) =>
      valueText('stoppedAtCap', mean),
    )
    return `${least} to ${most} % in the ${WORLD_NAMES[environment].toLowerCase()}`
  })
  return [
    `Of the episodes of the arms ${listed(worlds)} were stopped at the cap. They count as many steps as the cap has and would have taken more, so the mean of the steps mostly tells how many were stopped.`,
    'Steps to success are those of the episodes that reached the goal: no cap cuts them short, but an arm that solves only the easy tasks has few.',
  ]
}

function seedSentences({ study, points, comparisons }: Told): string[] {
  if (points.length === 0) return []
  const spreads = spreadsOf(points)
  const sentences: string[] = []
  if (spreads.length > 0) {
    sentences.push(
      `Success differs between seeds of the same cell by a standard deviation of ${valueText('success', average(spreads))} points on the average, and of up to ${valueText('success', Math.max(...spreads))}.`,
    )
  }
  const single = comparisons.some(({ seeds }) => seeds === 1)
  if (single) {
    sentences.push(
      'Where one seed is done, intervals are of its episodes alone: they do not say what another seed would have done.',
    )
  }
  const n = study.seeds.length
  if (n > 1 && 2 / 2 ** n > 0.05) {
    sentences.push(
      `With ${n} seeds no p of a single world can be below ${fixed(2 / 2 ** n, 4)}, however clear the difference: judge by the interval, and by p only over all worlds.`,
    )
  }
  if (n > 1) {
    sentences.push(
      'Intervals of means are percentile bootstraps, too narrow for few seeds: in simulations of 300 episodes they held the true mean 88 to 94 times of 100 with five seeds, and 79 to 90 times with three. Those of differences are corrected for that. Two overlapping intervals of means do not say that two arms do not differ.',
    )
  }
  return sentences
}

/** Standard deviations of the success over the seeds of each group that has several. */
function spreadsOf(points: Told['points']): number[] {
  const groups = new Map<string, number[]>()
  for (const { environment, amount, student, arm, success } of points) {
    const key = [environment, amount, student, arm].join(' ')
    if (success !== null) groups.set(key, [...(groups.get(key) ?? []), success])
  }
  return [...groups.values()]
    .filter((rates) => rates.length > 1)
    .map((rates) => {
      const mean = average(rates)
      const squares = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0)
      return Math.sqrt(squares / (rates.length - 1))
    })
}

function paperSentences({ comparisons }: Told): string[] {
  const sentences = comparisons.flatMap((comparison) => {
    const { environment, arm, other } = comparison
    if (environment === null) return []
    const theirs = [arm, other].map((name) => paperSuccess(environment, name))
    const verdict = verdictOf(comparison, 'success')
    if (theirs[0] === null || theirs[1] === null || verdict === 'unknown') return []
    return [sideBySide(comparison, environment, theirs[0]! - theirs[1]!)]
  })
  return sentences.length > 0 ? [...sentences, PAPER_SETTING] : []
}

function sideBySide(comparison: Comparison, environment: EnvironmentName, theirs: number): string {
  const { arm, other, amount, student, differences } = comparison
  const here = {
    higher: `${arm} is ahead here as well`,
    lower: `${arm} is behind here`,
    open: 'here no difference can be told',
    unknown: '',
  }[verdictOf(comparison, 'success')]
  return `${PAPER_WORLDS[environment]}: the paper’s ${arm} is ahead of its ${other} by ${valueText('success', theirs)} points; in the ${WORLD_NAMES[environment].toLowerCase()} (${amount}, ${student}) ${here}: ${differenceText('success', differences.success)}.`
}

function paperSuccess(environment: EnvironmentName, name: string): number | null {
  const figure = PAPER.find(
    ({ environment: world, measure, arm }) =>
      world === environment && measure === 'success' && arm !== null && arm === name,
  )
  return figure?.value ?? null
}
