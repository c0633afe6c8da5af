import { Program, variants } from '../gpu/program.ts'
import type { DivergenceName } from '../operations.ts'
import type { Bindings } from './fusedChunks.ts'
import { comparisonCode, DIVERGENCE_UNIFORMS } from './fusedDivergence.ts'
import { LEAST, runningCode, softmaxBytes, totalCode } from './fusedSoftmax.ts'
import { ENTRY_CODE, outputArrays, outputCode, ROW_UNIFORMS } from './fusedTargets.ts'

/**
 * Rows of student's and teacher's logits, a workgroup each: HEAD_SUMS of each row and, over the student's logits, the
 * gradient by them times the row's weight. One pass over both finds the softmaxes, a second sums up what is measured;
 * the gradient is written in that too where it needs no sum (forward KL: q − p), or in a third.
 *
 * @param warm whether the temperature is other than 1
 */
export const modelRows = variants(
  (name: DivergenceName, warm: boolean, gradients: boolean, rowWise: boolean, threads: number) => {
    const comparison = name === 'cross-entropy' ? null : name
    // Σ u is −1 in forward KL, and cross-entropy has no u.
    const sumless = name === 'cross-entropy' || name === 'forward-kl'
    const plain = !warm && comparison === 'forward-kl'

    const load = `
    let z = within(logits[start + c], c);
    let t = within(teacher[start + c], c);
    let logQ = (z - student.top) - logOfStudent;
    let logP = (t - other.top) - logOfTeacher;`
    const loadWarm = `
    let warmLogQ = (z - student.top) * u.cool - warmLogOfStudent;
    let warmLogP = (t - other.top) * u.cool - warmLogOfTeacher;`
    const ofTrained = warm ? 'exp(warmLogP), warmLogP, exp(warmLogQ), warmLogQ' : 'p, logP, exp(logQ), logQ'
    const trainedQ = warm ? 'exp(warmLogQ)' : 'exp(logQ)'
    const soft =
      name === 'forward-kl'
        ? `${trainedQ} - ${warm ? 'exp(warmLogP)' : 'exp(logP)'}`
        : `each.u - ${trainedQ} * sums.w`
    const hard = 'u.hard * (exp(logQ) - recorded(token, c))'
    const both = comparison ? `u.softByLogit * (${soft}) + ${hard}` : hard
    const write = `logits[start + c] = select(vec4<f32>(0.0), weight * (${both}), learns);`
    const measure = `
    let p = exp(logP);
    let ratio = logP - logQ;
    sums += vec4<f32>(dot(p, ratio), -dot(p, logP), 0.0, 0.0);
    ${comparison && !plain ? `let each = compared(${ofTrained});\n    sums += vec4<f32>(0.0, 0.0, dot(each.value, ONES), dot(each.u, ONES));` : ''}`

    return new Program({
      label: `head: ${name} of all tokens`,
      arrays: {
        logits: { type: 'vec4<f32>', access: gradients ? 'read_write' : 'read' },
        teacher: { type: 'vec4<f32>', access: 'read' },
        ...outputArrays(rowWise),
      } as Bindings,
      uniforms: { ...ROW_UNIFORMS, ...DIVERGENCE_UNIFORMS },
      workgroup: [threads],
      workgroupBytes: softmaxBytes(threads, 2),
      code: `
const ONES = vec4<f32>(1.0);
${runningCode(threads, 2, warm)}${totalCode(threads)}${comparison && !plain ? comparisonCode(comparison, 'vec4<f32>') : ''}
${outputCode(rowWise)}
/** What lies beyond the vocabulary counts for nothing. */
fn within(x : vec4<f32>, c : u32) -> vec4<f32> {
  return select(vec4<f32>(${LEAST}), x, vec4<u32>(4u * c) + vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(u.width));
}

/** The recorded token's place among the four of block c. */
fn recorded(token : u32, c : u32) -> vec4<f32> {
  return select(vec4<f32>(0.0), ONES, vec4<u32>(4u * c) + vec4<u32>(0u, 1u, 2u, 3u) == vec4<u32>(token));
}

${ENTRY_CODE}
  let start = row * (u.stride / 4u);
  let blocks = (u.width + 3u) / 4u;
  ${gradients ? `for (var c = blocks + thread; c < u.stride / 4u; c += ${threads}u) { logits[start + c] = vec4<f32>(0.0); }` : ''}
  let written = logits[start + token / 4u][token % 4u];
  var ofStudent = nothing();
  var ofTeacher = nothing();
  for (var c = thread; c < blocks; c += ${threads}u) {
    ofStudent = taken(ofStudent, within(logits[start + c], c), c);
    ofTeacher = taken(ofTeacher, within(teacher[start + c], c), c);
  }
  together(ofStudent, ofTeacher, thread);
  let student = whole(0u);
  let other = whole(1u);
  let logOfStudent = log(student.sum);
  let logOfTeacher = log(other.sum);
  ${warm ? 'let warmLogOfStudent = log(student.warm);\n  let warmLogOfTeacher = log(other.warm);' : ''}
  var sums = vec4<f32>(0.0);
  for (var c = thread; c < blocks; c += ${threads}u) {${load}${warm && comparison ? loadWarm : ''}${measure}
    ${gradients && sumless ? write : ''}
  }
  sums = total(sums, thread);
  ${plain ? 'sums.z = sums.x;' : ''}
  ${
    gradients && !sumless
      ? `for (var c = thread; c < blocks; c += ${threads}u) {${load}${warm ? loadWarm : `\n    let p = exp(logP);`}
    let each = compared(${ofTrained});
    ${write}
  }`
      : ''
  }
  if (thread == 0u) {
    let crossEntropy = logOfStudent - (written - student.top);
    let trained = ${comparison ? 'u.soft * sums.z + ' : ''}u.hard * crossEntropy;
    put(row, trained, sums.x, crossEntropy, sums.y, student, other.at, token);
  }
}
`,
    })
  },
)
