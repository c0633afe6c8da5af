import { memo } from 'react'
import type { TurnView } from '../../../workers/protocol.ts'
import { counted } from '../../lab/format.ts'
import { actorName } from '../actors.ts'
import { Foldable, LineRow } from './LineRow.tsx'
import { faultsOf, linesOf } from './lines.ts'
import classes from './Transcript.module.css'

interface TurnItemProps {
  turn: TurnView
  /** Counted from 0. */
  place: number
  chosen: boolean
  /** The keyboard gets here with Tab. */
  reachable: boolean
  onChoose: (turn: number) => void
}

/** One turn: who took it, what was written, and what the world answered. */
export const TurnItem = memo(function TurnItem({ turn, place, chosen, reachable, onChoose }: TurnItemProps) {
  const { by, observation, tokens } = turn
  const faults = faultsOf(turn)
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the turn's button does the same for the keyboard
    <li
      className={classes.turn}
      data-chosen={chosen}
      data-faulty={faults.length > 0}
      onClick={() => onChoose(place)}
    >
      <div className={classes.head}>
        <button
          type="button"
          className={classes.choose}
          tabIndex={reachable ? 0 : -1}
          data-turn={place}
          aria-current={chosen ? 'step' : undefined}
          title={tokens === null ? undefined : counted(tokens, 'token')}
        >
          Turn {place + 1} <span className={classes.by}>{actorName(by)}</span>
        </button>
        {faults.map((fault) => (
          <strong key={fault} className={classes.fault}>
            {fault}
          </strong>
        ))}
      </div>
      {linesOf(turn).map(({ kind, text }) => (
        <LineRow key={kind} kind={kind}>
          {text}
        </LineRow>
      ))}
      <LineRow kind="observation">
        <Foldable text={observation} what="answer" />
      </LineRow>
    </li>
  )
})
