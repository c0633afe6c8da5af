import type { GpuArray } from '../gpu/array.ts'
import { Program, variants } from '../gpu/program.ts'
import type { Runner } from '../gpu/runner.ts'
import { CHUNK_BYTES, chunkRows, gatherRows, logitStride } from '../head/fusedChunks.ts'
import { groupsOf, runningCode, softmaxBytes, threadsFor } from '../head/fusedSoftmax.ts'
import { matmul } from '../matmul/fused.ts'
import type { Operations } from '../operations.ts'

/** Rows are filled up to a multiple of this, so that chunks of any width begin where bindings may. */
const ROW_MULTIPLE = 16
/** Words of a row: its position and its token. */
const ROW_WORDS = 2

/**
 * One row of logits a workgroup: its softmax in one pass, then k rounds. A thread has every so many of the logits and
 * knows the largest of them that has not been taken; the largest of those is the next one, and only the thread that it
 * came from looks through its own again.
 */
const likeliestRows = variants((threads: number) => {
  const groups = groupsOf(threads)
  return new Program({
    label: 'likeliest',
    arrays: {
      logits: { type: 'f32', access: 'read' },
      targets: { type: 'i32', access: 'read' },
      written: { type: 'f32', access: 'read_write' },
      ids: { type: 'i32', access: 'read_write' },
      values: { type: 'f32', access: 'read_write' },
    },
    uniforms: { width: 'u32', stride: 'u32', first: 'u32', among: 'u32', k: 'u32' },
    workgroup: [threads],
    workgroupBytes: softmaxBytes(threads, 1) + 8 * (threads + groups),
    code: `
${runningCode(threads, 1)}
struct Found { value : f32, id : u32 }
var<workgroup> found : array<Found, ${threads + groups}>;

fn better(a : Found, b : Found) -> Found {
  if (b.id != NOWHERE && (a.id == NOWHERE || b.value > a.value || (b.value == a.value && b.id < a.id))) { return b; }
  return a;
}

/** The best of a thread's own logits that come after the one taken last. */
fn next(start : u32, thread : u32, last : Found) -> Found {
  var best = Found(0.0, NOWHERE);
  for (var id = thread; id < u.among; id += ${threads}u) {
    let x = logits[start + id];
    let left = last.id == NOWHERE || x < last.value || (x == last.value && id > last.id);
    if (left) { best = better(best, Found(x, id)); }
  }
  return best;
}

@compute @workgroup_size(WG) fn main(
  @builtin(workgroup_id) group : vec3<u32>,
  @builtin(local_invocation_index) thread : u32,
) {
  let start = group.x * u.stride;
  let row = u.first + group.x;
  var mine = nothing();
  for (var id = thread; id < u.width; id += ${threads}u) { mine = takenOne(mine, logits[start + id], id); }
  together(mine, thread);
  let all = whole(0u);
  let logSum = log(all.sum);
  if (thread == 0u) { written[row] = (logits[start + u32(targets[${ROW_WORDS}u * row + 1u])] - all.top) - logSum; }

  var own = next(start, thread, Found(0.0, NOWHERE));
  for (var n = 0u; n < u.k; n++) {
    found[thread] = own;
    workgroupBarrier();
    if (thread < ${groups}u) {
      var best = found[thread];
      for (var i = thread + ${groups}u; i < ${threads}u; i += ${groups}u) { best = better(best, found[i]); }
      found[${threads}u + thread] = best;
    }
    workgroupBarrier();
    var best = found[${threads}u];
    for (var i = 1u; i < ${groups}u; i++) { best = better(best, found[${threads}u + i]); }
    if (thread == 0u) {
      // Of logits that are not numbers none is the largest.
      ids[u.k * row + n] = select(i32(best.id), 0, best.id == NOWHERE);
      values[u.k * row + n] = (best.value - all.top) - logSum;
    }
    if (best.id == own.id && own.id != NOWHERE) { own = next(start, thread, own); }
  }
}
`,
  })
})

/** @param chunkBytes how much of the logits may be there at a time */
export function fusedLikeliest(runner: Runner, chunkBytes = CHUNK_BYTES): Operations['likeliest'] {
  return (hidden, table, { positions, tokens, k, vocabularySize }) => {
    const [vocabulary, width] = table.shape as [number, number]
    if (k > vocabularySize) throw new RangeError(`there are no ${k} likeliest of ${vocabularySize} tokens`)
    return runner.scope(() => {
      const count = positions.length
      const written = runner.array([count])
      const ids = runner.array([count, k], 'int32')
      const logProbabilities = runner.array([count, k])
      if (count === 0) return { written, ids, logProbabilities }
      const rows = Math.ceil(count / ROW_MULTIPLE) * ROW_MULTIPLE
      const words = new Int32Array(rows * ROW_WORDS).fill(-1)
      for (const [row, position] of positions.entries()) {
        words[ROW_WORDS * row] = position
        words[ROW_WORDS * row + 1] = tokens[row]!
      }
      const targets = runner.upload(words, [words.length])
      const gathered = gatherRows(runner, targets, ROW_WORDS, rows, hidden as GpuArray).student
      const size = chunkRows(runner, rows, vocabulary, chunkBytes)
      const stride = logitStride(vocabulary)
      const logits = runner.array([size, stride])
      for (let first = 0; first < count; first += size) {
        const m = Math.min(size, count - first)
        matmul(runner, {
          m,
          n: vocabulary,
          k: width,
          a: gathered.part(first, m),
          aStride: gathered.stride,
          b: table as GpuArray,
          transposeB: true,
          out: logits,
          outStride: stride,
        })
        const threads = threadsFor(vocabulary, runner.limits.software)
        runner.run(
          likeliestRows(threads),
          { logits, targets, written, ids, values: logProbabilities },
          { width: vocabulary, stride, first, among: vocabularySize, k },
          [m],
          m * vocabulary * (20 + k),
        )
      }
      return { written, ids, logProbabilities }
    })
  }
}

/** Logits at some positions, whole and without gaps. */
export function fusedLogits(runner: Runner): Operations['logits'] {
  return (hidden, table, positions) =>
    runner.scope(() => {
      const [n, k] = table.shape as [number, number]
      const m = positions.length
      const out = runner.array([m, n])
      if (m === 0) return out
      const targets = runner.upload(positions, [m])
      const gathered = gatherRows(runner, targets, 1, m, hidden as GpuArray).student
      const a = gathered.array
      matmul(runner, { m, n, k, a, aStride: gathered.stride, b: table as GpuArray, transposeB: true, out })
      return out
    })
}
