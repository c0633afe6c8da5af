import { Button, NumberInput, Progress } from '@mantine/core'
import { bytesPerToken } from '../../workers/protocol.ts'
import { FilePick } from '../lab/FilePick.tsx'
import { bytes, compact, count, counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { isActive } from '../training/slice.ts'
import classes from './CaptureFields.module.css'
import fields from './RecipePane.module.css'

/** What teachers predicted, written down once: made of a model, taken in and out as files. */
export function CaptureFields({ model }: { model: string | undefined }) {
  const captures = useLab((state) => state.captures)
  const importCapture = useLab((state) => state.importCapture)
  return (
    <>
      {model !== undefined && <Make model={model} />}
      <Under />
      {captures.length > 0 && (
        <ul className={classes.captures} aria-label="Captures">
          {captures.map(({ name }) => (
            <Captured key={name} name={name} />
          ))}
        </ul>
      )}
      <div className={fields.buttons}>
        <FilePick
          onFiles={(files) => importCapture(files[0]!)}
          title="A file that was exported here, or made by “lab capture”"
        >
          Import capture
        </FilePick>
      </div>
    </>
  )
}

function Make({ model }: { model: string }) {
  const k = useLab((state) => state.captureK)
  const setK = useLab((state) => state.setCaptureK)
  const vocabulary = useLab((state) => state.teachers.find(({ name }) => name === model)?.vocabularySize)
  const busy = useLab((state) => state.capture !== null || isActive(state.run))
  const empty = useLab((state) => state.library.trajectories === state.library.excluded)
  const capture = useLab((state) => state.captureTeacher)
  if (vocabulary === undefined) return null
  const fits = Number.isInteger(k) && k >= 1 && k <= vocabulary
  return (
    <>
      <div className={classes.make}>
        <NumberInput
          className={classes.k}
          label="k"
          title="Likeliest tokens that are kept of each prediction; all others are one outcome, the tail."
          value={Number.isNaN(k) ? '' : k}
          allowDecimal={false}
          allowNegative={false}
          hideControls
          onChange={(value) => setK(value === '' ? Number.NaN : Number(value))}
        />
        <Button disabled={busy || empty || !fits} onClick={() => capture(model)}>
          Capture this teacher
        </Button>
      </div>
      <p className={fields.explanation}>
        {fits
          ? `Writes down the ${counted(k, 'likeliest token')} of every prediction over the loaded trajectories, ${bytes(bytesPerToken(k, vocabulary))} a token, so that runs need the teacher no more.`
          : `k must be a whole number from 1 to ${count(vocabulary)}.`}
      </p>
    </>
  )
}

/** How far the capture is that is under way, and a way to end it. */
function Under() {
  const capture = useLab((state) => state.capture)
  const cancel = useLab((state) => state.cancelCapture)
  if (!capture) return null
  const { teacher, done, trajectories } = capture
  return (
    <section className={classes.under} aria-label="Capturing">
      <Progress
        className={classes.progress}
        value={(100 * done) / Math.max(1, trajectories)}
        size={6}
        transitionDuration={0}
        aria-label={`Capturing ${teacher}`}
      />
      {count(done)} of {count(trajectories)}
      <Button size="compact-xs" onClick={cancel}>
        Cancel
      </Button>
    </section>
  )
}

function Captured({ name }: { name: string }) {
  const capture = useLab((state) => state.captures.find((one) => one.name === name))
  const busy = useLab((state) => isActive(state.run) || state.capture !== null)
  const exportCapture = useLab((state) => state.exportCapture)
  const removeCapture = useLab((state) => state.removeCapture)
  if (!capture) return null
  const { trajectories, tokens, bytesPerToken } = capture
  return (
    <li>
      <span className={classes.name}>
        {name}{' '}
        <span className={classes.size}>
          {counted(trajectories, 'trajectory', 'trajectories')}, {compact(tokens)} tokens,{' '}
          {bytes(bytesPerToken)} a token, {bytes(capture.bytes)}
        </span>
      </span>
      <Button size="compact-xs" aria-label={`Export ${name}`} onClick={() => exportCapture(name)}>
        Export
      </Button>
      <Button
        size="compact-xs"
        aria-label={`Remove ${name}`}
        disabled={busy}
        onClick={() => removeCapture(name)}
      >
        Remove
      </Button>
    </li>
  )
}
