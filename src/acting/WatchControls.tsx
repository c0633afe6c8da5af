import { Button, NativeSelect } from '@mantine/core'
import { useLab } from '../lab/store.ts'
import classes from './Acting.module.css'
import { actorKey, actorOf, actorOptions } from './actors.ts'
import { PACES, type Pace } from './episodeSlice.ts'
import { NumberBox } from './NumberBox.tsx'

/** Who acts, and step, play, pause and stop: always in the same places, alive where they can be used. */
export function WatchControls() {
  const episode = useLab((state) => state.episode)
  const playing = useLab((state) => state.playing)
  const proposing = useLab((state) => state.proposing !== null)
  const evaluating = useLab((state) => state.evaluating !== null)
  const { takeTurns, pauseTurns, stopTurn, takeBackTo, turnOptions } = useLab((state) => state)
  const drawn = Number.isFinite(turnOptions.temperature) && Number.isInteger(turnOptions.seed)
  const still = episode !== null && playing === null && !evaluating
  const idle = !still || episode.over || !drawn
  const turns = episode?.turns.length ?? 0
  return (
    <div className={classes.watch} role="toolbar" aria-label="Watch somebody act">
      <Who />
      <div className={classes.buttons}>
        <Button disabled={idle} onClick={() => takeTurns('step')}>
          Step
        </Button>
        <Button variant="filled" disabled={idle} onClick={() => takeTurns('play')}>
          Play
        </Button>
        <Button disabled={idle} onClick={() => takeTurns('end')}>
          To the end
        </Button>
        <Button
          disabled={playing === null || playing === 'pausing'}
          title="Rests behind the turn that is being written"
          onClick={pauseTurns}
        >
          Pause
        </Button>
        <Button
          disabled={playing === null && !proposing}
          title="Ends the turn that is being written; nothing of it is played"
          onClick={stopTurn}
        >
          Stop
        </Button>
        <Button
          disabled={!still || turns === 0}
          title="Takes the last turn back"
          onClick={() => takeBackTo(turns - 1)}
        >
          Undo
        </Button>
      </div>
      {evaluating && <p className={classes.soft}>Turns wait for the end of the evaluation.</p>}
    </div>
  )
}

/** The actor, its pace, and how it chooses its words. */
function Who() {
  const actor = useLab((state) => state.actor)
  const teachers = useLab((state) => state.teachers)
  const hasStudent = useLab((state) => state.run.hasStudent)
  const pace = useLab((state) => state.pace)
  const { temperature, seed } = useLab((state) => state.turnOptions)
  const { chooseActor, setTurnOptions, setPace } = useLab((state) => state)
  return (
    <div className={classes.who}>
      <NativeSelect
        label="Who acts"
        value={actorKey(actor)}
        data={actorOptions(teachers, hasStudent)}
        onChange={(event) => chooseActor(actorOf(event.currentTarget.value))}
      />
      <NativeSelect
        label="Pace"
        value={pace}
        data={Object.keys(PACES)}
        onChange={(event) => setPace(event.currentTarget.value as Pace)}
      />
      {actor.kind !== 'expert' && (
        <NumberBox
          label="Temperature"
          title="0 takes the likeliest token each time"
          value={temperature}
          step={0.1}
          onChange={(next) => setTurnOptions({ temperature: next })}
        />
      )}
      {actor.kind !== 'expert' && temperature > 0 && (
        <NumberBox
          label="Seed"
          title="Of what is drawn; the same seed draws the same turns"
          value={seed}
          onChange={(next) => setTurnOptions({ seed: next })}
        />
      )}
    </div>
  )
}
