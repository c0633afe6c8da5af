import type { Comparison } from './comparisons.ts'
import { COMPARED, type ComparedName, DEFINITIONS } from './measures.ts'
import { count, counted, differenceText, listed, valueText } from './wording.ts'

/** What an interval says of a difference. */
export type Verdict = 'higher' | 'lower' | 'open' | 'unknown'

/** `open` where the interval holds 0: no difference can be told. */
export function verdictOf({ differences }: Comparison, measure: ComparedName): Verdict {
  const { mean, low, high } = differences[measure]
  if (mean === null || low === null || high === null) return 'unknown'
  return low > 0 ? 'higher' : high < 0 ? 'lower' : 'open'
}

/**
 * Sentences on one arm against others.
 *
 * @param comparisons of the same arm in the same setting; at least one
 */
export function verdictSentences(comparisons: readonly Comparison[]): string[] {
  const { arm } = comparisons[0]!
  const of = (verdict: Verdict) => comparisons.filter((one) => verdictOf(one, 'success') === verdict)
  const [ahead, behind, open] = [of('higher'), of('lower'), of('open')]
  const sentences: string[] = []
  if (ahead.length > 0) sentences.push(`${arm} is ahead of ${listed(ahead.map(sizeText))}.`)
  if (behind.length > 0) sentences.push(`${arm} is behind ${listed(behind.map(sizeText))}.`)
  if (open.length > 0) {
    sentences.push(`No difference can be told between ${arm} and ${listed(open.map(sizeText))}.`)
  }
  const known = ahead.length + behind.length + open.length
  if (known > 0 && ahead.length < known) {
    sentences.push(
      ahead.length === 0
        ? `So ${arm} does not win against any arm here.`
        : `So ${arm} wins against ${ahead.length} of ${counted(known, 'arm')} and not against ${listed([...behind, ...open].map(({ other }) => other))}.`,
    )
  }
  return [...sentences, ...COMPARED.slice(1).flatMap((measure) => otherMeasure(comparisons, measure))]
}

/** token-kd (+12.3 [3.1, 21.5] points, ahead in 5 of 5 seeds) */
function sizeText({ environment, other, differences, ahead, behind, seeds, differIn }: Comparison): string {
  const { success } = differences
  const size = differenceText('success', success)
  const lead = (success.mean ?? 0) < 0 ? `behind in ${behind}` : `ahead in ${ahead}`
  const of = environment === null ? `${count(seeds)} pairs of a world and a seed` : counted(seeds, 'seed')
  return `${other} (${size} points, ${lead} of ${of}${differIn.length === 0 ? '; both are the same recipe' : ''})`
}

function otherMeasure(comparisons: readonly Comparison[], measure: ComparedName): string[] {
  const { arm } = comparisons[0]!
  const told = (verdict: Verdict) =>
    comparisons
      .filter((one) => verdictOf(one, measure) === verdict)
      .map(({ other, differences }) => `${other} (${differenceText(measure, differences[measure])})`)
  const [higher, lower, open] = [told('higher'), told('lower'), told('open')]
  const parts = [
    ...(higher.length > 0 ? [`higher than with ${listed(higher)}`] : []),
    ...(lower.length > 0 ? [`lower than with ${listed(lower)}`] : []),
    ...(open.length > 0 ? [`no difference told from ${listed(open)}`] : []),
  ]
  if (parts.length === 0) return []
  const unit = valueText(measure, 1) === '100.0' ? 'points' : DEFINITIONS[measure].unit
  return [`${DEFINITIONS[measure].name} (${unit}) with ${arm}: ${parts.join('; ')}.`]
}

/** What a single key of the recipe does, where two arms differ in nothing else. */
export function keySentence(comparison: Comparison): string {
  const { arm, other, differIn } = comparison
  const says = {
    higher: `${arm} is ahead of`,
    lower: `${arm} is behind`,
    open: `no difference can be told between ${arm} and`,
    unknown: '',
  }[verdictOf(comparison, 'success')]
  return `${arm} and ${other} differ in ${differIn[0]} alone: ${says} ${sizeText(comparison)}.`
}
