import { NORM_EPSILON } from '../constants.ts'
import type { GpuArray } from '../gpu/array.ts'
import { folded, foldedEntry } from '../gpu/folded.ts'
import type { GpuGradient } from '../gpu/gradient.ts'
import { type ElementType, Program, variants } from '../gpu/program.ts'
import type { Runner } from '../gpu/runner.ts'
import type { Forward, Values } from '../operations.ts'

/**
 * Layer norm, and RMS norm as the same without its mean and bias. With x̂ = (x − mean) · rstd and g = dy ⊙ gain,
 * dx = rstd · (g − mean(g) − x̂ · mean(g ⊙ x̂)), dgain = Σ dy ⊙ x̂ and dbias = Σ dy over rows; RMS norm has no mean(g).
 */

/** How a workgroup is divided. */
interface Tile {
  threads: number
  /** Threads that go through one row together. */
  lanes: number
  /** Rows of one workgroup in the backward pass; at most as many as threads. */
  rows: number
  /** Threads that add up one column of partial sums together. */
  segments: number
}

type Access = { type: ElementType; access: 'read' | 'read_write' }

/** The sum of a value's parts. */
const total = (vector: boolean, value: string) => (vector ? `dot(${value}, vec4f(1))` : value)

/** Adds up what the `lanes` threads of one row have: each of them all, so that one barrier is enough. */
const together = (lanes: number, name: string, value: string) =>
  lanes === 1
    ? `let ${name} = ${value};`
    : `${name}s[lane] = ${value};
  workgroupBarrier();
  var ${name} = 0.0;
  for (var i = lane / ${lanes}u * ${lanes}u; i < (lane / ${lanes}u + 1u) * ${lanes}u; i++) { ${name} += ${name}s[i]; }`

const forwardProgram = variants((centred: boolean, vector: boolean, threads: number, lanes: number) => {
  const type = vector ? 'vec4<f32>' : 'f32'
  return new Program({
    label: centred ? 'layer norm' : 'RMS norm',
    arrays: {
      x: { type, access: 'read' },
      gain: { type, access: 'read' },
      ...(centred && { bias: { type, access: 'read' } }),
      output: { type, access: 'read_write' },
      moments: { type: 'f32', access: 'read_write' },
    } as Record<string, Access>,
    /** Lots of one or four values in a row; values in it; rows. */
    uniforms: { width: 'u32', side: 'f32', rows: 'u32' },
    workgroup: [threads],
    workgroupBytes: lanes > 1 ? 8 * threads : 0,
    code: /* wgsl */ `
${lanes > 1 ? `var<workgroup> sums : array<f32, ${threads}>;\nvar<workgroup> squares : array<f32, ${threads}>;` : ''}

${foldedEntry('place')}
  let row = place * ${threads / lanes}u + lane / ${lanes}u;
  let first = lane % ${lanes}u;
  // Threads beyond the last row go through nothing, but take part in the barriers.
  let begin = row * u.width;
  let end = select(0u, u.width, row < u.rows);
  ${
    centred
      ? `var all = ${type}(0);
  for (var c = first; c < end; c += ${lanes}u) { all += x[begin + c]; }
  ${together(lanes, 'sum', total(vector, 'all'))}
  let mean = sum / u.side;`
      : 'let mean = 0.0;'
  }
  var spread = ${type}(0);
  for (var c = first; c < end; c += ${lanes}u) {
    let d = x[begin + c] - mean;
    spread += d * d;
  }
  ${together(lanes, 'square', total(vector, 'spread'))}
  let rstd = inverseSqrt(square / u.side + ${NORM_EPSILON});
  for (var c = first; c < end; c += ${lanes}u) {
    output[begin + c] = (x[begin + c] - mean) * rstd * gain[c]${centred ? ' + bias[c]' : ''};
  }
  if (first == 0u && row < u.rows) {
    ${centred ? 'moments[2u * row] = mean;\n    moments[2u * row + 1u] = rstd;' : 'moments[row] = rstd;'}
  }
}`,
  })
})

