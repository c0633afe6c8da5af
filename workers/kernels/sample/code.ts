import { foldedEntry } from '../gpu/folded.ts'

/** WGSL of the kernels that draw tokens; see `fused.ts`. */

/** Keys are in the order of their logits, and they can be counted up bit by bit. */
const KEYS = `
fn key(x : f32) -> u32 {
  let bits = bitcast<u32>(x);
  // -0 equals 0.
  return select(bits | 0x80000000u, ~bits, bits > 0x80000000u);
}

fn logit(key : u32) -> f32 {
  return bitcast<f32>(select(~key, key & 0x7fffffffu, (key >> 31u) == 1u));
}
`

const ENTRY = `${foldedEntry('row', 'thread')}
  if (row >= u.rows) { return; }
  let start = row * u.stride;
`

/** A function that combines what all threads have and tells it to each, by two barriers. */
function reduction(name: string, type: string, threads: number, combine: (a: string, b: string) => string) {
  const side = Math.sqrt(threads)
  return `
var<workgroup> ${name}Each : array<${type}, ${threads}>;
var<workgroup> ${name}Some : array<${type}, ${side}>;
fn ${name}(mine : ${type}, thread : u32) -> ${type} {
  ${name}Each[thread] = mine;
  workgroupBarrier();
  if (thread < ${side}u) {
    var some = ${name}Each[thread * ${side}u];
    for (var i = 1u; i < ${side}u; i++) { some = ${combine('some', `${name}Each[thread * ${side}u + i]`)}; }
    ${name}Some[thread] = some;
  }
  workgroupBarrier();
  var all = ${name}Some[0];
  for (var i = 1u; i < ${side}u; i++) { all = ${combine('all', `${name}Some[i]`)}; }
  return all;
}
`
}

const largest = (threads: number) => reduction('largest', 'u32', threads, (a, b) => `max(${a}, ${b})`)

/** The largest logit, the lowest id among equals. */
export function greedyCode(threads: number): string {
  return `${KEYS}${largest(threads)}${ENTRY}
  var mine = 0u;
  var first = 0u;
  for (var id = thread; id < u.count; id += ${threads}u) {
    let k = key(logits[start + id]);
    if (k > mine) { mine = k; first = id; }
  }
  let most = largest(mine, thread);
  // The lowest id leaves the most behind it.
  let behind = largest(select(0u, u.count - first, mine == most), thread);
  if (thread == 0u) { tokens[row] = i32(u.count - behind); }
}
`
}

/** Bytes of workgroup memory that `drawCode` declares; a vec3 takes 16. */
export function drawBytes(threads: number): number {
  return (4 + 4 + 16) * (threads + Math.sqrt(threads)) + 4
}

/**
 * A draw from softmax(logits / temperature), or from its most likely part. First the least logit that is kept is found:
 * stage 0 takes the k likeliest, stage 1 a share of what stage 0 has left.
 */
