import type { Divergence, DivergenceName } from '../operations.ts'

/** The divergences that compare two distributions. */
export type Comparison = Exclude<DivergenceName, 'cross-entropy'>

/** Uniforms that the code of a comparison and its gradient may use. */
export const DIVERGENCE_UNIFORMS = {
  /** 1 / τ */
  cool: 'f32',
  /** What D is multiplied by in what is trained, and its gradient by logit in that. */
  soft: 'f32',
  softByLogit: 'f32',
  /** w, the share of the cross-entropy with the recorded token. */
  hard: 'f32',
  /** β or α, and the logarithms of it and of what it leaves of 1. */
  share: 'f32',
  logShare: 'f32',
  logRest: 'f32',
} as const

export function divergenceUniforms(divergence: Divergence, name: DivergenceName) {
  const { temperature, temperatureSquared, hardShare, alpha, beta } = divergence
  const soft = (1 - hardShare) * (temperatureSquared ? temperature ** 2 : 1)
  const share = (name === 'jsd' ? beta : name === 'skew-kl' ? alpha : 0.5)!
  return {
    cool: 1 / temperature,
    soft,
    softByLogit: soft / temperature,
    hard: name === 'cross-entropy' ? 1 : hardShare,
    share,
    logShare: Math.log(share),
    logRest: Math.log(1 - share),
  }
}

/** Terms of D and u = q ∂D/∂q, up to a multiple of q; `divergence.ts` has the formulas. */
const BODIES: Record<Comparison, string> = {
  'forward-kl': 'return Compared(p * (logP - logQ), -p);',
  'reverse-kl': 'let own = q * (logQ - logP); return Compared(own, own);',
  jsd: `
  let logM = mixture(logP, logQ);
  let own = (1.0 - u.share) * q * (logQ - logM);
  return Compared(u.share * p * (logP - logM) + own, own);`,
  'skew-kl': `
  let logM = mixture(logP, logQ);
  return Compared(p * (logP - logM), (u.share - 1.0) * p * exp(logQ - logM));`,
  'total-variation': `
  let difference = q - p;
  return Compared(0.5 * abs(difference), 0.5 * q * sign(difference));`,
}

/** WGSL of a function that compares outcomes. @param type f32, or vec4<f32> for four at a time */
export function comparisonCode(name: Comparison, type: 'f32' | 'vec4<f32>'): string {
  const mixture = `
/** log(share e^x + (1 - share) e^y), without leaving log space. */
fn mixture(x : ${type}, y : ${type}) -> ${type} {
  let one = x + u.logShare;
  let other = y + u.logRest;
  return max(one, other) + log(1.0 + exp(-abs(one - other)));
}
`
  return `
struct Compared { value : ${type}, u : ${type} }
${name === 'jsd' || name === 'skew-kl' ? mixture : ''}
fn compared(p : ${type}, logP : ${type}, q : ${type}, logQ : ${type}) -> Compared {
  ${BODIES[name].trim()}
}
`
}
