import type { HeadTargets } from '../operations.ts'
import { LOG_FLOOR, TAIL_FLOOR } from './divergence.ts'
import { type Bindings, ROW_MULTIPLE } from './fusedChunks.ts'

/** What the head is asked, in one array of 32-bit words that is uploaded at once. */
export interface PackedTargets {
  words: Int32Array
  /** Predictions, filled up to a multiple of ROW_MULTIPLE with such as come from nowhere. */
  rows: number
  /** Where in it each of the N positions has the row that it predicts, −1 for none; for gradients only. */
  sources: number
  /** Where it has the tokens that a teacher names, k a row, and their log-probabilities. */
  ids: number
  values: number
  k: number
}

/** Words of a row: position, token, term, weight, token weight, the teacher's choice, its tail's mass, and one spare. */
export const ROW_WORDS = 8

/**
 * @param positions N, where the way back from positions to rows is asked for; else 0
 * @throws RangeError when that way is not one
 */
export function packTargets(targets: HeadTargets, positions: number): PackedTargets {
  const { tokens, weights, terms, tokenWeights, teacher } = targets
  const count = tokens.length
  const rows = Math.ceil(count / ROW_MULTIPLE) * ROW_MULTIPLE
  const k = teacher ? (teacher.kind === 'stored' ? teacher.k : 0) : 1
  const sources = rows * ROW_WORDS
  const ids = sources + positions
  const values = ids + rows * k
  const words = new Int32Array(values + rows * k)
  const numbers = new Float32Array(words.buffer)
  words.fill(-1, sources, values)
  for (let row = 0; row < rows; row++) {
    const at = row * ROW_WORDS
    if (row >= count) {
      words[at] = -1
      words[at + 2] = -1
      continue
    }
    const position = targets.positions[row]!
    words[at] = position
    words[at + 1] = tokens[row]!
    words[at + 2] = terms[row]!
    numbers[at + 3] = weights[row]!
    numbers[at + 4] = tokenWeights ? tokenWeights[row]! : 1
    if (positions > 0) {
      if (words[sources + position] !== -1) throw new RangeError(`position ${position} predicts twice`)
      words[sources + position] = row
    }
  }
  if (!teacher) {
    // The text is a teacher that names the recorded token alone, with probability 1.
    for (let row = 0; row < count; row++) {
      words[row * ROW_WORDS + 5] = tokens[row]!
      words[ids + row] = tokens[row]!
    }
  } else if (teacher.kind === 'stored') {
    for (let row = 0; row < count; row++) {
      const from = targets.positions[row]! * k
      let choice = -1
      let likeliest = 0
      let mass = 0
      for (let e = 0; e < k; e++) {
        const id = teacher.ids[from + e]!
        words[ids + row * k + e] = id
        if (id < 0) continue
        const value = teacher.logProbabilities[from + e]!
        if (choice < 0 || value > likeliest) {
          likeliest = value
          choice = id
        }
        const floored = Math.max(value, LOG_FLOOR)
        numbers[values + row * k + e] = floored
        // In single precision, as the reference has it: what is left of 1 shows the difference.
        mass += Math.fround(Math.exp(floored))
      }
      words[row * ROW_WORDS + 5] = choice < 0 ? tokens[row]! : choice
      numbers[row * ROW_WORDS + 6] = Math.max(0, 1 - Math.fround(mass))
    }
  }
  return { words, rows, sources, ids, values, k }
}

export const ROW_UNIFORMS = {
  /** V, and the elements from one row of logits to the next. */
  width: 'u32',
  stride: 'u32',
  /** The chunk's first row among all. */
  first: 'u32',
  /** M */
  count: 'u32',
} as const

export function outputArrays(rowWise: boolean): Bindings {
  const measured: Bindings = {
    targets: { type: 'i32', access: 'read' },
    columns: { type: 'f32', access: 'read_write' },
  }
  return rowWise ? { ...measured, rows: { type: 'f32', access: 'read_write' } } : measured
}

/** What one row's workgroup begins with. */
export const ENTRY_CODE = `
@compute @workgroup_size(WG) fn main(
  @builtin(workgroup_id) group : vec3<u32>,
  @builtin(local_invocation_index) thread : u32,
) {
  let row = group.x;
  let place = ${ROW_WORDS}u * (u.first + row);
  let token = u32(targets[place + 1u]);
  let weight = bitcast<f32>(targets[place + 3u]);
  let learns = weight != 0.0;`

/** What the row's teacher says beside its distribution. */
export const STORED_CODE = `
  let choice = u32(targets[place + 5u]);
  let tailMass = bitcast<f32>(targets[place + 6u]);
  let tailP = log(max(tailMass, ${TAIL_FLOOR}));`

/** A function that writes what one row has measured, HEAD_SUMS and HEAD_ROWS. */
export function outputCode(rowWise: boolean): string {
  return `
fn put(
  row : u32, trained : f32, kl : f32, crossEntropy : f32, entropy : f32, student : Running, choice : u32, token : u32,
) {
  let at = u.first + row;
  let agreement = select(0.0, 1.0, student.at == choice);
  columns[5u * at] = trained;
  columns[5u * at + 1u] = kl;
  columns[5u * at + 2u] = crossEntropy;
  columns[5u * at + 3u] = entropy;
  columns[5u * at + 4u] = agreement;
  ${
    rowWise
      ? `if (at < u.count) {
    rows[3u * at] = agreement;
    rows[3u * at + 1u] = select(0.0, 1.0, student.at == token);
    rows[3u * at + 2u] = 1.0 / student.sum;
  }`
      : ''
  }
}
`
}

/** Where kernels over all rows find a row's term and token weight. */
export const TARGET = {
  term: (row: string) => `targets[${ROW_WORDS}u * (${row}) + 2u]`,
  tokenWeight: (row: string) => `bitcast<f32>(targets[${ROW_WORDS}u * (${row}) + 4u])`,
}
