import { Button, NativeSelect } from '@mantine/core'
import { useEffect } from 'react'
import type { ActorId, EpisodeView, ProposedTurn } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import classes from './Acting.module.css'
import { actorKey, actorName, actorOf, actorOptions } from './actors.ts'
import { proposalKey } from './besideSlice.ts'
import { SideBySide } from './transcript/SideBySide.tsx'

/** What another would have written at the chosen turn, and would write next. */
export function BesideControls({ episode }: { episode: EpisodeView }) {
  const beside = useLab((state) => state.beside)
  const setBeside = useLab((state) => state.setBeside)
  const teachers = useLab((state) => state.teachers)
  const hasStudent = useLab((state) => state.run.hasStudent)
  return (
    <section className={classes.beside} aria-label="Beside another">
      <div className={classes.who}>
        <NativeSelect
          label="Beside it, what would be written by"
          value={beside ? actorKey(beside) : ''}
          data={[{ value: '', label: 'nobody' }, ...actorOptions(teachers, hasStudent)]}
          onChange={({ currentTarget: { value } }) => setBeside(value === '' ? null : actorOf(value))}
        />
      </div>
      {beside && <Compared episode={episode} beside={beside} />}
    </section>
  )
}

function Compared({ episode, beside }: { episode: EpisodeView; beside: ActorId }) {
  const shown = useLab((state) => state.shownTurn)
  const propose = useLab((state) => state.propose)
  const proposing = useLab((state) => state.proposing !== null)
  const still = useLab((state) => state.playing === null && state.evaluating === null)
  const { length } = episode.turns
  const at = shown ?? length - 1
  const turn = episode.turns[at]
  const known = useLab((state) => proposalKey(beside, at) in state.proposals)
  // A turn that is chosen by hand; while turns are taken each is compared before the next.
  const wanted = turn !== undefined && !known && still && !proposing
  useEffect(() => {
    if (wanted) void propose(at)
  }, [wanted, at, propose])
  const name = actorName(beside)
  return (
    <>
      {turn && <Proposal at={at} beside={beside} turn={turn} />}
      {!episode.over && (
        <div className={classes.buttons}>
          <Button disabled={!still || proposing} onClick={() => propose(length)}>
            What would {name} do next?
          </Button>
        </div>
      )}
      <Proposal at={length} beside={beside} />
    </>
  )
}

interface ProposalProps {
  at: number
  beside: ActorId
  /** What was taken there; none at the end of the episode. */
  turn?: EpisodeView['turns'][number]
}

function Proposal({ at, beside, turn }: ProposalProps) {
  const key = proposalKey(beside, at)
  const proposal = useLab((state) => state.proposals[key])
  const propose = useLab((state) => state.propose)
  const growing = useLab(({ proposing }) => (proposing?.key === key ? (proposing.text ?? '') : null))
  if (growing !== null) {
    return (
      <p className={classes.growing} aria-busy="true">
        {growing || '…'}
      </p>
    )
  }
  if (!proposal) return null
  if ('message' in proposal) {
    return (
      <div className={classes.buttons}>
        <p className={classes.error} role="alert">
          {proposal.message}
        </p>
        <Button size="compact-xs" onClick={() => propose(at)}>
          Ask again
        </Button>
      </div>
    )
  }
  if (turn) return <SideBySide turn={turn} proposed={proposal} name={actorName(beside)} />
  return <Alone proposed={proposal} />
}

/** A turn that nobody has taken. */
function Alone({ proposed: { kind, reasoning, action, text } }: { proposed: ProposedTurn }) {
  return (
    <div className={classes.alone} role="status" aria-label="What would be done next">
      {reasoning !== null && (
        <p data-kind="reason">
          <b>REASON</b> {reasoning}
        </p>
      )}
      {action !== null && (
        <p data-kind="act">
          <b>ACT</b> {action}
        </p>
      )}
      {kind === 'malformed' && <p data-kind="other">{text}</p>}
    </div>
  )
}
