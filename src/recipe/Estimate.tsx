import { Button } from '@mantine/core'
import type { RunEstimate } from '../../workers/protocol.ts'
import { bytes, compact, count, counted, percent } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { isActive } from '../training/slice.ts'
import classes from './Estimate.module.css'

/** What the recipe will train and what it takes, before it is started. */
export function Estimate() {
  const estimate = useLab((state) => state.estimate)
  const estimating = useLab((state) => state.estimating)
  const message = useLab((state) => state.estimateMessage)
  const wrong = useLab((state) => state.issues.length)
  const empty = useLab((state) => state.library.trajectories === state.library.excluded)
  const active = useLab((state) => isActive(state.run))
  const openCluster = useLab((state) => state.openCluster)
  const missing =
    wrong > 0
      ? 'Correct the marked fields to see what this recipe takes.'
      : empty
        ? 'Load trajectories, or include some again, to see what this recipe takes.'
        : message
  return (
    <section className={classes.box} aria-label="Before training" aria-busy={estimating}>
      {missing && <p className={wrong > 0 || message ? classes.refusal : classes.missing}>{missing}</p>}
      {!missing && !estimate && <p className={classes.missing}>Working out what this recipe takes …</p>}
      {!missing && estimate && (
        <>
          <dl className={classes.numbers} data-stale={estimating && !active}>
            <dt>Student</dt>
            <dd>
              {compact(estimate.parameters)} parameters, vocabulary {count(estimate.vocabularySize)}
            </dd>
            <dt>Memory</dt>
            <dd>about {bytes(estimate.memoryBytes)}</dd>
            <dt>Rows</dt>
            <dd>
              {estimate.sampled !== undefined && 'about '}
              {count(estimate.dataset.rows)}, {count(estimate.dataset.mixedRows)} with reason and act;{' '}
              {count(estimate.dataset.heldOutRows)} held out
              {estimate.recipe.data.packing &&
                `; packed into ${count(estimate.dataset.packedRows)}, ${percent(estimate.dataset.fill)} full`}
            </dd>
            <dt>Tokens</dt>
            <dd>
              {compact(estimate.dataset.tokens.reason)} reason, {compact(estimate.dataset.tokens.act)} act,{' '}
              {compact(estimate.dataset.tokens.observation)} observation,{' '}
              {compact(estimate.dataset.tokens.prompt)} prompt
            </dd>
            <TeacherKnows />
            <Acting />
          </dl>
          <Losses />
          {estimate.refusal && (
            <p className={classes.refusal} role="alert">
              {estimate.refusal}
            </p>
          )}
        </>
      )}
      <Button className={classes.elsewhere} disabled={wrong > 0 || empty} onClick={openCluster}>
        Take this run to a cluster
      </Button>
    </section>
  )
}

/** What a teacher that does not run beside the student has to say of the trajectories. */
function TeacherKnows() {
  const teacher = useLab((state) => state.estimate!.teacher)
  if (!teacher) return null
  const { report, capture } = teacher
  const { missing, stoppedEarly, tokens, aligned, chosenOnly } = report
  const share = (part: number) => percent(tokens > 0 ? part / tokens : 0)
  return (
    <>
      <dt>Teacher</dt>
      <dd>
        {capture &&
          `captured before the run, ${counted(capture.k, 'token')} a place, ${bytes(capture.bytesPerToken)} a token; `}
        {share(aligned)} of reason and act tokens aligned
        {chosenOnly > 0 && `, ${share(chosenOnly)} with the recorded token’s probability only`}
        {missing > 0 && `; ${counted(missing, 'trajectory', 'trajectories')} without any`}
        {stoppedEarly > 0 && `; ${counted(stoppedEarly, 'trajectory', 'trajectories')} without at the end`}
      </dd>
    </>
  )
}

/** What the student does by itself on the way, which takes time that nobody knows before it can act. */
function Acting() {
  const { steps, evaluateEvery, evaluate } = useLab((state) => state.estimate!.recipe)
  if (!evaluate.rollouts) return null
  const { environment, episodes } = evaluate.rollouts
  const times = Math.ceil(steps / evaluateEvery)
  return (
    <>
      <dt>Acting</dt>
      <dd>
        {counted(episodes, 'episode')} in the {environment}, {counted(times, 'time')} in the run, which takes
        time; most while the student cannot act yet
      </dd>
    </>
  )
}

/** What cut steps lost, by kind, e.g. ` (of 2 observation spans 40 tokens)`. */
function lostWords(cut: RunEstimate['dataset']['cut']): string {
  const kinds = Object.entries(cut).filter(([, { tokens }]) => tokens > 0)
  const words = kinds.map(
    ([kind, { spans, tokens }]) => `of ${counted(spans, `${kind} span`)} ${counted(tokens, 'token')}`,
  )
  return words.length > 0 ? ` (${words.join(', ')})` : ''
}

/** What the weights of trajectories and thoughts leave out of training; nothing where that is nothing. */
function Weightless() {
  const { weightlessRows, unknownOutcomes, cappedTokens } = useLab((state) => state.estimate!.dataset)
  const words = [
    weightlessRows > 0 && `${counted(weightlessRows, 'row')} of weight 0 left out`,
    unknownOutcomes > 0 &&
      `${counted(unknownOutcomes, 'trajectory', 'trajectories')} whose file tells no outcome`,
    cappedTokens > 0 && `${counted(cappedTokens, 'reason token')} behind the thought cap`,
  ].filter(Boolean)
  if (words.length === 0) return null
  return <p className={classes.warned}>⚠ Not trained on: {words.join(', ')}.</p>
}

/** What did not fit into rows or memory; nothing where everything did. */
function Losses() {
  const { dataset, sampled, leftOut } = useLab((state) => state.estimate!)
  const cut = [
    dataset.emptyMaskRows > 0 && `${counted(dataset.emptyMaskRows, 'row')} without reason or act`,
    dataset.truncatedSteps > 0 && `${counted(dataset.truncatedSteps, 'step')} cut${lostWords(dataset.cut)}`,
    dataset.shortenedPrompts > 0 && `${counted(dataset.shortenedPrompts, 'prompt')} shortened`,
  ].filter(Boolean)
  return (
    <>
      {sampled !== undefined && (
        <p className={classes.missing}>
          Counts are estimated from {counted(sampled, 'trajectory', 'trajectories')}.
        </p>
      )}
      {leftOut > 0 && (
        <p className={classes.warned}>
          ⚠ {counted(leftOut, 'trajectory', 'trajectories')}, evenly spread, left out to fit memory.
        </p>
      )}
      {cut.length > 0 && <p className={classes.warned}>⚠ {cut.join(', ')} to fit the context length.</p>}
      <Weightless />
    </>
  )
}
