import type { GpuArray } from '../gpu/array.ts'
import { folded } from '../gpu/folded.ts'
import type { GpuGradient } from '../gpu/gradient.ts'
import type { Runner } from '../gpu/runner.ts'
import { matmul } from '../matmul/fused.ts'
import type { HeadGradients, HeadResult, HeadTargets, Operations } from '../operations.ts'
import { HEAD_ROWS, HEAD_SUMS } from '../operations.ts'
import { checkDivergence } from './checkDivergence.ts'
import { CHUNK_BYTES, chunkRows, gatherRows, logitStride } from './fusedChunks.ts'
import { divergenceUniforms } from './fusedDivergence.ts'
import { modelRows } from './fusedModel.ts'
import { scatter, sumTerms } from './fusedRows.ts'
import { threadsFor } from './fusedSoftmax.ts'
import { storedRows } from './fusedStored.ts'
import { type PackedTargets, packTargets, ROW_WORDS } from './fusedTargets.ts'

/** Tokens of the vocabulary in one sum; a multiple of 128, so that slices begin where bindings may. */
const SLICE = 8192
/** Floating-point operations for one logit, roughly. */
const LOGIT_COST = 60

/**
 * The tied head: gathers the hidden states that predict, makes the logits of student and teacher chunk by chunk, and
 * measures them in one kernel that leaves the gradient in the student's place, from which those of the table and of the
 * hidden states are products. With one chunk that is seven kernels, eight with a model as teacher.
 *
 * @param chunkBytes how much of the student's logits may be there at a time
 */
export function fusedHead(runner: Runner, chunkBytes = CHUNK_BYTES): Operations['head'] {
  return (hidden, table, targets, gradients) => {
    checkDivergence(targets.divergence, targets.teacher)
    return runner.scope(() =>
      targets.tokens.length === 0
        ? nothing(runner, hidden as GpuArray, targets, gradients)
        : measure(runner, hidden as GpuArray, table as GpuArray, targets, gradients, chunkBytes),
    )
  }
}

function nothing(
  runner: Runner,
  hidden: GpuArray,
  targets: HeadTargets,
  gradients: HeadGradients | null,
): HeadResult {
  const zeros = (shape: readonly number[]) => {
    const array = runner.array(shape)
    runner.clear(array)
    return array
  }
  return {
    sums: zeros([targets.termCount, HEAD_SUMS.length]),
    rows: targets.rowWise ? runner.array([0, HEAD_ROWS.length]) : null,
    gradients: gradients && { hidden: zeros(hidden.shape), squares: zeros([targets.termCount]) },
  }
}

