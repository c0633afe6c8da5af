import { Program, variants } from '../gpu/program.ts'
import type { DivergenceName } from '../operations.ts'
import type { Bindings } from './fusedChunks.ts'
import { comparisonCode, DIVERGENCE_UNIFORMS } from './fusedDivergence.ts'
import { LEAST, runningCode, softmaxBytes, totalCode } from './fusedSoftmax.ts'
import { ENTRY_CODE, outputArrays, outputCode, ROW_UNIFORMS, STORED_CODE } from './fusedTargets.ts'

/**
 * The same as `modelRows` against k listed tokens and the tail of all others. The listed logits are taken out of the row
 * first and LEAST put in their place, so that one pass finds the tail's share as a sum of its own, not as what is left
 * of 1. What is compared are then k + 1 outcomes, and a last pass spreads the tail's gradient over its tokens.
 */
export const storedRows = variants(
  (name: DivergenceName, gradients: boolean, rowWise: boolean, threads: number) => {
    const comparison = name === 'cross-entropy' ? null : name
    /** Adds a term of what is summed up over outcomes: KL, entropy, D and u. */
    const add = (outcome: string) => `
    sums += vec4<f32>(p * (logP - logQ), -p * logP, 0.0, 0.0);
    ${comparison ? `let ${outcome} = compared(p, logP, q, logQ);\n    sums += vec4<f32>(0.0, 0.0, ${outcome}.value, ${outcome}.u);` : ''}`
    const put = (soft: string) => {
      const hard = 'u.hard * (q - select(0.0, 1.0, id == token))'
      const both = comparison ? `u.softByLogit * ${soft} + ${hard}` : hard
      return `logits[start + id] = select(0.0, weight * (${both}), learns);`
    }

    return new Program({
      label: `head: ${name} of listed tokens`,
      arrays: {
        logits: { type: 'f32', access: 'read_write' },
        listed: { type: 'f32', access: 'read_write' },
        ...outputArrays(rowWise),
      } as Bindings,
      uniforms: { ...ROW_UNIFORMS, k: 'u32', ids: 'u32', values: 'u32', ...DIVERGENCE_UNIFORMS },
      workgroup: [threads],
      workgroupBytes: softmaxBytes(threads, 2) + 4,
      code: `
${runningCode(threads, 2)}${totalCode(threads)}${comparison ? comparisonCode(comparison, 'f32') : ''}
${outputCode(rowWise)}
/** The recorded token's logit where that is listed. */
var<workgroup> recorded : f32;

${ENTRY_CODE}${STORED_CODE}
  let start = row * u.stride;
  let ids = u.ids + (u.first + row) * u.k;
  let values = u.values + (u.first + row) * u.k;
  let own = row * u.k;
  var ofListed = nothing();
  for (var e = thread; e < u.k; e += ${threads}u) {
    if (targets[ids + e] < 0) { continue; }
    let id = u32(targets[ids + e]);
    let z = logits[start + id];
    listed[own + e] = z;
    logits[start + id] = ${LEAST};
    ofListed = takenOne(ofListed, z, id);
    if (id == token) { recorded = z; }
  }
  storageBarrier();
  var ofTail = nothing();
  for (var id = thread; id < u.width; id += ${threads}u) { ofTail = takenOne(ofTail, logits[start + id], id); }
  together(ofTail, ofListed, thread);
  let tail = whole(0u);
  let chosen = whole(1u);
  let student = of2(tail, chosen);
  let logSum = log(student.sum);
  // Where all tokens are listed there is no tail to differ in.
  let empty = tail.top == ${LEAST};
  let tailQ = select((tail.top - student.top) + log(tail.sum) - logSum, tailP, empty);
  var written = logits[start + token];
  if (written == ${LEAST}) { written = recorded; }

  var sums = vec4<f32>(0.0);
  for (var e = thread; e < u.k; e += ${threads}u) {
    if (targets[ids + e] < 0) { continue; }
    let logP = bitcast<f32>(targets[values + e]);
    let logQ = (listed[own + e] - student.top) - logSum;
    let p = exp(logP);
    let q = exp(logQ);${add('each')}
  }
  sums = total(sums, thread);
  ${gradients && comparison ? 'let ofChosen = sums.w;' : ''}
  let p = tailMass;
  let logP = tailP;
  let logQ = tailQ;
  let q = select(exp(tailQ), tailMass, empty);${add('rest')}
  ${
    gradients
      ? `${
          comparison
            ? `// A token of the tail has its share of u_tail − q_tail Σ u, where what cancels is left out: 1 − q_tail is known
  // as the sum of the listed q.
  let chosenQ = exp(chosen.top - student.top) * chosen.sum / student.sum;
  let pull = rest.u * chosenQ - q * ofChosen;`
            : ''
        }
  let tailShare = q;
  for (var id = thread; id < u.width; id += ${threads}u) {
    let share = exp(min(0.0, (logits[start + id] - student.top) - logSum - tailQ));
    let q = share * tailShare;
    ${put('(share * pull)')}
  }
  for (var id = u.width + thread; id < u.stride; id += ${threads}u) { logits[start + id] = 0.0; }
  storageBarrier();
  for (var e = thread; e < u.k; e += ${threads}u) {
    if (targets[ids + e] < 0) { continue; }
    let id = u32(targets[ids + e]);
    let logQ = (listed[own + e] - student.top) - logSum;
    let q = exp(logQ);
    ${
      comparison
        ? `let logP = bitcast<f32>(targets[values + e]);
    let each = compared(exp(logP), logP, q, logQ);`
        : ''
    }
    ${put('(each.u - q * sums.w)')}
  }`
      : ''
  }
  if (thread == 0u) {
    let crossEntropy = logSum - (written - student.top);
    let trained = ${comparison ? 'u.soft * sums.z + ' : ''}u.hard * crossEntropy;
    put(row, trained, sums.x, crossEntropy, sums.y, student, choice, token);
  }
}
`,
    })
  },
)
