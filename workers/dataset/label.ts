import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { Trajectory } from '../trajectories/trajectory.ts'
import { KIND_CODES, type LabelledTokens } from './row.ts'

/**
 * Tokens of a trajectory, each with the kind and step of the span that holds its anchor (the character of its first
 * non-space byte), so that a token reaching over a border goes to the span in which its ink begins.
 *
 * End-of-text is appended. It takes the kind of the last span when that is an act or a reason, because the student
 * must learn to stop where its last act ends; it is `other` when the trajectory ends with somebody else's words, or
 * when it is known to be unfinished, as then the place where it stops teaches nothing.
 *
 * @param index the trajectory's place in the loaded set
 */
export function labelTokens(trajectory: Trajectory, index: number, tokenizer: Tokenizer): LabelledTokens {
  const { text, spans, warnings } = trajectory
  const encoding = tokenizer.encode(text)
  const n = encoding.ids.length + 1
  const ids = new Int32Array(n)
  const kinds = new Uint8Array(n)
  const steps = new Int32Array(n)
  ids.set(encoding.ids)
  let span = 0
  for (let t = 0; t < n - 1; t++) {
    // Anchors never go back, so one walk over the spans is enough.
    while (encoding.anchors[t]! >= spans[span]!.end) span++
    kinds[t] = KIND_CODES[spans[span]!.kind]
    steps[t] = spans[span]!.step
  }
  const last = spans.at(-1)
  const finished = !warnings.some(({ code }) => code === 'unfinished')
  const stops = finished && (last?.kind === 'act' || last?.kind === 'reason')
  ids[n - 1] = tokenizer.endOfTextId
  kinds[n - 1] = KIND_CODES[stops ? last.kind : 'other']
  steps[n - 1] = last?.step ?? -1
  return { trajectory: index, ids, kinds, steps }
}
