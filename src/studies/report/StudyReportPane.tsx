import { NativeSelect } from '@mantine/core'
import { memo, type ReactNode, useId, useMemo, useState } from 'react'
import type { StudyReport } from '../../../workers/protocol.ts'
import { count, counted } from '../../lab/format.ts'
import { useLab } from '../../lab/store.ts'
import { worldName } from '../names.ts'
import { ComparisonsTable } from './ComparisonsTable.tsx'
import { InTurn } from './InTurn.tsx'
import { PaperTable } from './PaperTable.tsx'
import { Provenance } from './Provenance.tsx'
import { ReadingText } from './ReadingText.tsx'
import classes from './Report.module.css'
import { ReportCharts } from './ReportCharts.tsx'
import { ReportDownloads } from './ReportDownloads.tsx'
import { ResultsTable, TaskTypesTable } from './ResultsTable.tsx'
import { type Chosen, choicesIn, chosenIn } from './selection.ts'

/** What came of the chosen study. */
export function StudyReportPane() {
  const report = useLab((state) => state.studyReport)
  const reporting = useLab((state) => state.reporting)
  const shown = useLab((state) => state.shownStudy)
  if (report) return <Report key={shown} report={report} />
  return (
    <p className={classes.empty} role="status">
      {reporting
        ? 'The report is being made.'
        : shown === null
          ? 'Choose a study, or open the results of one.'
          : 'Nothing of this study is done yet: run some of its cells, or open results of it.'}
    </p>
  )
}

/** The charts come before. */
const TABLES_TURN = 5

const Report = memo(function Report({ report }: { report: StudyReport }) {
  const { study, cells, reading, tables, comparisons } = report
  const [wished, choose] = useState<Partial<Chosen>>({})
  const chosen = useMemo(() => chosenIn(report, wished), [report, wished])
  const { environment, amount, student } = chosen
  const passages = reading.filter((one) => one.environment === null || one.environment === environment)
  const own = tables.filter((table) => table.environment === environment)
  const alike = comparisons.filter((one) => one.amount === amount && one.student === student)
  return (
    <section className={classes.report} aria-label={`Results of ${study.name}`}>
      <header className={classes.top}>
        <h2>{study.name}</h2>
        <Selectors report={report} chosen={chosen} onChoose={(change) => choose({ ...chosen, ...change })} />
        <ReportDownloads />
      </header>
      <div className={classes.body}>
        {study.about && <p className={classes.soft}>{study.about}</p>}
        {cells.done < cells.planned && (
          <p className={classes.partial} role="status">
            Partial: {count(cells.done)} of {counted(cells.planned, 'cell')} are done. What is missing is
            marked “–”.
          </p>
        )}
        <Section title="What the numbers show">
          <InTurn turn={0}>
            <ReadingText passages={passages} chosen={chosen} />
          </InTurn>
        </Section>
        <Section title={`Charts: ${worldName(environment)}, ${amount}, ${student}`}>
          <ReportCharts report={report} chosen={chosen} />
        </Section>
        <Section title={`Tables: ${worldName(environment)}`}>
          {own.map((table, i) => (
            <InTurn key={table.block} turn={TABLES_TURN + i}>
              <BlockTables report={report} table={table} />
            </InTurn>
          ))}
          <InTurn turn={TABLES_TURN + own.length}>
            <PaperTable environment={environment} />
          </InTurn>
        </Section>
        <Section title={`Comparisons: ${worldName(environment)}, ${amount}, ${student}`}>
          <InTurn turn={TABLES_TURN + own.length + 1}>
            <ComparisonsTable comparisons={alike.filter((one) => one.environment === environment)} />
          </InTurn>
        </Section>
        {study.worlds.length > 1 && (
          <Section title={`Comparisons over all worlds: ${amount}, ${student}`}>
            <InTurn turn={TABLES_TURN + own.length + 2}>
              <ComparisonsTable comparisons={alike.filter((one) => one.environment === null)} />
            </InTurn>
          </Section>
        )}
        <Section title="How it was computed">
          <InTurn turn={TABLES_TURN + own.length + 3}>
            <Provenance report={report} />
          </InTurn>
        </Section>
      </div>
    </section>
  )
})

interface SelectorsProps {
  report: StudyReport
  chosen: Chosen
  onChoose: (change: Partial<Chosen>) => void
}

function Selectors({ report, chosen, onChoose }: SelectorsProps) {
  const { environments, amounts, students } = choicesIn(report, chosen.environment)
  return (
    <div className={classes.selectors}>
      <NativeSelect
        aria-label="World"
        value={chosen.environment}
        data={environments.map((value) => ({ value, label: worldName(value) }))}
        onChange={(event) => onChoose({ environment: event.currentTarget.value as Chosen['environment'] })}
      />
      <NativeSelect
        aria-label="Amount of trajectories"
        value={chosen.amount}
        data={amounts.map((value) => ({
          value,
          label: `${value} (${counted(report.study.amounts[value]!, 'trajectory', 'trajectories')})`,
        }))}
        onChange={(event) => onChoose({ amount: event.currentTarget.value })}
      />
      <NativeSelect
        aria-label="Student"
        value={chosen.student}
        data={students.map((value) => {
          const { layers, width } = report.study.students[value]!
          return { value, label: `${value} (${counted(layers, 'layer')}, width ${width})` }
        })}
        onChange={(event) => onChoose({ student: event.currentTarget.value })}
      />
    </div>
  )
}

function BlockTables({ report, table }: { report: StudyReport; table: StudyReport['tables'][number] }) {
  const { arms, students, amounts } = report.study.blocks[table.block]!
  const many = table.taskTypes.length > 1
  return (
    <div className={classes.block}>
      <h4>
        Block {table.block + 1}: {counted(arms.length, 'arm')}, student {students.join(', ')},{' '}
        {amounts.join(', ')} trajectories
      </h4>
      <ResultsTable table={table} rows={table.rows} />
      {many && (
        <details className={classes.method}>
          <summary>Success by type of task</summary>
          <TaskTypesTable table={table} rows={table.rows} />
        </details>
      )}
    </div>
  )
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId()
  return (
    <section className={classes.section} aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {children}
    </section>
  )
}