export function drawCode(threads: number): string {
  return `${KEYS}
fn weight(x : f32, top : f32) -> f32 { return exp(max((x - top) / u.temperature, -1e4)); }

/** What is drawn from: every logit above that of the key \`cut\`, and those equal to it up to the id \`last\`. */
struct Kept { top : f32, cut : u32, last : u32 }

fn tie(kept : Kept, id : u32, x : f32) -> f32 { return select(0.0, 1.0, key(x) == kept.cut); }

fn chance(kept : Kept, id : u32, x : f32) -> f32 {
  let k = key(x);
  return select(0.0, weight(x, kept.top), k > kept.cut || (k == kept.cut && id <= kept.last));
}
${largest(threads)}
${reduction('summed', 'vec3<f32>', threads, (a, b) => `${a} + ${b}`)}
var<workgroup> found : u32;
var<workgroup> each : array<f32, ${threads}>;
var<workgroup> some : array<f32, ${Math.sqrt(threads)}>;
${searchCode('findTie', 'tie', 'bound', threads)}
${searchCode('findDrawn', 'chance', 'min(bound * all, bitcast<f32>(bitcast<u32>(all) - 1u))', threads)}
${ENTRY}
  var mine = 0u;
  for (var id = thread; id < u.count; id += ${threads}u) { mine = max(mine, key(logits[start + id])); }
  var kept = Kept(logit(largest(mine, thread)), 0u, u.count);
  // How many are kept of those that equal the least likely.
  var ties = u.count;
  for (var stage = u.firstStage; stage < u.stages; stage++) {
    let weighed = stage == 1u;
    let least = kept.cut;
    var goal = f32(u.k);
    var above = 0.0;
    var exact = false;
    // Turn 0 sums up what the stage begins with, the others find the largest key at or above which there is enough, two
    // bits in a turn. Where there is exactly enough nothing is left to be found, and the turns go by without work.
    for (var turn = 0u; turn < 17u; turn++) {
      var candidates = vec3<u32>(least, least + 1u, least);
      if (turn > 0u) { candidates = vec3<u32>(kept.cut) + (vec3<u32>(1u, 2u, 3u) << vec3<u32>(32u - 2u * turn)); }
      var part = vec3<f32>();
      for (var id = thread; id < u.count && !exact; id += ${threads}u) {
        let x = logits[start + id];
        let reached = vec3<u32>(key(x)) >= candidates;
        var one = 1.0;
        if (weighed && reached.x) { one = weight(x, kept.top); }
        part += select(vec3<f32>(), vec3<f32>(one), reached);
      }
      let all = summed(part, thread);
      let enough = ((all >= vec3<f32>(goal)) & (all > vec3<f32>())) | (candidates <= vec3<u32>(least));
      if (turn == 0u) {
        if (weighed) {
          goal = u.p * select(all.y + f32(ties) * weight(logit(least), kept.top), all.x, ties == u.count);
        }
        kept.cut = 0u;
      } else if (!exact) {
        if (enough.z) { kept.cut = candidates.z; }
        else if (enough.y) { kept.cut = candidates.y; above = all.z; }
        else if (enough.x) { kept.cut = candidates.x; above = all.y; }
        else { above = all.x; }
        exact = any((all == vec3<f32>(goal)) & (candidates == vec3<u32>(kept.cut)));
      }
    }
    let one = select(1.0, weight(logit(kept.cut), kept.top), weighed);
    let most = select(u.count, ties, kept.cut == least);
    ties = 1u;
    if (one > 0.0) { ties = u32(clamp(ceil((goal - above) / one), 1.0, f32(most))); }
    if (exact) { ties = u.count; }
  }
  if (u.firstStage < u.stages) { kept.last = findTie(start, kept, f32(ties) - 0.5, thread); }
  let id = findDrawn(start, kept, draws[row], thread);
  if (thread == 0u) { tokens[row] = i32(min(id, u.count - 1u)); }
}
`
}

/**
 * A function that finds the lowest id at which the running sum of a measure, in the order of ids, is more than a goal;
 * u.count where it never is. Each thread adds up one stretch of the row, and that in whose stretch the goal lies walks
 * through it.
 */
function searchCode(name: string, measure: string, goal: string, threads: number): string {
  const side = Math.sqrt(threads)
  return `
fn ${name}(start : u32, kept : Kept, bound : f32, thread : u32) -> u32 {
  let stretch = (u.count + ${threads - 1}u) / ${threads}u;
  let begin = min(thread * stretch, u.count);
  let end = min(begin + stretch, u.count);
  var mine = 0.0;
  for (var id = begin; id < end; id++) { mine += ${measure}(kept, id, logits[start + id]); }
  each[thread] = mine;
  if (thread == 0u) { found = u.count; }
  workgroupBarrier();
  if (thread < ${side}u) {
    var sum = 0.0;
    for (var i = 0u; i < ${side}u; i++) { sum += each[thread * ${side}u + i]; }
    some[thread] = sum;
  }
  workgroupBarrier();
  // The same additions everywhere, so that each stretch begins exactly where the one before it ends.
  var all = 0.0;
  var before = 0.0;
  for (var i = 0u; i < ${side}u; i++) {
    if (i == thread / ${side}u) { before = all; }
    all += some[i];
  }
  var inner = 0.0;
  for (var i = thread - thread % ${side}u; i < thread; i++) { inner += each[i]; }
  let goal = ${goal};
  if (before + inner <= goal && goal < before + (inner + mine)) {
    var sum = before + inner;
    for (var id = begin; id < end; id++) {
      let more = ${measure}(kept, id, logits[start + id]);
      sum += more;
      // Where rounding leaves none it is the last.
      if (more > 0.0) { found = id; }
      if (sum > goal) { break; }
    }
  }
  workgroupBarrier();
  let answer = found;
  workgroupBarrier();
  return answer;
}
`
}
