import type { MetricsLine } from '../../workers/protocol.ts'
import { choices, count, loss, percent } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { KIND_NAMES } from '../trajectories/kinds.ts'
import classes from './NewestNumbers.module.css'
import { SERIES_KINDS, type SeriesKind } from './spanSeries.ts'
import { useMetrics } from './useMetrics.ts'

/** The last line of each split, as a table and in words. */
export function NewestNumbers() {
  const { log } = useMetrics()
  const drawnKinds = useLab((state) => state.drawnKinds)
  const { train, heldOut } = log.newest
  const kinds = SERIES_KINDS.filter((kind) => drawnKinds.includes(kind))
  return (
    <div className={classes.box}>
      <table className={classes.table}>
        <caption>Newest numbers</caption>
        <thead>
          <tr>
            <th scope="col">Span</th>
            <th scope="col">Split</th>
            <th scope="col">Loss</th>
            <th scope="col" title="Cross-entropy with the recorded tokens, nats per token">
              Cross-ent.
            </th>
            <th scope="col" title="Share of tokens whose most likely token is the teacher’s">
              Agreement
            </th>
          </tr>
        </thead>
        <tbody>
          {kinds.flatMap((kind) => [
            <Numbers key={kind} kind={kind} split="training" line={train} />,
            <Numbers key={`${kind} held-out`} kind={kind} split="held-out" line={heldOut} />,
          ])}
        </tbody>
      </table>
      <InWords line={heldOut ?? train} />
      {train && (
        <p className={classes.optimiser}>
          learning rate {loss(train.learningRate)} · gradient norm {loss(train.gradientNorm)} · held-out at
          step {count(heldOut?.step)}
        </p>
      )}
    </div>
  )
}

interface NumbersProps {
  kind: SeriesKind
  split: 'training' | 'held-out'
  line: MetricsLine | undefined
}

function Numbers({ kind, split, line }: NumbersProps) {
  const numbers = line && line[kind].tokens > 0 ? line[kind] : undefined
  return (
    <tr data-kind={kind}>
      <th scope="row">{KIND_NAMES[kind].name}</th>
      <td className={classes.split}>{split}</td>
      <td>{loss(numbers?.loss)}</td>
      <td>{loss(numbers?.crossEntropy)}</td>
      <td>{percent(numbers?.agreement)}</td>
    </tr>
  )
}

/** The cross-entropies as a person can picture them. */
function InWords({ line }: { line: MetricsLine | undefined }) {
  if (!line || line.reason.tokens + line.act.tokens === 0) return null
  const where = line.split === 'held-out' ? 'On held-out text' : 'On its training text'
  return (
    <p className={classes.words}>
      {where} the student is as unsure as picking from <b>{choices(line.reason.crossEntropy)}</b> tokens when
      it reasons and from <b>{choices(line.act.crossEntropy)}</b> when it acts.
    </p>
  )
}
