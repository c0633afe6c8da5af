/** WGSL that the kernels over rows of logits share: a softmax's running maximum and sum, and sums over a workgroup. */

/** Less than any logit counts: what stands where there is none, so that its exponential is 0. */
export const LEAST = '-1e30'

/**
 * Threads for a row of so many values. A software adapter runs them one after the other: on SwiftShader and lavapipe
 * alike 8 are fastest, 64 up to ten times slower, but long rows take 16, whose sums are shorter and so more exact.
 */
export function threadsFor(width: number, software: boolean): number {
  if (software) return width > 16384 ? 16 : 8
  return width > 2048 ? 256 : 64
}

/** Workgroup memory of `runningCode` and `totalCode`, bytes. */
export function softmaxBytes(threads: number, runs: number): number {
  return 16 * (runs + 1) * (threads + groupsOf(threads))
}

/** How many threads put the parts of all together: a reduction then has two steps of few, and two barriers. */
export function groupsOf(threads: number): number {
  return 2 ** Math.ceil(Math.log2(threads) / 2)
}

/**
 * The largest of some logits, where it is, and Σ exp(logit − largest); with `warm` also that sum at the temperature
 * 1 / u.cool. Comparisons may do with NaN as they like: it gets into the sum and stays there.
 *
 * @param runs how many such a thread has, `together` puts those of all threads together
 */
export function runningCode(threads: number, runs: 1 | 2, warm = false): string {
  const groups = groupsOf(threads)
  const fields = warm ? ['sum', 'warm'] : ['sum']
  const scaled = (by: string) => fields.map((field) => (field === 'warm' ? `(${by}) * u.cool` : by))
  return `
struct Running { top : f32, sum : f32, warm : f32, at : u32 }
const NOWHERE = 0xffffffffu;
var<workgroup> runs : array<Running, ${runs * (threads + groups)}>;

fn nothing() -> Running { return Running(${LEAST}, 0.0, 0.0, NOWHERE); }

/** The four logits of block c are taken in. */
fn taken(before : Running, x : vec4<f32>, c : u32) -> Running {
  var r = before;
  let top = max(max(x.x, x.y), max(x.z, x.w));
  if (top > r.top) {
    ${fields.map((field, i) => `r.${field} *= exp(${scaled('r.top - top')[i]});`).join(' ')}
    r.top = top;
    r.at = 4u * c + select(select(select(3u, 2u, x.z == top), 1u, x.y == top), 0u, x.x == top);
  }
  ${fields.map((field, i) => `r.${field} += dot(exp(${scaled('x - r.top')[i]}), vec4<f32>(1.0));`).join('\n  ')}
  return r;
}

/** One logit is taken in, in any order of ids. */
fn takenOne(before : Running, x : f32, id : u32) -> Running {
  var r = before;
  if (x > r.top) {
    ${fields.map((field, i) => `r.${field} *= exp(${scaled('r.top - x')[i]});`).join(' ')}
    r.top = x;
    r.at = id;
  } else if (x == r.top) {
    r.at = min(r.at, id);
  }
  ${fields.map((field, i) => `r.${field} += exp(${scaled('x - r.top')[i]});`).join('\n  ')}
  return r;
}

fn of2(a : Running, b : Running) -> Running {
  var r = a;
  if (b.top > a.top || (b.top == a.top && b.at < a.at)) { r.top = b.top; r.at = b.at; }
  ${fields.map((field, i) => `r.${field} = a.${field} * exp(${scaled('a.top - r.top')[i]}) + b.${field} * exp(${scaled('b.top - r.top')[i]});`).join('\n  ')}
  return r;
}

fn ofMany(first : u32, end : u32, step : u32) -> Running {
  var r = runs[first];
  for (var i = first + step; i < end; i += step) {
    let other = runs[i];
    if (other.top > r.top || (other.top == r.top && other.at < r.at)) { r.top = other.top; r.at = other.at; }
  }
  ${fields.map((field) => `r.${field} = 0.0;`).join(' ')}
  for (var i = first; i < end; i += step) {
    let other = runs[i];
    ${fields.map((field, i) => `r.${field} += other.${field} * exp(${scaled('other.top - r.top')[i]});`).join('\n    ')}
  }
  return r;
}

/** Puts those of all threads together: afterwards \`whole(i)\` is run i of the workgroup. */
fn together(${runs === 1 ? 'mine : Running' : 'mine : Running, other : Running'}, thread : u32) {
  runs[thread] = mine;${runs === 1 ? '' : `\n  runs[${threads}u + thread] = other;`}
  workgroupBarrier();
  if (thread < ${runs * groups}u) {
    let run = thread / ${groups}u;
    let first = ${threads}u * run + thread % ${groups}u;
    runs[${runs * threads}u + thread] = ofMany(first, ${threads}u * (run + 1u), ${groups}u);
  }
  workgroupBarrier();
}

fn whole(run : u32) -> Running {
  let first = ${runs * threads}u + ${groups}u * run;
  var r = ofMany(first, first + ${groups}u, 1u);
  // Of nothing but NaN none is the largest.
  if (r.at == NOWHERE) { r.at = 0u; }
  return r;
}
`
}

/** A function that adds up a vec4 over the workgroup, the same for each thread and in the same order every time. */
export function totalCode(threads: number): string {
  const groups = groupsOf(threads)
  return `
var<workgroup> parts : array<vec4<f32>, ${threads + groups}>;

fn total(mine : vec4<f32>, thread : u32) -> vec4<f32> {
  parts[thread] = mine;
  workgroupBarrier();
  if (thread < ${groups}u) {
    var some = parts[thread];
    for (var i = thread + ${groups}u; i < ${threads}u; i += ${groups}u) { some += parts[i]; }
    parts[${threads}u + thread] = some;
  }
  workgroupBarrier();
  var all = parts[${threads}u];
  for (var i = 1u; i < ${groups}u; i++) { all += parts[${threads}u + i]; }
  return all;
}
`
}
