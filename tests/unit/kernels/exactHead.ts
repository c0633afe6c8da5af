import type { HeadTargets } from '../../../workers/kernels/operations.ts'

/** The head's inputs in ordinary memory; `teacher` is that of the targets. */
export interface HeadInputs {
  /** [N, D] and [V, D] */
  hidden: Float32Array
  table: Float32Array
  width: number
  targets: HeadTargets
  /** A model by its logits at each position, stored log-probabilities, or the text. */
  teacher:
    | { logits: (position: number) => number[] }
    | { k: number; ids: Int32Array; logProbabilities: Float32Array }
    | null
}

export function logitsAt(rows: Float32Array, table: Float32Array, width: number, row: number): number[] {
  return Array.from({ length: table.length / width }, (_, v) => {
    let sum = 0
    for (let d = 0; d < width; d++) sum += rows[row * width + d]! * table[v * width + d]!
    return sum
  })
}

function softmax(logits: number[]): number[] {
  const largest = logits.reduce((a, b) => Math.max(a, b))
  const exponentials = logits.map((x) => Math.exp(x - largest))
  const sum = exponentials.reduce((a, b) => a + b, 0)
  return exponentials.map((x) => x / sum)
}

const total = (values: number[]) => values.reduce((a, b) => a + b, 0)

/** D and ∂D/∂q of distributions over the same outcomes. */
function compare(
  p: number[],
  logP: number[],
  q: number[],
  { name, beta = 0, alpha = 0 }: HeadTargets['divergence'],
) {
  const kl = (a: number[], logs: number[], b: (i: number) => number) =>
    total(a.map((x, i) => (x > 0 ? x * (logs[i]! - Math.log(b(i))) : 0)))
  const logQ = q.map(Math.log)
  const share = name === 'jsd' ? beta : alpha
  const m = p.map((x, i) => share * x + (1 - share) * q[i]!)
  switch (name) {
    case 'forward-kl':
      return { value: kl(p, logP, (i) => q[i]!), slope: p.map((x, i) => -x / q[i]!) }
    case 'reverse-kl':
      return {
        value: total(q.map((x, i) => x * (logQ[i]! - logP[i]!))),
        slope: logQ.map((x, i) => x - logP[i]!),
      }
    case 'jsd':
      return {
        value: beta * kl(p, logP, (i) => m[i]!) + (1 - beta) * kl(q, logQ, (i) => m[i]!),
        slope: m.map((x, i) => (1 - beta) * (logQ[i]! - Math.log(x))),
      }
    case 'skew-kl':
      return {
        value: kl(p, logP, (i) => m[i]!),
        slope: m.map((x, i) => (-(1 - alpha) * p[i]!) / x),
      }
    default:
      return {
        value: total(p.map((x, i) => Math.abs(x - q[i]!))) / 2,
        slope: p.map((x, i) => Math.sign(q[i]! - x) / 2),
      }
  }
}

/** The head in double precision, straight from the definitions: the sums of divergences and the hidden gradient. */
export function exactHead({ hidden, table, width, targets, teacher }: HeadInputs) {
  const { divergence } = targets
  const { temperature, hardShare } = divergence
  const factor = divergence.temperatureSquared ? temperature ** 2 : 1
  const values = new Float32Array(targets.termCount)
  const gradient = new Float64Array(hidden.length)
  for (const [row, n] of targets.positions.entries()) {
    const token = targets.tokens[row]!
    const z = logitsAt(hidden, table, width, n)
    const plain = softmax(z)
    const warm = softmax(z.map((x) => x / temperature))
    let p: number[]
    let logP: number[]
    let q: number[]
    /** Which outcome a token is. */
    let outcome = (v: number) => v
    if (teacher && 'logits' in teacher) {
      p = softmax(teacher.logits(n).map((x) => x / temperature))
      logP = p.map(Math.log)
      q = warm
    } else {
      const k = teacher?.k ?? 1
      const from = n * k
      const listed = teacher ? [...teacher.ids.subarray(from, from + k)] : [token]
      const logs = teacher ? [...teacher.logProbabilities.subarray(from, from + k)] : [0]
      const there = listed.map((id, e) => ({ id, log: Math.max(-100, logs[e]!) })).filter(({ id }) => id >= 0)
      const places = new Map(there.map(({ id }, e) => [id, e]))
      p = there.map(({ log }) => Math.exp(log))
      const rest = Math.max(0, 1 - Math.fround(total(p.map(Math.fround))))
      logP = [...there.map(({ log }) => log), Math.log(Math.max(rest, 2 ** -24))]
      p.push(rest)
      q = p.map(() => 0)
      outcome = (v) => places.get(v) ?? there.length
      for (const [v, x] of warm.entries()) q[outcome(v)]! += x
    }
    const crossEntropy = -Math.log(plain[token]!)
    const { value, slope } = compare(p, logP, q, divergence)
    const mean = total(q.map((x, i) => x * slope[i]!))
    const trained = (1 - hardShare) * factor * value + hardShare * crossEntropy
    values[targets.terms[row]!]! += trained * (targets.tokenWeights?.[row] ?? 1)
    for (const [v, x] of warm.entries()) {
      const soft = ((1 - hardShare) * factor * x * (slope[outcome(v)]! - mean)) / temperature
      const hard = hardShare * (plain[v]! - (v === token ? 1 : 0))
      const dLogit = targets.weights[row]! * (soft + hard)
      for (let d = 0; d < width; d++) gradient[n * width + d]! += dLogit * table[v * width + d]!
    }
  }
  return { values, gradient: Float32Array.from(gradient) }
}
