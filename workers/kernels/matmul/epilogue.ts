import type { ElementType } from '../gpu/program.ts'

/** What is done to a · b before it is written; see Epilogue of `fused.ts` for what each array is. */
export type EpilogueKind = 'none' | 'residual' | 'gelu' | 'gate' | 'geluGradient' | 'gateGradient'

export interface Ending {
  kind: EpilogueKind
  bias: boolean
  /** Beside an activation; `kind: 'residual'` always has one. */
  residual: boolean
  /** Whether `sums` gets the sums of b's columns. */
  columnSums: boolean
  /** Whether four neighbours may be written at once. */
  vector: boolean
}

type EpilogueArray = 'bias' | 'residual' | 'affine' | 'gate' | 'x' | 'up' | 'activated' | 'dGate' | 'sums'

/** The arrays that an ending has beside a, b and out. */
export function endingArrays(
  ending: Ending,
): { name: EpilogueArray; type: ElementType; access: 'read' | 'read_write' }[] {
  const { kind, bias, residual, columnSums, vector } = ending
  const type = vector ? 'vec4<f32>' : 'f32'
  const read = (name: EpilogueArray) => ({ name, type, access: 'read' }) as const
  const written = (name: EpilogueArray) => ({ name, type, access: 'read_write' }) as const
  return [
    ...(bias ? [read('bias')] : []),
    ...(residual || kind === 'residual' ? [read('residual')] : []),
    ...(kind === 'gelu' ? [written('affine')] : []),
    ...(kind === 'gate' ? [read('gate'), written('affine')] : []),
    ...(kind === 'geluGradient' ? [read('x'), written('activated')] : []),
    ...(kind === 'gateGradient' ? [read('gate'), read('up'), written('activated'), written('dGate')] : []),
    ...(columnSums ? [written('sums')] : []),
  ]
}

/** √(2/π) doubled: 0.5 · (1 + tanh z) is sigmoid(2z). */
const GELU_SCALE = 2 * Math.sqrt(2 / Math.PI)

/**
 * WGSL: `put(row, column, value)` ends and writes four columns of one row, `putSums(column, value)` four column sums. GELU
 * by tanh (Hendrycks and Gimpel 2016, arXiv 1606.08415) and silu are both x · sigmoid(…), whose exponent is kept from
 * overflowing.
 */
export function ending({ kind, bias, residual, columnSums, vector }: Ending): string {
  const type = vector ? 'vec4f' : 'f32'
  const lines: Record<EpilogueKind, string> = {
    none: 'if (u.accumulate == 1u) { result += out[to]; }',
    residual: 'result += residual[at];',
    gelu: 'affine[at] = result; result = gelu(result);',
    gate: 'affine[at] = result; let g = gate[at]; result *= g * sigmoid(g);',
    geluGradient: 'let before = x[at]; activated[at] = gelu(before); result *= geluSlope(before);',
    gateGradient: `let g = gate[at]; let s = sigmoid(g); let rise = up[at];
  activated[at] = g * s * rise;
  dGate[at] = result * rise * s * (1.0 + g * (1.0 - s));
  result *= g * s;`,
  }
  const end = `${bias ? 'result += bias[column / WIDTH];' : ''}
  ${lines[kind]}
  ${residual && kind !== 'residual' ? 'result += residual[at];' : ''}
  out[to] = result;`
  const usesGelu = kind === 'gelu' || kind === 'geluGradient'
  const width = vector ? '4u' : '1u'
  const each = (call: (x: string, i: number) => string) =>
    [0, 1, 2, 3].map((i) => `if (column + ${i}u < u.n) { ${call('xyzw'[i]!, i)} }`).join('\n  ')
  return `
fn sigmoid(x : ${type}) -> ${type} { return 1.0 / (1.0 + exp(-clamp(x, ${type}(-80.0), ${type}(80.0)))); }
${
  usesGelu
    ? `fn gelu(x : ${type}) -> ${type} { return x * sigmoid(${GELU_SCALE} * (x + 0.044715 * x * x * x)); }
fn geluSlope(x : ${type}) -> ${type} {
  let s = sigmoid(${GELU_SCALE} * (x + 0.044715 * x * x * x));
  return s + x * s * (1.0 - s) * ${GELU_SCALE} * (1.0 + ${3 * 0.044715} * x * x);
}`
    : ''
}
fn end(row : u32, column : u32, value : ${type}) {
  var result = value;
  let to = (row * u.outStride + column) / ${width};
  let at = (row * u.n + column) / ${width};
  ${end.replaceAll('WIDTH', width)}
}
fn put(row : u32, column : u32, value : vec4f) {
  if (row >= u.m || column >= u.n) { return; }
  ${vector ? 'end(row, column, value);' : each((x, i) => `end(row, column + ${i}u, value.${x});`)}
}
${
  columnSums
    ? `fn endSums(column : u32, value : ${type}) {
  var result = value;
  if (u.accumulateSums == 1u) { result += sums[column / ${width}]; }
  sums[column / ${width}] = result;
}
fn putSums(column : u32, value : vec4f) {
  if (column >= u.n) { return; }
  ${vector ? 'endSums(column, value);' : each((x, i) => `endSums(column + ${i}u, value.${x});`)}
}`
    : ''
}`
}
