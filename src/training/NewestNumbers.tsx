import {
  type Definition,
  type MetricsLine,
  ON_POLICY_DEFINITIONS,
  RUN_DEFINITIONS,
  SPAN_DEFINITIONS,
  STEP_DEFINITIONS,
  type StepMetrics,
  WORLD_DEFINITIONS,
  type WorldMetrics,
} from '../../workers/protocol.ts'
import { choices, count, loss, percent } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { KIND_NAMES } from '../trajectories/kinds.ts'
import { Defined, DefinedText } from './Defined.tsx'
import classes from './NewestNumbers.module.css'
import { SERIES_KINDS, type SeriesKind } from './spanSeries.ts'
import { useMetrics } from './useMetrics.ts'

/** The columns of the table; all but the narrowest pages have room for these. */
const COLUMNS = [
  { measure: 'loss', label: 'Loss', format: loss },
  { measure: 'crossEntropy', label: 'CE', format: loss },
  { measure: 'agreement', label: 'Agree', format: percent },
  { measure: 'gradientShare', label: 'Gradient', format: percent },
  { measure: 'calibrationError', label: 'Calib.', format: percent },
] as const

/** The last line of each split, as a table and in words. */
export function NewestNumbers() {
  const { log } = useMetrics()
  const drawnKinds = useLab((state) => state.drawnKinds)
  const { train, heldOut, world } = log.newest
  const kinds = SERIES_KINDS.filter((kind) => drawnKinds.includes(kind))
  return (
    <div className={classes.box}>
      <table className={classes.table}>
        <caption>Newest numbers</caption>
        <thead>
          <tr>
            <th scope="col">Span</th>
            <th scope="col">Split</th>
            {COLUMNS.map(({ measure, label }) => (
              <th key={measure} scope="col">
                <Defined definition={SPAN_DEFINITIONS[measure]}>
                  <DefinedText>{label}</DefinedText>
                </Defined>
              </th>
            ))}
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
      {heldOut?.steps && <Steps steps={heldOut.steps} />}
      {world && <Acted world={world} />}
      {train?.onPolicy && (
        <p className={classes.words}>
          The student wrote <b>{count(train.onPolicy.rows)}</b> rows of the last step:{' '}
          <Named definition={ON_POLICY_DEFINITIONS.tokens} /> <b>{count(train.onPolicy.tokens)}</b>,{' '}
          <Named definition={ON_POLICY_DEFINITIONS.parsed} /> <b>{percent(train.onPolicy.parsed)}</b>.
        </p>
      )}
      {train && (
        <p className={classes.optimiser}>
          <Named definition={RUN_DEFINITIONS.learningRate} /> {loss(train.learningRate)} ·{' '}
          <Named definition={RUN_DEFINITIONS.gradientNorm} /> {loss(train.gradientNorm)} · held-out at step{' '}
          {count(heldOut?.step)}
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
      {COLUMNS.map(({ measure, format }) => (
        <td key={measure}>{format(numbers?.[measure])}</td>
      ))}
    </tr>
  )
}

/** How many held-out steps the student gets wholly right. */
function Steps({ steps }: { steps: StepMetrics }) {
  return (
    <p className={classes.words}>
      Of whole held-out steps: <Named definition={STEP_DEFINITIONS.actionMatch} />{' '}
      <b>{percent(steps.actionMatch)}</b> of {count(steps.actions)},{' '}
      <Named definition={STEP_DEFINITIONS.reasonMatch} /> <b>{percent(steps.reasonMatch)}</b> of{' '}
      {count(steps.reasonings)}
      {steps.cotSamples > 0 && (
        <>
          , <Named definition={STEP_DEFINITIONS.cotMatch} /> <b>{percent(steps.cotMatch)}</b>,{' '}
          <Named definition={STEP_DEFINITIONS.cotNearMatch} /> <b>{percent(steps.cotNearMatch)}</b> and{' '}
          <Named definition={STEP_DEFINITIONS.cotF1} /> <b>{percent(steps.cotF1)}</b> of{' '}
          {count(steps.cotSamples)}
        </>
      )}
      .
    </p>
  )
}

/** What the student did when it acted by itself. */
function Acted({ world }: { world: WorldMetrics }) {
  const { environment, episodes, success, reward, steps, invalidActions, malformedTurns, stoppedAtCap } =
    world
  return (
    <p className={classes.words}>
      In the {environment}, over {count(episodes)} validation{' '}
      <Named definition={WORLD_DEFINITIONS.episodes} />: <Named definition={WORLD_DEFINITIONS.success} />{' '}
      <b>{percent(success)}</b>, <Named definition={WORLD_DEFINITIONS.reward} /> <b>{percent(reward)}</b>,{' '}
      <Named definition={WORLD_DEFINITIONS.steps} /> <b>{steps.toFixed(1)}</b>,{' '}
      <Named definition={WORLD_DEFINITIONS.invalidActions} /> <b>{percent(invalidActions)}</b>,{' '}
      <Named definition={WORLD_DEFINITIONS.malformedTurns} /> <b>{percent(malformedTurns)}</b>,{' '}
      <Named definition={WORLD_DEFINITIONS.stoppedAtCap} /> <b>{percent(stoppedAtCap)}</b>.
    </p>
  )
}

/** A number's name, in the middle of a sentence. */
function Named({ definition }: { definition: Definition }) {
  const { name } = definition
  return (
    <Defined definition={definition}>
      <DefinedText>{name.slice(0, 3) === 'CoT' ? name : name.toLowerCase()}</DefinedText>
    </Defined>
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
