import {
  COMPARED,
  type Comparison,
  DIFFERENCE_METHOD,
  type Difference,
  differenceText,
  type MeasureName,
  pText,
} from '../../../workers/protocol.ts'
import { Grid } from './Grid.tsx'
import classes from './Report.module.css'
import { MeasureHeading } from './ResultsTable.tsx'

/** Differences between two arms with the same seeds, students and test episodes. */
export function ComparisonsTable({ comparisons }: { comparisons: readonly Comparison[] }) {
  if (comparisons.length === 0) {
    return <p className={classes.soft}>No two arms have a seed in common here yet.</p>
  }
  return (
    <>
      <Grid label="Comparisons">
        <thead>
          <tr>
            <th scope="col">Arm − other</th>
            <th scope="col">Ahead in</th>
            {COMPARED.map((measure) => (
              <MeasureHeading key={measure} measure={measure} />
            ))}
            <th scope="col">p</th>
            <th scope="col">Holm</th>
            <th scope="col" className={classes.keys}>
              They differ in
            </th>
          </tr>
        </thead>
        <tbody>
          {comparisons.map((one) => (
            <tr key={[one.arm, one.other, one.amount, one.student].join(' ')}>
              <th scope="row">
                {one.arm} − {one.other}
                <span className={classes.under}>
                  {one.amount}, {one.student}
                </span>
              </th>
              <td data-partial={one.seeds < one.planned}>
                {one.ahead} of {one.seeds}
                <span className={classes.under}>{one.seeds < one.planned && `${one.planned} planned`}</span>
              </td>
              {COMPARED.map((measure) => (
                <DifferenceCell key={measure} measure={measure} difference={one.differences[measure]} />
              ))}
              <td>{pText(one.p)}</td>
              <td>{pText(one.correctedP)}</td>
              <td className={classes.keys}>{one.differIn.join(', ')}</td>
            </tr>
          ))}
        </tbody>
      </Grid>
      <details className={classes.method}>
        <summary>How differences are worked out</summary>
        <p>{DIFFERENCE_METHOD}.</p>
      </details>
    </>
  )
}

/** A difference and its interval; one that does not hold 0 is printed bold. */
function DifferenceCell({ measure, difference }: { measure: MeasureName; difference: Difference }) {
  const [mean, interval] = differenceText(measure, difference).split(' [')
  const { low, high } = difference
  const told = low !== null && high !== null && (low > 0 || high < 0)
  return (
    <td data-told={told}>
      {mean}
      {interval !== undefined && <span className={classes.under}>[{interval}</span>}
    </td>
  )
}
