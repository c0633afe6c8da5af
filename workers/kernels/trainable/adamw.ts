import { ADAMW_EPSILON, BETA_1, BETA_2 } from '../constants.ts'
import { countOf, type GpuArray } from '../gpu/array.ts'
import { folded, foldedEntry } from '../gpu/folded.ts'
import { Program, variants } from '../gpu/program.ts'
import type { Runner } from '../gpu/runner.ts'

/** Threads of a workgroup, and how often each takes four values. */
const SOFTWARE = { threads: 64, turns: 8 }
const HARDWARE = { threads: 256, turns: 4 }

const partialSquares = variants(
  (threads: number, turns: number) =>
    new Program({
      label: 'AdamW: squares',
      arrays: {
        values: { type: 'vec4<f32>', access: 'read' },
        partials: { type: 'f32', access: 'read_write' },
      },
      uniforms: { count: 'u32', first: 'u32' },
      workgroup: [threads],
      workgroupBytes: 4 * threads,
      code: /* wgsl */ `
var<workgroup> sums : array<f32, ${threads}>;

${foldedEntry('part')}
  var total = vec4f(0);
  for (var turn = 0u; turn < ${turns}u; turn++) {
    let i = (part * ${turns}u + turn) * ${threads}u + lane;
    if (i < u.count) { total += values[i] * values[i]; }
  }
  sums[lane] = total.x + total.y + total.z + total.w;
  workgroupBarrier();
  if (lane == 0u && part * ${threads * turns}u < u.count) {
    var sum = 0.0;
    for (var i = 0u; i < ${threads}u; i++) { sum += sums[i]; }
    partials[u.first + part] = sum;
  }
}`,
    }),
)

/** Few barriers: sixteen threads add up what all have, then one what those have. */
const normOfPartials = new Program({
  label: 'AdamW: norm',
  arrays: { partials: { type: 'f32', access: 'read' }, norm: { type: 'f32', access: 'read_write' } },
  uniforms: { count: 'u32' },
  workgroup: [256],
  workgroupBytes: 1024,
  code: /* wgsl */ `
var<workgroup> sums : array<f32, 256>;

@compute @workgroup_size(WG)
fn main(@builtin(local_invocation_index) lane : u32) {
  var sum = 0.0;
  for (var i = lane; i < u.count; i += 256u) { sum += partials[i]; }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane < 16u) {
    for (var i = lane + 16u; i < 256u; i += 16u) { sum += sums[i]; }
    sums[lane] = sum;
  }
  workgroupBarrier();
  if (lane == 0u) {
    for (var i = 1u; i < 16u; i++) { sum += sums[i]; }
    norm[0] = sqrt(sum);
  }
}`,
})

const update = variants(
  (threads: number, turns: number) =>
    new Program({
      label: 'AdamW: update',
      arrays: {
        parameters: { type: 'vec4<f32>', access: 'read_write' },
        firstMoment: { type: 'vec4<f32>', access: 'read_write' },
        secondMoment: { type: 'vec4<f32>', access: 'read_write' },
        gradient: { type: 'vec4<f32>', access: 'read' },
        decays: { type: 'u32', access: 'read' },
        norm: { type: 'f32', access: 'read' },
        numbers: { type: 'vec4<f32>', access: 'read' },
      },
      uniforms: { count: 'u32', first: 'u32' },
      workgroup: [threads],
      code: /* wgsl */ `
${foldedEntry('place')}
  let rate = numbers[0].x;
  let rescale = inverseSqrt(numbers[0].y);
  let decayed = numbers[0].z;
  let clipNorm = numbers[0].w;
  var factor = 1.0;
  if (clipNorm > 0.0) { factor = min(1.0, clipNorm / (norm[0] + 1e-6)); }
  let begin = place * ${threads * turns}u + lane;
  for (var i = begin; i < min(begin + ${threads * turns}u, u.count); i += ${threads}u) {
    // One bit for each 64 parameters, 16 of these vectors.
    let flag = (u.first + i) / 16u;
    let kept = select(1.0, decayed, ((decays[flag / 32u] >> (flag % 32u)) & 1u) == 1u);
    let g = gradient[i] * factor;
    let m = ${BETA_1} * firstMoment[i] + ${1 - BETA_1} * g;
    let v = ${BETA_2} * secondMoment[i] + ${1 - BETA_2} * g * g;
    firstMoment[i] = m;
    secondMoment[i] = v;
    parameters[i] = parameters[i] * kept - m * rate / (sqrt(v) * rescale + ${ADAMW_EPSILON});
  }
}`,
    }),
)

/** A part of the slabs that a kernel can bind. */
export interface Piece {
  parameters: GpuArray
  gradient: GpuArray
  firstMoment: GpuArray
  secondMoment: GpuArray
  /** Bits, one for each 64 parameters of the slab. */
  decays: GpuArray
  /** Parameters of the slab that come before it, a multiple of 64. */
  first: number
}

/**
 * Pieces of neighbouring slabs: as large as a kernel may bind, so one for each slab of most models.
 */
export function cut(runner: Runner, slabs: Record<Exclude<keyof Piece, 'first'>, GpuArray>): Piece[] {
  const most = Math.floor(runner.limits.bindingBytes / 256) * 64
  const { parameters, gradient, firstMoment, secondMoment, decays } = slabs
  const total = countOf(parameters.shape)
  return Array.from({ length: Math.ceil(total / most) }, (_, i) => {
    const first = i * most
    const part = (whole: GpuArray) => runner.view(whole, [Math.min(most, total - first)], 4 * first)
    return {
      parameters: part(parameters),
      gradient: part(gradient),
      firstMoment: part(firstMoment),
      secondMoment: part(secondMoment),
      decays,
      first,
    }
  })
}

/**
 * AdamW with decoupled decay (Loshchilov and Hutter 2017, arXiv 1711.05101) after clipping by the global norm, with
 * PyTorch's conventions: the factor is min(1, clip / (norm + 1e-6)), decay comes first, ε is added to √v̂. In place, over
 * all parameters at once.
 *
 * @param numbers [4]: rate / (1 − β₁ᵗ), 1 − β₂ᵗ, 1 − rate · decay, clipNorm
 * @returns the norm before clipping, [1]
 */
export function adamw(runner: Runner, pieces: readonly Piece[], numbers: GpuArray): GpuArray {
  const { threads, turns } = runner.limits.software ? SOFTWARE : HARDWARE
  const norm = runner.array([1])
  const parts = pieces.map(({ gradient }) => Math.ceil(gradient.count / (4 * threads * turns)))
  const count = parts.reduce((sum, part) => sum + part, 0)
  const partials = runner.array([count])
  let first = 0
  for (const [i, { gradient }] of pieces.entries()) {
    runner.run(
      partialSquares(threads, turns),
      { values: gradient, partials },
      { count: gradient.count / 4, first },
      folded(parts[i]!, runner.limits),
      2 * gradient.count,
    )
    first += parts[i]!
  }
  runner.run(normOfPartials, { partials, norm }, { count }, [1])
  for (const { first, ...arrays } of pieces) {
    const vectors = arrays.parameters.count / 4
    const groups = folded(Math.ceil(vectors / (threads * turns)), runner.limits)
    // Bound by memory, so that it takes as long as many more operations.
    const cost = 200 * vectors
    runner.run(
      update(threads, turns),
      { ...arrays, norm, numbers },
      { count: vectors, first: first / 4 },
      groups,
      cost,
    )
  }
  runner.free(partials)
  return norm
}
