import { type KeyboardEvent, useEffect, useRef } from 'react'
import type { TurnView } from '../../../workers/protocol.ts'
import { Foldable, LineRow } from './LineRow.tsx'
import { draftLines } from './lines.ts'
import classes from './Transcript.module.css'
import { TurnItem } from './TurnItem.tsx'
import { useFollowedEnd } from './useFollowedEnd.ts'

interface TranscriptProps {
  prompt: string
  turns: TurnView[]
  /** The chosen turn, counted from 0; null where the episode's present is shown. */
  chosen: number | null
  onChoose: (turn: number) => void
  /** What somebody is writing just now; null where nobody writes. */
  writing: string | null
}

/**
 * An episode turn by turn: what was thought, done and answered. One turn can be reached with Tab, the others from it with
 * the arrow keys, Home and End.
 */
export function Transcript({ prompt, turns, chosen, onChoose, writing }: TranscriptProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const list = useRef<HTMLOListElement>(null)
  const { follow, toEnd } = useFollowedEnd(scroller, [turns, writing])
  const last = turns.length - 1
  const reachable = chosen ?? last

  useEffect(() => {
    if (chosen === null) toEnd()
    else list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' })
  }, [chosen, toEnd])

  const press = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowDown: reachable + 1,
      ArrowUp: reachable - 1,
      Home: 0,
      End: last,
    }
    const target = moves[event.key]
    // Keys that are pressed in a button that folds are its own.
    const own = event.target instanceof HTMLElement && event.target.dataset.turn !== undefined
    if (target === undefined || !own) return
    event.preventDefault()
    const turn = Math.min(last, Math.max(0, target))
    onChoose(turn)
    list.current?.querySelector<HTMLElement>(`[data-turn="${turn}"]`)?.focus({ preventScroll: true })
  }

  return (
    <section className={classes.transcript} aria-label="Transcript">
      <div ref={scroller} className={classes.scroller} onScroll={follow}>
        <div className={classes.turn}>
          <LineRow kind="prompt">
            <Foldable text={prompt.trimEnd()} what="prompt" />
          </LineRow>
        </div>
        {turns.length > 0 && (
          // biome-ignore lint/a11y/noRedundantRoles: a list without bullets is none to Safari
          <ol ref={list} role="list" className={classes.turns} aria-label="Turns" onKeyDown={press}>
            {turns.map((turn, place) => (
              <TurnItem
                // biome-ignore lint/suspicious/noArrayIndexKey: a turn is known by its place
                key={place}
                turn={turn}
                place={place}
                chosen={place === chosen}
                reachable={place === reachable}
                onChoose={onChoose}
              />
            ))}
          </ol>
        )}
        {writing !== null && <Draft text={writing} />}
      </div>
    </section>
  )
}

/** The turn that is being written. Its end is announced as a turn; its growth is not, letter by letter. */
function Draft({ text }: { text: string }) {
  const lines = draftLines(text)
  return (
    <div className={classes.draft} aria-busy="true">
      <p className={classes.writing}>being written …</p>
      {lines.map(({ kind, text }, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place
        <LineRow key={place} kind={kind}>
          {text}
        </LineRow>
      ))}
    </div>
  )
}
