import type { Choice, StudyReport } from '../../../workers/protocol.ts'
import { count, counted, duration, percent } from '../../lab/format.ts'
import { worldName } from '../names.ts'
import { Grid } from './Grid.tsx'
import classes from './Report.module.css'

/** What was computed on what and how long it took; what was chosen on the validation split. */
export function Provenance({ report: { work, study, choices } }: { report: StudyReport }) {
  const total = work.reduce((sum, { seconds }) => sum + seconds, 0)
  const { testing, trajectories } = study
  return (
    <>
      <p className={classes.soft}>
        It took {duration(1000 * total)} in all, counted as if one thing had been done after another. Students
        act in {counted(testing.episodes, 'episode')} of the test split, the same for all of a world, and
        learn from the {trajectories.by}’s trajectories, played on the training split.
      </p>
      <Grid label="What was computed on what">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">By</th>
            <th scope="col">Backend</th>
            <th scope="col">Engine</th>
            <th scope="col">Adapter</th>
            <th scope="col">Students and teachers</th>
            <th scope="col">Time</th>
          </tr>
        </thead>
        <tbody>
          {work.map(({ what, program, backend, engine, adapter, agents, seconds }) => (
            <tr key={[what, program, backend, engine, adapter].join(' ')}>
              <th scope="row">{what}</th>
              <td>{program}</td>
              <td>{backend}</td>
              <td>{engine}</td>
              <td>{adapter}</td>
              <td>{count(agents)}</td>
              <td>{duration(1000 * seconds)}</td>
            </tr>
          ))}
        </tbody>
      </Grid>
      {choices.length > 0 && <Choices choices={choices} />}
    </>
  )
}

function Choices({ choices }: { choices: readonly Choice[] }) {
  return (
    <Grid label="What was chosen on the validation split">
      <thead>
        <tr>
          <th scope="col">Arm</th>
          <th scope="col">Candidate</th>
          <th scope="col">Seeds</th>
          <th scope="col">Success on validation</th>
          <th scope="col">Chosen</th>
        </tr>
      </thead>
      <tbody>
        {choices.flatMap(({ environment, arm, candidates, chosen }) =>
          candidates.map(({ recipe, seeds, planned, success }, i) => {
            const patch = JSON.stringify(recipe)
            return (
              <tr key={`${environment} ${arm} ${patch}`}>
                <th scope="row">
                  {arm}
                  <span className={classes.under}>{worldName(environment)}</span>
                </th>
                <td className={classes.keys}>
                  <code>{patch}</code>
                </td>
                <td data-partial={seeds < planned}>{seeds < planned ? `${seeds} of ${planned}` : seeds}</td>
                <td>{percent(success.mean)}</td>
                <td>{chosen === null ? 'not yet' : chosen === i ? 'chosen' : ''}</td>
              </tr>
            )
          }),
        )}
      </tbody>
    </Grid>
  )
}