const backwardProgram = variants(
  (centred: boolean, vector: boolean, added: boolean, threads: number, lanes: number, rows: number) => {
    const type = vector ? 'vec4<f32>' : 'f32'
    return new Program({
      label: centred ? 'layer norm, backward' : 'RMS norm, backward',
      arrays: {
        x: { type, access: 'read' },
        gain: { type, access: 'read' },
        moments: { type: centred ? 'vec2<f32>' : 'f32', access: 'read' },
        dOutput: { type, access: 'read' },
        ...(added && { added: { type, access: 'read' } }),
        dx: { type, access: 'read_write' },
        partials: { type, access: 'read_write' },
      } as Record<string, Access>,
      uniforms: { width: 'u32', side: 'f32', rows: 'u32' },
      workgroup: [threads],
      workgroupBytes: 8 * rows * lanes + 16 * rows,
      code: /* wgsl */ `
/** Of each row: sums of g and g ⊙ x̂ by thread; then both means, and the row's mean and rstd. */
var<workgroup> parts : array<vec2f, ${rows * lanes}>;
var<workgroup> known : array<vec4f, ${rows}>;

${foldedEntry('part')}
  let firstRow = part * ${rows}u;
  for (var r = lane / ${lanes}u; r < ${rows}u; r += ${threads / lanes}u) {
    let row = firstRow + r;
    var sum = ${type}(0);
    var product = ${type}(0);
    if (row < u.rows) {
      let moment = ${centred ? 'moments[row]' : 'vec2f(0, moments[row])'};
      let begin = row * u.width;
      for (var c = lane % ${lanes}u; c < u.width; c += ${lanes}u) {
        let g = dOutput[begin + c] * gain[c];
        sum += g;
        product += g * (x[begin + c] - moment.x);
      }
      product *= moment.y;
      if (lane % ${lanes}u == 0u) { known[r] = vec4f(0, 0, moment); }
    }
    parts[r * ${lanes}u + lane % ${lanes}u] = vec2f(${total(vector, 'sum')}, ${total(vector, 'product')});
  }
  workgroupBarrier();
  if (lane < ${rows}u) {
    var sum = vec2f(0);
    for (var i = lane * ${lanes}u; i < (lane + 1u) * ${lanes}u; i++) { sum += parts[i]; }
    known[lane] = vec4f(${centred ? 'sum' : 'vec2f(0, sum.y)'} / u.side, known[lane].zw);
  }
  workgroupBarrier();
  if (firstRow >= u.rows) { return; }
  let count = min(${rows}u, u.rows - firstRow);
  for (var c = lane; c < u.width; c += ${threads}u) {
    let scale = gain[c];
    var dGain = ${type}(0);
    var dBias = ${type}(0);
    for (var r = 0u; r < count; r++) {
      let i = (firstRow + r) * u.width + c;
      let row = known[r];
      let dy = dOutput[i];
      let normal = (x[i] - row.z) * row.w;
      dGain += dy * normal;
      dBias += dy;
      dx[i] = row.w * (dy * scale - row.x - normal * row.y)${added ? ' + added[i]' : ''};
    }
    ${
      centred
        ? `partials[2u * part * u.width + c] = dGain;
    partials[(2u * part + 1u) * u.width + c] = dBias;`
        : 'partials[part * u.width + c] = dGain;'
    }
  }
}`,
    })
  },
)

