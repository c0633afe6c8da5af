import { Button, Slider, Switch } from '@mantine/core'
import { useState } from 'react'
import type { EpisodeView } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import classes from './Acting.module.css'
import { StateDrawing } from './drawings/StateDrawing.tsx'
import { stateBehind } from './standing.ts'

/** The world as it was behind the chosen turn. */
export function StatePane({ episode }: { episode: EpisodeView }) {
  const shown = useLab((state) => state.shownTurn)
  const still = useLab((state) => state.playing === null)
  const showTurn = useLab((state) => state.showTurn)
  const takeBackTo = useLab((state) => state.takeBackTo)
  const [showAll, setShowAll] = useState(false)
  const { length } = episode.turns
  const behind = shown === null ? length : shown + 1
  const state = stateBehind(episode, shown)
  return (
    <section className={classes.state} aria-label="State of the world">
      <div className={classes.scrub}>
        <span className={classes.where}>{behind === 0 ? 'At the beginning' : `Behind turn ${behind}`}</span>
        <Slider
          className={classes.slider}
          size={4}
          min={0}
          max={Math.max(1, length)}
          value={behind}
          disabled={length === 0}
          label={null}
          thumbLabel="Turn behind which the state is shown"
          onChange={(turn) => showTurn(turn - 1)}
        />
        {shown !== null && (
          <>
            <Button size="compact-xs" onClick={() => showTurn(null)}>
              Now
            </Button>
            <Button
              size="compact-xs"
              disabled={!still}
              title="Takes back all turns behind this one, to go on from there"
              onClick={() => takeBackTo(behind)}
            >
              Go on from here
            </Button>
          </>
        )}
        {state.kind !== 'shop' && (
          <Switch
            label="Show all"
            title="Also what the agent has not seen"
            checked={showAll}
            onChange={(event) => setShowAll(event.currentTarget.checked)}
          />
        )}
      </div>
      <div className={classes.drawing}>
        <StateDrawing state={state} showAll={showAll} />
      </div>
    </section>
  )
}
