import {
  type Estimate,
  isStudyShare,
  type MeasureName,
  STUDY_DEFINITIONS,
  type StudyRow,
  type StudyTable,
  valueText,
} from '../../../workers/protocol.ts'
import { compact, UNKNOWN } from '../../lab/format.ts'
import { Defined, DefinedText } from '../../training/Defined.tsx'
import { Grid } from './Grid.tsx'
import classes from './Report.module.css'

interface TableProps {
  table: StudyTable
  rows: readonly StudyRow[]
}

/** What everybody did in one world: a line each for teacher, expert and the students of an arm. */
export function ResultsTable({ table: { measures }, rows }: TableProps) {
  return (
    <Grid label="Results">
      <thead>
        <tr>
          <th scope="col">Who</th>
          <th scope="col">Seeds</th>
          {measures.map((measure) => (
            <MeasureHeading key={measure} measure={measure} />
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={nameOf(row)} data-who={row.who}>
            <Head row={row} />
            {measures.map((measure) => (
              <Value key={measure} measure={measure} estimate={row.measures[measure]} />
            ))}
          </tr>
        ))}
      </tbody>
    </Grid>
  )
}

/** Success by type of task. */
export function TaskTypesTable({ table: { taskTypes }, rows }: TableProps) {
  return (
    <Grid label="Success by type of task">
      <thead>
        <tr>
          <th scope="col">Who</th>
          <th scope="col">Seeds</th>
          {taskTypes.map((type) => (
            <th key={type} scope="col">
              {type}, %
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={nameOf(row)} data-who={row.who}>
            <Head row={row} />
            {taskTypes.map((type) => (
              <Value key={type} measure="success" estimate={row.byTaskType[type]} />
            ))}
          </tr>
        ))}
      </tbody>
    </Grid>
  )
}

/** The name of a column, which says how it is defined. */
export function MeasureHeading({ measure }: { measure: MeasureName }) {
  const definition = STUDY_DEFINITIONS[measure]
  return (
    <th scope="col">
      <Defined definition={definition}>
        <DefinedText>{definition.name}</DefinedText>
      </Defined>
      {isStudyShare(measure) && ', %'}
    </th>
  )
}

/** A name that no other row of the table has. */
function nameOf({ who, arm, amount, student }: StudyRow): string {
  return who === 'student' ? `${arm}, ${student}, ${amount}` : who
}

function Head({ row }: { row: StudyRow }) {
  const { who, arm, amount, student, parameters, seeds, planned } = row
  const size = parameters === null ? '' : `${compact(parameters)} parameters`
  const partial = seeds < planned
  return (
    <>
      <th scope="row" title={size}>
        {who === 'student' ? arm : who}
        <span className={classes.under}>{who === 'student' ? `${amount}, ${student}` : size}</span>
      </th>
      {who === 'student' ? (
        <td data-partial={partial} title={partial ? 'Not all of its cells are done' : undefined}>
          {partial ? `${seeds} of ${planned}` : seeds}
        </td>
      ) : (
        <td>{UNKNOWN}</td>
      )}
    </>
  )
}

/** A mean, and below it the interval that holds it with 95 % confidence. */
function Value({ measure, estimate }: { measure: MeasureName; estimate: Estimate | undefined }) {
  if (!estimate || estimate.mean === null) return <td>{UNKNOWN}</td>
  const { mean, low, high } = estimate
  return (
    <td>
      {valueText(measure, mean)}
      <span className={classes.under}>
        [{valueText(measure, low)}, {valueText(measure, high)}]
      </span>
    </td>
  )
}
