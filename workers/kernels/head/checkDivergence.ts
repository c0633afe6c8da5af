import type { Divergence, HeadTeacher } from '../operations.ts'

/** @throws RangeError when the divergence lacks its parameter, or there are no logits that its temperature could divide */
export function checkDivergence(divergence: Divergence, teacher: Pick<HeadTeacher, 'kind'> | null): void {
  const { name, temperature, beta, alpha } = divergence
  if (temperature !== 1 && (teacher?.kind !== 'model' || name === 'cross-entropy')) {
    throw new RangeError('a temperature other than 1 needs the logits of a teacher')
  }
  if (name === 'jsd') within(beta, 'beta')
  if (name === 'skew-kl') within(alpha, 'alpha')
}

function within(value: number | undefined, name: string): void {
  if (value !== undefined && value > 0 && value < 1) return
  throw new RangeError(`${name} must be between 0 and 1, not ${value}`)
}
