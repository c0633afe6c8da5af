import { INTERVAL_DEFINITION } from '../evaluation/definitions.ts'
import type { StudyFigure } from './figures.ts'
import type { EnvironmentName } from './groups.ts'
import { COMPARED, DEFINITIONS, isShare, type MeasureName } from './measures.ts'
import { DIFFERENCE_METHOD } from './paired.ts'
import { PAPER, PAPER_MISSING, PAPER_SETTING, PAPER_SOURCES, PAPER_WORLDS } from './paper.ts'
import type { StudyReport } from './report.ts'
import type { Row, StudyTable } from './tables.ts'
import {
  count,
  counted,
  differenceText,
  duration,
  estimateText,
  listed,
  pText,
  valueText,
  WORLD_NAMES,
} from './wording.ts'

/** results.md: the reading first, then the tables, comparisons and figures, and how all of it was done. */
export function markdownOf(report: StudyReport, figures: readonly StudyFigure[]): string {
  const { study } = report
  const parts = [
    `# ${plain(`Study “${study.name}”`)}`,
    plain(study.about),
    'Numbers are means over seeds of training with their 95 % intervals in brackets; shares are in percent.',
    '## What the numbers show',
    ...report.reading.flatMap(({ title, sentences }) => [
      `### ${plain(title)}`,
      sentences.map((sentence) => `- ${plain(sentence)}`).join('\n'),
    ]),
    '## Tables',
    ...study.worlds.flatMap(({ environment }) => worldParts(report, environment)),
    '## Comparisons',
    ...comparisonParts(report),
    '## Figures',
    ...figures.map(
      ({ name, title, description }) => `![${plain(title)}](figures/${name}.svg)\n\n${plain(description)}`,
    ),
    '## How it was done',
    ...methodParts(report),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function worldParts(report: StudyReport, environment: EnvironmentName): string[] {
  const tables = report.tables.filter((table) => table.environment === environment)
  return [
    `### ${WORLD_NAMES[environment]}`,
    ...tables.flatMap((table) => [
      `**${blockTitle(report, table)}**`,
      grid(
        ['who', 'data', 'student', 'seeds', ...table.measures.map(heading)],
        table.rows.map((row) => [
          ...headOf(row),
          ...table.measures.map((measure) => estimateText(measure, row.measures[measure])),
        ]),
      ),
      ...(table.taskTypes.length > 1 ? [`Success by type of task, %:`, byTypeGrid(table)] : []),
    ]),
    ...paperParts(environment),
  ]
}

function byTypeGrid({ taskTypes, rows }: StudyTable): string {
  return grid(
    ['who', 'data', 'student', 'seeds', ...taskTypes],
    rows.map((row) => [
      ...headOf(row),
      ...taskTypes.map((type) => estimateText('success', row.byTaskType[type])),
    ]),
  )
}

function blockTitle({ study }: StudyReport, { block }: StudyTable): string {
  const { arms, students, amounts } = study.blocks[block]!
  const shape = [
    counted(arms.length, 'arm'),
    `student ${listed(students)}`,
    `${listed(amounts)} trajectories`,
  ]
  return plain(`Block ${block + 1}: ${shape.join(', ')}`)
}

function headOf({ who, arm, amount, student, seeds, planned }: Row): string[] {
  if (who !== 'student') return [who, '', '', '']
  return [arm!, amount!, student!, seeds === planned ? String(seeds) : `${seeds} of ${planned}`]
}

function heading(measure: MeasureName): string {
  const unit = isShare(measure) ? ', %' : measure === 'reasoningTokens' ? ', tokens' : ''
  return `${DEFINITIONS[measure].name}${unit}`
}

function paperParts(environment: EnvironmentName): string[] {
  const figures = PAPER.filter((figure) => figure.environment === environment)
  const measures = COMPARED.filter((name) => figures.some(({ measure }) => measure === name))
  const names = [...new Set(figures.map(({ who }) => who))]
  const value = (who: string, measure: MeasureName) =>
    figures.find((figure) => figure.who === who && figure.measure === measure)?.value ?? null
  return [
    `The paper’s own figures in ${PAPER_WORLDS[environment]}, **another setting**:`,
    grid(
      ['who', ...measures.map(heading), 'source'],
      names.map((who) => [
        who,
        ...measures.map((measure) => valueText(measure, value(who, measure))),
        `[${figures.find((figure) => figure.who === who)!.source + 1}]`,
      ]),
    ),
  ]
}

function comparisonParts({ comparisons, study }: StudyReport): string[] {
  if (comparisons.length === 0) return ['No two arms have a seed in common yet.']
  const worlds = [...study.worlds.map(({ environment }) => environment), null]
  return worlds.flatMap((world) => {
    const own = comparisons.filter(({ environment }) => environment === world)
    if (own.length === 0) return []
    return [
      `### ${world === null ? 'All worlds' : WORLD_NAMES[world]}`,
      grid(
        [
          'data',
          'student',
          'arm − other',
          'ahead in',
          ...COMPARED.map(heading),
          'p',
          'Holm',
          'they differ in',
        ],
        own.map((one) => [
          one.amount,
          one.student,
          `${one.arm} − ${one.other}`,
          `${one.ahead} of ${one.seeds}`,
          ...COMPARED.map((measure) => differenceText(measure, one.differences[measure])),
          pText(one.p),
          pText(one.correctedP),
          one.differIn.join(', ') || 'nothing',
        ]),
      ),
    ]
  })
}

function methodParts({ study, work, teachers, tables }: StudyReport): string[] {
  const { testing, trajectories, choosing, seeds } = study
  const total = work.reduce((sum, { seconds }) => sum + seconds, 0)
  const measures = [...new Set(tables.flatMap((table) => table.measures))]
  return [
    [
      `- Students are trained with the seeds ${listed(seeds.map(String))}, and act in ${counted(testing.episodes, 'episode')} of the test split, the same for all of a world (seed ${testing.seed}, temperature ${testing.temperature}).`,
      `- CoT match is taken at the histories of ${counted(testing.historyEpisodes, 'test episode')} of the teacher’s own.`,
      `- Trajectories are the ${trajectories.by}’s, played on the training split at temperature ${trajectories.temperature} (seed ${trajectories.seed})${trajectories.onlySuccesses ? ', those kept that reached the goal' : ''}.`,
      `- Choices are made on the validation split: seeds ${listed(choosing.seeds.map(String))}, ${counted(choosing.episodes, 'episode')}, student ${choosing.student}, ${choosing.amount} trajectories.`,
      ...teachers.map(
        ({ environment, source, parameters, vocabularySize, contextLength }) =>
          `- Teacher of the ${WORLD_NAMES[environment].toLowerCase()}: ${plain(source)}, ${counted(parameters, 'parameter')}, ${counted(vocabularySize, 'token')}, context ${contextLength}.`,
      ),
    ].join('\n'),
    `It took ${duration(total)} in all, counted as if one thing had been done after another:`,
    grid(
      ['what', 'by', 'backend', 'engine', 'adapter', 'students and teachers', 'time'],
      work.map(({ what, program, backend, engine, adapter, agents, seconds }) => [
        what,
        program,
        backend,
        engine,
        adapter,
        count(agents),
        duration(seconds),
      ]),
    ),
    'What the columns are:',
    [
      ...measures.map((measure) => {
        const { name, formula, source } = DEFINITIONS[measure]
        return `- **${name}**: ${plain(`${formula} (${source})`)}`
      }),
      `- **${INTERVAL_DEFINITION.name} of a mean**: ${plain(`${INTERVAL_DEFINITION.formula} (${INTERVAL_DEFINITION.source})`)}`,
      `- **Difference, its interval and p**: ${plain(DIFFERENCE_METHOD)}`,
    ].join('\n'),
    `The paper’s figures: ${plain(PAPER_SETTING)} ${plain(PAPER_MISSING)}`,
    PAPER_SOURCES.map((source, i) => `${i + 1}. ${plain(source)}`).join('\n'),
  ]
}

/** A table with its columns aligned, which reads well as text too. */
function grid(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [header, ...rows].map((row) => row.map(plain))
  const widths = header.map((_, i) => Math.max(3, ...cells.map((row) => row[i]!.length)))
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n')
}

/** Text that Markdown leaves as it is, on one line: names come from files. */
function plain(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[\\`*_|]/g, '\\$&')
    .replaceAll('](', ']\\(')
    .replaceAll('<', '&lt;')
}
