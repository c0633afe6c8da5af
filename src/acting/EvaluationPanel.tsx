import { Button, Checkbox, NativeSelect, Progress } from '@mantine/core'
import { SPLITS, type Split } from '../../workers/protocol.ts'
import { count } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import classes from './Acting.module.css'
import { actorOptions } from './actors.ts'
import { ErrorLine } from './ErrorLine.tsx'
import { NumberBox } from './NumberBox.tsx'
import { worldNamed } from './worldsSlice.ts'

/** Which episodes are played, and by whom. */
export function EvaluationPanel() {
  const plan = useLab((state) => state.evaluationPlan)
  const world = useLab((state) => worldNamed(state.worlds, state.wantedTask.world))
  const playing = useLab((state) => state.playing !== null || state.proposing !== null)
  const evaluating = useLab((state) => state.evaluating !== null)
  const measured = useLab((state) => state.measuredActors)
  const { planEvaluation, evaluateActors, cancelEvaluation } = useLab((state) => state)
  const { split, seed, episodes, temperature, historyEpisodes } = plan
  if (world?.tasks === 'typed') {
    return (
      <p className={classes.soft}>This world has no tasks of its own, so nobody can be measured in it.</p>
    )
  }
  const complete = [seed, episodes, temperature, historyEpisodes].every(Number.isFinite)
  return (
    <form
      className={classes.group}
      aria-label="Evaluation"
      onSubmit={(event) => {
        event.preventDefault()
        void evaluateActors()
      }}
    >
      <div className={classes.columns}>
        <NativeSelect
          label="Split"
          value={split}
          data={[...SPLITS]}
          onChange={(event) => planEvaluation({ split: event.currentTarget.value as Split })}
        />
        <NumberBox
          label="Episodes"
          value={episodes}
          step={10}
          onChange={(next) => planEvaluation({ episodes: next })}
        />
        <NumberBox label="Seed" value={seed} onChange={(next) => planEvaluation({ seed: next })} />
        <NumberBox
          label="Temperature"
          title="0 takes the likeliest token each time"
          value={temperature}
          step={0.1}
          onChange={(next) => planEvaluation({ temperature: next })}
        />
        <NumberBox
          label="Compared runs"
          title="Of how many episodes the expert’s turns are written once more, for the match of reasoning and actions; 0 leaves it out"
          value={historyEpisodes}
          step={5}
          onChange={(next) => planEvaluation({ historyEpisodes: next })}
        />
      </div>
      <Actors />
      <div className={classes.buttons}>
        <Button
          type="submit"
          variant="filled"
          disabled={evaluating || playing || !complete || measured.length === 0 || !world}
        >
          Evaluate
        </Button>
        <Button disabled={!evaluating} onClick={cancelEvaluation}>
          Cancel
        </Button>
      </div>
      {playing && <p className={classes.soft}>It waits for the end of the turn that is being written.</p>}
      <EvaluationProgress />
      <ErrorLine place="evaluation" />
    </form>
  )
}

function Actors() {
  const teachers = useLab((state) => state.teachers)
  const hasStudent = useLab((state) => state.run.hasStudent)
  const measured = useLab((state) => state.measuredActors)
  const measureActors = useLab((state) => state.measureActors)
  return (
    <Checkbox.Group label="Who is measured" size="xs" value={measured} onChange={measureActors}>
      <div className={classes.actors}>
        {actorOptions(teachers, hasStudent).map(({ value, label, disabled }) => (
          <Checkbox key={value} size="xs" value={value} label={label} disabled={disabled} />
        ))}
      </div>
    </Checkbox.Group>
  )
}

function EvaluationProgress() {
  const evaluating = useLab((state) => state.evaluating)
  if (!evaluating) return null
  const { name, progress } = evaluating
  return (
    <div className={classes.progress} role="status">
      {name}: {progress ? `${progress.what}: ${count(progress.over)} of ${count(progress.of)}` : 'begins …'}
      <Progress
        value={progress && progress.of > 0 ? (100 * progress.over) / progress.of : 0}
        size={6}
        transitionDuration={0}
        aria-label={`Evaluation of ${name}`}
      />
    </div>
  )
}
