import type { ProposedTurn, SpanKind, TurnView } from '../../../workers/protocol.ts'
import { actorName } from '../actors.ts'
import { differences, type Piece } from './differences.ts'
import { LineRow } from './LineRow.tsx'
import { type Line, linesOf } from './lines.ts'
import classes from './SideBySide.module.css'
import { verdictOf } from './verdict.ts'

interface SideBySideProps {
  turn: TurnView
  proposed: ProposedTurn
  /** Who would write it, e.g. "teacher household". */
  name: string
}

/** A turn that was taken beside what another would write at the same history, the differing words marked. */
export function SideBySide({ turn, proposed, name }: SideBySideProps) {
  const { same, words } = verdictOf(turn, proposed)
  const taken = linesOf(turn)
  const other = linesOf(proposed)
  return (
    <section className={classes.beside} aria-label={`This turn beside that of ${name}`}>
      <p className={classes.verdict} data-same={same}>
        {words.join(', ')}
      </p>
      <div className={classes.columns}>
        <Column heading={`Taken by ${actorName(turn.by)}`} lines={taken} others={other} side={0} />
        <Column heading={`Would be written by ${name}`} lines={other} others={taken} side={1} />
      </div>
    </section>
  )
}

interface ColumnProps {
  heading: string
  lines: readonly Line[]
  /** What each is compared with: the line of the same kind. */
  others: readonly Line[]
  /** Which of two texts that are compared this is, so that both columns have the same words in common. */
  side: 0 | 1
}

function Column({ heading, lines, others, side }: ColumnProps) {
  return (
    <div className={classes.column}>
      <h4>{heading}</h4>
      {lines.map(({ kind, text }) => {
        const other = textOf(others, kind)
        const pieces = side === 0 ? differences(text, other)[0] : differences(other, text)[1]
        return (
          <LineRow key={kind} kind={kind}>
            {pieces.map((piece, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a piece is known by its place
              <Words key={place} {...piece} />
            ))}
          </LineRow>
        )
      })}
    </div>
  )
}

function Words({ text, shared }: Piece) {
  return shared ? text : <mark className={classes.differing}>{text}</mark>
}

function textOf(lines: readonly Line[], kind: SpanKind): string {
  return lines.find((line) => line.kind === kind)?.text ?? ''
}
