import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core'
import { SPLITS, type Split } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import classes from './Acting.module.css'
import { ErrorLine } from './ErrorLine.tsx'
import { NumberBox } from './NumberBox.tsx'
import { worldNamed } from './worldsSlice.ts'

/** Seeds that the dice draw from: short enough to be told to somebody else. */
const SEEDS = 100_000

/** Which task is opened: drawn by split, type and seed, or typed. */
export function EpisodePicker() {
  const task = useLab((state) => state.wantedTask)
  const world = useLab((state) => worldNamed(state.worlds, task.world))
  const opening = useLab((state) => state.openingEpisode)
  const openEpisode = useLab((state) => state.openEpisode)
  const typed = world?.tasks === 'typed'
  const complete = typed ? (task.question ?? '').trim() !== '' : Number.isInteger(task.seed)
  return (
    <form
      className={classes.group}
      aria-label="Episode"
      onSubmit={(event) => {
        event.preventDefault()
        void openEpisode()
      }}
    >
      {typed ? <TypedTask /> : <DrawnTask />}
      <div className={classes.buttons}>
        <Button type="submit" variant="filled" disabled={!world || !complete} loading={opening}>
          Open the episode
        </Button>
      </div>
      <ErrorLine place="task" />
    </form>
  )
}

function DrawnTask() {
  const { world, split, seed, taskType } = useLab((state) => state.wantedTask)
  const found = useLab((state) => worldNamed(state.worlds, world))
  const wantTask = useLab((state) => state.wantTask)
  return (
    <>
      <div className={classes.columns}>
        <NativeSelect
          label="Split"
          title="The test split has rooms, entities and goods that the other two do not have"
          value={split}
          data={[...(found?.splits ?? SPLITS)]}
          onChange={(event) => wantTask({ split: event.currentTarget.value as Split })}
        />
        <NativeSelect
          label="Type of task"
          value={taskType ?? ''}
          data={[{ value: '', label: 'any' }, ...(found?.taskTypes ?? [])]}
          onChange={(event) => wantTask({ taskType: event.currentTarget.value || undefined })}
        />
      </div>
      <div className={classes.seed}>
        <NumberBox
          label="Seed of the task"
          title="The same seed gives the same task"
          value={seed}
          onChange={(next) => wantTask({ seed: next })}
        />
        <Button
          aria-label="Draw a seed"
          title="Draw a seed"
          onClick={() => wantTask({ seed: Math.floor(Math.random() * SEEDS) })}
        >
          <span aria-hidden="true">⚄</span>
        </Button>
      </div>
    </>
  )
}

/** A question to a world that has pages and no questions. */
function TypedTask() {
  const { question = '', answer = '' } = useLab((state) => state.wantedTask)
  const wantTask = useLab((state) => state.wantTask)
  return (
    <>
      <Textarea
        label="Question"
        rows={3}
        value={question}
        onChange={(event) => wantTask({ question: event.currentTarget.value })}
      />
      <TextInput
        label="Its answer, where you know it"
        title="Finish is scored by it; without one nothing is scored"
        value={answer}
        onChange={(event) => wantTask({ answer: event.currentTarget.value })}
      />
    </>
  )
}
