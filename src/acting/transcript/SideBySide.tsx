import type { ProposedTurn, TurnView } from '../../../workers/protocol.ts'

interface SideBySideProps {
  turn: TurnView
  proposed: ProposedTurn
  /** Who would write it, e.g. "teacher household". */
  name: string
}

/** A turn that was taken beside what another would write at the same history. */
export function SideBySide({ turn, proposed, name }: SideBySideProps) {
  return (
    <section aria-label={`This turn beside that of ${name}`}>
      <pre>{turn.text}</pre>
      <pre>{proposed.text}</pre>
    </section>
  )
}