function measure(
  runner: Runner,
  hidden: GpuArray,
  table: GpuArray,
  targets: HeadTargets,
  gradients: HeadGradients | null,
  chunkBytes: number,
): HeadResult {
  const count = targets.tokens.length
  const [positions, width] = hidden.shape as [number, number]
  const vocabulary = table.shape[0]!
  const model = targets.teacher?.kind === 'model' ? targets.teacher : null
  const packed = packTargets(targets, gradients ? positions : 0)
  const words = runner.upload(packed.words, [packed.words.length])
  const { student, teacher } = gatherRows(
    runner,
    words,
    ROW_WORDS,
    packed.rows,
    hidden,
    model && (model.hidden as GpuArray),
  )

  const size = chunkRows(runner, packed.rows, vocabulary, chunkBytes)
  const stride = logitStride(vocabulary)
  const logits = runner.array([size, stride])
  const beside = model ? runner.array([size, stride]) : runner.array([size, Math.max(1, packed.k)])
  const columns = runner.array([packed.rows, HEAD_SUMS.length])
  const rows = targets.rowWise ? runner.array([count, HEAD_ROWS.length]) : null
  const dRows = gradients && runner.array([packed.rows, student.stride])
  for (let first = 0; first < packed.rows; first += size) {
    const m = Math.min(size, packed.rows - first)
    const own = student.part(first, m)
    const make = { m, n: vocabulary, transposeB: true, outStride: stride }
    matmul(runner, { ...make, k: width, a: own, aStride: student.stride, b: table, out: logits })
    if (teacher) {
      const a = teacher.part(first, m)
      const b = model!.table as GpuArray
      matmul(runner, { ...make, k: teacher.width, a, aStride: teacher.stride, b, out: beside })
    }
    const chunk = { logits, targets: words, columns, ...(rows && { rows }) }
    measureChunk(runner, chunk, beside, packed, targets, { vocabulary, first, m, learns: gradients !== null })
    if (!dRows) continue
    if (gradients.table) {
      const into = (gradients.table as GpuGradient).take()
      matmul(runner, {
        m: vocabulary,
        n: width,
        k: m,
        a: logits,
        transposeA: true,
        aStride: stride,
        b: own,
        bStride: student.stride,
        out: into.array,
        accumulate: into.accumulate,
      })
    }
    hiddenGradient(runner, logits, table, runner.view(dRows, [m, student.stride], 4 * first * student.stride))
  }
  runner.free(logits, beside, student.array, teacher?.array)

  const threads = threadsFor(width, runner.limits.software)
  const sums = runner.array([targets.termCount, HEAD_SUMS.length])
  if (!dRows) {
    runner.run(sumTerms(false, threads), { targets: words, columns, sums }, { count }, [targets.termCount])
    return { sums, rows, gradients: null }
  }
  const dHidden = runner.array([positions, width])
  const ofRows = runner.array([packed.rows])
  const squares = runner.array([targets.termCount])
  runner.run(
    scatter(threads),
    { targets: words, gathered: dRows, hidden: dHidden, squares: ofRows },
    { count: positions, width, stride: student.stride, sources: packed.sources },
    folded(positions, runner.limits),
  )
  runner.run(sumTerms(true, threads), { targets: words, columns, sums, ofRows, squares }, { count }, [
    targets.termCount,
  ])
  return { sums, rows, gradients: { hidden: dHidden, squares } }
}

/**
 * dLogits · table. The sum over the vocabulary is taken in slices: one running sum of 50,000 products loses the fifth
 * digit.
 *
 * @param out its rows may be longer than those of the table
 */
function hiddenGradient(runner: Runner, dLogits: GpuArray, table: GpuArray, out: GpuArray): void {
  const [vocabulary, width] = table.shape as [number, number]
  const [m, outStride] = out.shape as [number, number]
  const aStride = logitStride(vocabulary)
  const bytes = table.type === 'float16' ? 2 : 4
  for (let from = 0; from < vocabulary; from += SLICE) {
    const k = Math.min(SLICE, vocabulary - from)
    const a = runner.view(dLogits, [m, aStride], 4 * from)
    const b = runner.view(table, [k, width], bytes * from * width)
    matmul(runner, { m, n: width, k, a, aStride, b, out, outStride, accumulate: from > 0 })
  }
}

/** @param beside a teacher's logits, or room for those of listed tokens */
function measureChunk(
  runner: Runner,
  arrays: { logits: GpuArray; targets: GpuArray; columns: GpuArray; rows?: GpuArray },
  beside: GpuArray,
  packed: PackedTargets,
  targets: HeadTargets,
  { vocabulary, first, m, learns }: { vocabulary: number; first: number; m: number; learns: boolean },
): void {
  const { divergence, teacher } = targets
  // Against a text that is certain of its tokens forward KL is cross-entropy, without the detour over its outcomes.
  const name = !teacher && divergence.name === 'forward-kl' ? 'cross-entropy' : divergence.name
  const stride = logitStride(vocabulary)
  const uniforms = {
    width: vocabulary,
    stride,
    first,
    count: targets.tokens.length,
    ...divergenceUniforms(divergence, name),
  }
  const rowWise = arrays.rows !== undefined
  const threads = threadsFor(vocabulary, runner.limits.software)
  const cost = LOGIT_COST * m * stride
  if (teacher?.kind === 'model') {
    const program = modelRows(name, divergence.temperature !== 1, learns, rowWise, threads)
    runner.run(program, { ...arrays, teacher: beside }, uniforms, [m], cost)
  } else {
    const program = storedRows(name, learns, rowWise, threads)
    const { k, ids, values } = packed
    runner.run(program, { ...arrays, listed: beside }, { ...uniforms, k, ids, values }, [m], cost)
  }
}
