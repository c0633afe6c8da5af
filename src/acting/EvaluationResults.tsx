import { Button, NativeSelect } from '@mantine/core'
import { useState } from 'react'
import type { Definition, Estimate } from '../../workers/protocol.ts'
import { count, duration, UNKNOWN } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { Grid } from '../studies/report/Grid.tsx'
import { Defined, DefinedText } from '../training/Defined.tsx'
import classes from './Acting.module.css'
import type { Evaluation } from './evaluationSlice.ts'
import { isShare, metricRows, taskTypeRows, valueText } from './evaluationTable.ts'

/** What came of evaluations, everybody who was measured beside each other. */
export function EvaluationResults() {
  const evaluations = useLab((state) => state.evaluations)
  const [metric, setMetric] = useState('success')
  if (evaluations.length === 0) {
    return <p className={classes.empty}>Nobody was measured yet: choose who is, and press Evaluate.</p>
  }
  const rows = metricRows(evaluations)
  const chosen = rows.find((row) => row.metric === metric) ?? rows[0]
  const interval = evaluations[0]!.report.definitions.interval
  return (
    <div className={classes.results}>
      <h2>Measured</h2>
      {interval && (
        <p className={classes.soft}>
          Means, and below each its{' '}
          <Defined definition={interval}>
            <DefinedText>{interval.name}</DefinedText>
          </Defined>
          .
        </p>
      )}
      <Grid label="Evaluations">
        <Heads evaluations={evaluations} first="Metric" actions />
        <tbody>
          {rows.map(({ metric: name, definition, estimates }) => (
            <tr key={name}>
              <th scope="row">
                <Defined definition={definition}>
                  <DefinedText>{definition.name}</DefinedText>
                </Defined>
                {isShare(definition) && ', %'}
              </th>
              <Values evaluations={evaluations} definition={definition} estimates={estimates} />
            </tr>
          ))}
        </tbody>
      </Grid>
      {chosen && (
        <>
          <div className={classes.byType}>
            <h3>By type of task</h3>
            <NativeSelect
              aria-label="Metric by type of task"
              value={chosen.metric}
              data={rows.map(({ metric: value, definition }) => ({ value, label: definition.name }))}
              onChange={(event) => setMetric(event.currentTarget.value)}
            />
          </div>
          <Grid label={`${chosen.definition.name} by type of task`}>
            <Heads evaluations={evaluations} first="Type of task" />
            <tbody>
              {taskTypeRows(evaluations, chosen.metric).map(({ taskType, estimates }) => (
                <tr key={taskType}>
                  <th scope="row">{taskType}</th>
                  <Values evaluations={evaluations} definition={chosen.definition} estimates={estimates} />
                </tr>
              ))}
            </tbody>
          </Grid>
        </>
      )}
    </div>
  )
}

interface HeadsProps {
  evaluations: readonly Evaluation[]
  /** What stands above the names of the rows. */
  first: string
  /** With the buttons that belong to an evaluation. */
  actions?: boolean
}

/** Who was measured, and on what. */
function Heads({ evaluations, first, actions = false }: HeadsProps) {
  const remove = useLab((state) => state.removeEvaluation)
  const saveEpisodes = useLab((state) => state.saveEpisodes)
  return (
    <thead>
      <tr>
        <th scope="col">{first}</th>
        {evaluations.map(({ key, name, report: { plan, elapsedMs } }) => (
          <th key={key} scope="col">
            <b>{name}</b>
            <span className={classes.under}>
              {plan.world}, {plan.split}, seed {plan.seed}
              {plan.temperature > 0 && `, temperature ${plan.temperature}`}
            </span>
            <span className={classes.under}>
              {count(plan.episodes)} episodes in {duration(elapsedMs)}
            </span>
            {actions && (
              <span className={classes.headButtons}>
                <Button
                  size="compact-xs"
                  aria-label={`Download the episodes of ${name}`}
                  title="The episodes, one JSON line each"
                  onClick={() => saveEpisodes(key)}
                >
                  JSONL
                </Button>
                <Button
                  size="compact-xs"
                  aria-label={`Put away what ${name} did`}
                  title="Put away"
                  onClick={() => remove(key)}
                >
                  ×
                </Button>
              </span>
            )}
          </th>
        ))}
      </tr>
    </thead>
  )
}

interface ValuesProps {
  evaluations: readonly Evaluation[]
  definition: Definition
  /** Of each evaluation, in their order. */
  estimates: readonly (Estimate | undefined)[]
}

function Values({ evaluations, definition, estimates }: ValuesProps) {
  return evaluations.map(({ key }, column) => (
    <Value key={key} definition={definition} estimate={estimates[column]} />
  ))
}

/** A mean, and below it the interval that holds it with 95 % confidence. */
function Value({ definition, estimate }: { definition: Definition; estimate: Estimate | undefined }) {
  if (!estimate || estimate.mean === null) return <td>{UNKNOWN}</td>
  const { mean, low, high, of } = estimate
  return (
    <td title={`of ${count(of)}`}>
      {valueText(definition, mean)}
      <span className={classes.under}>
        [{valueText(definition, low)}, {valueText(definition, high)}]
      </span>
    </td>
  )
}
