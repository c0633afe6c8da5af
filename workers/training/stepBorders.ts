import type { Row } from '../dataset/row.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import { type ContinuationReader, continuationReader } from '../trajectories/continuation.ts'
import type { Reading } from '../trajectories/reading.ts'
import type { Span, Trajectory, TrajectorySet } from '../trajectories/trajectory.ts'

/** A place in a row at which a step begins, and what is needed to let somebody else write that step. */
export interface StepBorder {
  row: Row
  /** The step's first token in the row; what stands before it is the true history. */
  at: number
  /** The recorded step's spans, counted as those that `read` gives. */
  recorded: Span[]
  read: ContinuationReader
}

/** Where the steps of a row begin, those left out that begin the row: they have no history. */
export function bordersOf({ steps }: Row): number[] {
  const borders: number[] = []
  for (let t = 1; t < steps.length; t++) if (steps[t]! >= 0 && steps[t] !== steps[t - 1]) borders.push(t)
  return borders
}

/**
 * @param at one of `bordersOf(row)`
 * @returns null where the step's labels follow no rule by which another one could be read
 */
export function stepBorder(
  row: Row,
  at: number,
  trajectories: TrajectorySet,
  tokenizer: Tokenizer,
  reading: Reading,
): StepBorder | null {
  const trajectory = trajectories.at(row.trajectory)!
  const { starts } = tokenizer.encode(trajectory.text)
  const from = starts[row.places[at]!]
  // The border may be end-of-text, which is no character.
  if (from === undefined) return null
  const readable = readableStep(trajectory, from, row.steps[at]!, reading)
  return readable && { row, at, ...readable }
}

/**
 * A step as somebody else may write it.
 *
 * @param from where it begins in the text, as `continuationReader` takes it
 * @param step one that the trajectory has
 * @returns null where its labels follow no rule by which another one could be read
 */
export function readableStep(
  trajectory: Trajectory,
  from: number,
  step: number,
  reading: Reading,
): Pick<StepBorder, 'recorded' | 'read'> | null {
  const read = continuationReader(trajectory, from, step, reading)
  if (read === null) return null
  const end = trajectory.spans.findLast((span) => span.step === step)!.end
  const recorded = read(trajectory.text.slice(from, end))
  return recorded && { recorded, read }
}
