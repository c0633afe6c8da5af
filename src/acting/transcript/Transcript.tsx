import type { TurnView } from '../../../workers/protocol.ts'

interface TranscriptProps {
  prompt: string
  turns: TurnView[]
  /** The chosen turn, counted from 0; null where the episode's present is shown. */
  chosen: number | null
  onChoose: (turn: number) => void
  /** What somebody is writing just now; null where nobody writes. */
  writing: string | null
}

/** An episode turn by turn: what was thought, done and answered. */
export function Transcript({ prompt, turns, chosen, onChoose, writing }: TranscriptProps) {
  return (
    <section aria-label="Transcript">
      <pre>{prompt}</pre>
      <ol>
        {turns.map(({ text, observation }, turn) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a turn is known by its place
          <li key={turn} aria-current={turn === chosen ? 'step' : undefined}>
            <button type="button" onClick={() => onChoose(turn)}>
              {text}
            </button>
            <p>{observation}</p>
          </li>
        ))}
      </ol>
      {writing !== null && <p>{writing}</p>}
    </section>
  )
}
