import { GatheredBlob } from '../library/gatheredBlob.ts'
import { bytesOf, safetensorsHeader } from '../models/safetensors.ts'
import { fileTargets } from '../teacher/sources.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { Trajectory, TrajectorySet } from '../trajectories/trajectory.ts'

/**
 * What the files of trajectories say of their tokens, put to the student's tokens: `targets.safetensors`, in parts.
 *
 * Its tensors, all in the order of the set, tokens being those of the student with end-of-text as the last:
 * - `offsets` I64 [trajectories + 1]: where each trajectory's tokens begin among all, and their number;
 * - `k` I32 [trajectories]: entries per token of it; 0 where nothing is known of it;
 * - `ids` I32 [Σ n·k] and `logProbabilities` F32 [Σ n·k]: as in `TokenTargets`, −1 where a token has fewer than k;
 * - `origins` U8 [tokens]: ORIGINS of each, 0 where nothing is known.
 *
 * @param at one of the trajectories, for what counts them or may have lost them
 * @throws LabError `invalid-teacher` naming what is wrong with a trajectory's log-probabilities
 */
export async function* targetsParts(
  trajectories: TrajectorySet,
  tokenizer: Tokenizer,
  at: (index: number) => Promise<Trajectory>,
): AsyncIterable<Uint8Array> {
  const source = fileTargets(trajectories, tokenizer)
  const { length } = trajectories
  const offsets = new BigInt64Array(length + 1)
  const k = new Int32Array(length)
  // One pass over the texts fills all of the tensors, which lie one behind the other in the file.
  const ids = new GatheredBlob()
  const logProbabilities = new GatheredBlob()
  const origins = new GatheredBlob()
  let entries = 0
  let tokens = 0
  for (let i = 0; i < length; i++) {
    const { text } = await at(i)
    const targets = source.of(i)
    const n = targets?.origins.length ?? tokenizer.encode(text).ids.length + 1
    tokens += n
    offsets[i + 1] = BigInt(tokens)
    if (targets) {
      k[i] = targets.k
      entries += n * targets.k
      put(ids, targets.ids)
      put(logProbabilities, targets.logProbabilities)
      put(origins, targets.origins)
    } else put(origins, new Uint8Array(n))
  }
  yield safetensorsHeader(
    [
      { name: 'offsets', dtype: 'I64', shape: [length + 1] },
      { name: 'k', dtype: 'I32', shape: [length] },
      { name: 'ids', dtype: 'I32', shape: [entries] },
      { name: 'logProbabilities', dtype: 'F32', shape: [entries] },
      { name: 'origins', dtype: 'U8', shape: [tokens] },
    ],
    { format: 'structured-agent-distillation-lab targets' },
  )
  yield bytesOf(offsets)
  yield bytesOf(k)
  for (const gathered of [ids, logProbabilities, origins]) yield* gathered.read()
}

function put(into: GatheredBlob, values: ArrayBufferView): void {
  into.add(values as ArrayBufferView<ArrayBuffer>, values.byteLength)
}
