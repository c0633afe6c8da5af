import { bytesOf, safetensorsHeader } from '../models/safetensors.ts'
import { fileTargets } from '../teacher/sources.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { Trajectory, TrajectorySet } from '../trajectories/trajectory.ts'

/** Bytes that are gathered before they leave the heap, and read back at a time. */
const PART_BYTES = 4 * 2 ** 20

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
  const ids = new Spool()
  const logProbabilities = new Spool()
  const origins = new Spool()
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
      ids.put(targets.ids)
      logProbabilities.put(targets.logProbabilities)
      origins.put(targets.origins)
    } else origins.put(new Uint8Array(n))
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
  for (const spool of [ids, logProbabilities, origins]) yield* spool.parts()
}

/** Values that are written now and read later, outside the heap. */
class Spool {
  private readonly blobs: Blob[] = []
  private values: ArrayBufferView[] = []
  private bytes = 0

  put(values: ArrayBufferView): void {
    this.values.push(values)
    this.bytes += values.byteLength
    if (this.bytes >= PART_BYTES) this.leave()
  }

  private leave(): void {
    this.blobs.push(new Blob(this.values as BlobPart[]))
    this.values = []
    this.bytes = 0
  }

  async *parts(): AsyncIterable<Uint8Array> {
    this.leave()
    for (const blob of this.blobs) yield new Uint8Array(await blob.arrayBuffer())
  }
}