/** Adds up what the workgroups of the backward pass have: partials [parts, 2 or 1, D] into the gradients. */
const sumProgram = variants((centred: boolean, vector: boolean, threads: number, segments: number) => {
  const type = vector ? 'vec4<f32>' : 'f32'
  const columns = threads / segments
  const put = (name: string, flag: string) =>
    `${name}[column] = select(${type}(0), ${name}[column], ${flag} == 1u) + sum;`
  return new Program({
    label: centred ? 'layer norm, sums' : 'RMS norm, sums',
    arrays: {
      partials: { type, access: 'read' },
      dGain: { type, access: 'read_write' },
      ...(centred && { dBias: { type, access: 'read_write' } }),
    } as Record<string, Access>,
    uniforms: { width: 'u32', parts: 'u32', addGain: 'u32', ...(centred && { addBias: 'u32' }) } as Record<
      string,
      'u32'
    >,
    workgroup: [threads],
    workgroupBytes: segments > 1 ? (vector ? 16 : 4) * threads : 0,
    code: /* wgsl */ `
${segments > 1 ? `var<workgroup> sums : array<${type}, ${threads}>;` : ''}

${foldedEntry('place')}
  let all = ${centred ? '2u * ' : ''}u.width;
  let which = place * ${columns}u + lane % ${columns}u;
  var sum = ${type}(0);
  if (which < all) {
    for (var part = lane / ${columns}u; part < u.parts; part += ${segments}u) { sum += partials[part * all + which]; }
  }
  ${
    segments > 1
      ? `sums[lane] = sum;
  workgroupBarrier();
  if (lane >= ${columns}u) { return; }
  for (var i = lane + ${columns}u; i < ${threads}u; i += ${columns}u) { sum += sums[i]; }`
      : ''
  }
  if (which >= all) { return; }
  let column = which % u.width;
  ${
    centred
      ? `if (which < u.width) { ${put('dGain', 'u.addGain')} } else { ${put('dBias', 'u.addBias')} }`
      : put('dGain', 'u.addGain')
  }
}`,
  })
})

/** Where barriers are dear a row is one thread's, so that two of the three kernels need none. */
const SOFTWARE: Tile = { threads: 64, lanes: 1, rows: 16, segments: 1 }
const HARDWARE: Tile = { threads: 128, lanes: 16, rows: 8, segments: 8 }

/** The part of a row that is read at a time, and how many of them there are. */
function lotsOf(x: GpuArray) {
  const [rows, side] = x.shape as [number, number]
  const vector = side % 4 === 0
  return { rows, side, vector, width: vector ? side / 4 : side }
}

/** x [N, D], gain [D], bias [D] or none -> [N, D], and mean and rstd of each row [N, 2], or its rstd alone [N]. */
export function normForward(runner: Runner, x: GpuArray, gain: GpuArray, bias: GpuArray | null): Forward {
  const { rows, side, vector, width } = lotsOf(x)
  const { threads, lanes } = runner.limits.software ? SOFTWARE : HARDWARE
  const output = runner.array([rows, side])
  const moments = runner.array(bias ? [rows, 2] : [rows])
  runner.run(
    forwardProgram(bias !== null, vector, threads, lanes),
    { x, gain, ...(bias && { bias }), output, moments } as Record<string, GpuArray>,
    { width, side, rows },
    folded(Math.ceil((rows * lanes) / threads), runner.limits),
    8 * rows * side,
  )
  return { output, saved: [x, gain, moments] }
}

/** Gradients of `normForward`, those of gain and bias put where `into` says. */
export function normBackward(
  runner: Runner,
  saved: readonly Values[],
  dOutput: GpuArray,
  into: { gain: GpuGradient; bias: GpuGradient | null },
  added: GpuArray | null,
): GpuArray {
  const [x, gain, moments] = saved as [GpuArray, GpuArray, GpuArray]
  const centred = into.bias !== null
  const { rows, side, vector, width } = lotsOf(x)
  const tile = runner.limits.software ? SOFTWARE : HARDWARE
  const parts = Math.ceil(rows / tile.rows)
  const dx = runner.array([rows, side])
  const partials = runner.array([parts, centred ? 2 : 1, side])
  runner.run(
    backwardProgram(centred, vector, added !== null, tile.threads, tile.lanes, tile.rows),
    { x, gain, moments, dOutput, ...(added && { added }), dx, partials } as Record<string, GpuArray>,
    { width, side, rows },
    folded(parts, runner.limits),
    16 * rows * side,
  )
  const dGain = into.gain.take()
  const dBias = into.bias?.take()
  const columns = tile.threads / tile.segments
  runner.run(
    sumProgram(centred, vector, tile.threads, tile.segments),
    { partials, dGain: dGain.array, ...(dBias && { dBias: dBias.array }) } as Record<string, GpuArray>,
    {
      width,
      parts,
      addGain: Number(dGain.accumulate),
      ...(dBias && { addBias: Number(dBias.accumulate) }),
    } as Record<string, number>,
    folded(Math.ceil(((centred ? 2 : 1) * width) / columns), runner.limits),
    2 * parts * side,
  )
  runner.free(partials)
  return dx
}
