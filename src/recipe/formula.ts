import type { Recipe } from '../../workers/protocol.ts'

type Weighted = keyof Recipe['objective']['lambda']

/** What a recipe trains, as lines of text in which `_{…}` is set below the line and `^{…}` above it. */
export function objectiveFormula({ objective, teacher, tokenizer }: Recipe): string[] {
  const kinds = (['reason', 'act', 'observation'] as Weighted[]).filter((kind) => objective.lambda[kind] > 0)
  if (kinds.length === 0) return ['L = 0: every λ is 0']
  const text = teacher.kind === 'text'
  const listed = !text && (teacher.kind === 'stored' || tokenizer.kind === 'train-bpe')
  const sharp = objective.divergence === 'cross-entropy' || (text && objective.divergence === 'forward-kl')
  return [
    `L = ${kinds.map((kind) => `${times(objective.lambda[kind])}L_{${kind}}`).join(' + ')}`,
    ofSpan(objective, kinds),
    `D_{t} = ${ofToken(objective, sharp)}`,
    where(objective, sharp, text, listed),
    ...(objective.spans === 'shuffled'
      ? ['reason and act: dealt anew at random among the reason and act tokens of each row']
      : []),
    ...(objective.thoughtCap === undefined
      ? []
      : [`of each thought its first ${shown(objective.thoughtCap)} tokens`]),
  ]
}

/** Whether tokens weigh differently beside their kind's λ. */
function weighted({ weights }: Recipe['objective']): boolean {
  return weights.trajectory !== 'none' || weights.stepDecay !== 1
}

function ofSpan(objective: Recipe['objective'], kinds: Weighted[]): string {
  const { normaliser, lambda } = objective
  const sum = `Σ_{t ∈ k} ${weighted(objective) ? 'w_{t} ' : ''}D_{t}`
  switch (normaliser) {
    case 'sum':
      return `L_{k} = ${sum}`
    case 'span-mean':
      return `L_{k} = ${sum} / N_{k}`
    case 'token-mean':
      return `L_{k} = ${sum} / (${kinds.map((kind) => `N_{${kind}}`).join(' + ')})`
    case 'weight-sum':
      return `L_{k} = ${sum} / (${kinds.map((kind) => `${times(lambda[kind])}N_{${kind}}`).join(' + ')})`
  }
}

function ofToken(objective: Recipe['objective'], sharp: boolean): string {
  const hard = '−log q(y_{t})'
  if (sharp) return hard
  const { temperature, temperatureSquared, hardShare } = objective
  const squared = temperature !== 1 && temperatureSquared ? `${shown(temperature)}^{2} ` : ''
  const soft = `${squared}${divergenceOf(objective)}`
  return hardShare > 0 ? `${shown(1 - hardShare)} ${soft} + ${shown(hardShare)} (${hard})` : soft
}

function divergenceOf({ divergence, temperature, beta = 0, alpha = 0 }: Recipe['objective']): string {
  const warm = temperature === 1 ? '' : '^{τ}'
  const [p, q] = [`p${warm}`, `q${warm}`]
  switch (divergence) {
    case 'forward-kl':
      return `KL(${p} ‖ ${q})`
    case 'reverse-kl':
      return `KL(${q} ‖ ${p})`
    case 'jsd':
      return `[${shown(beta)} KL(${p} ‖ m) + ${shown(1 - beta)} KL(${q} ‖ m)]`
    case 'skew-kl':
      return `KL(${p} ‖ ${shown(alpha)} ${p} + ${shown(1 - alpha)} ${q})`
    case 'total-variation':
      return `½ Σ_{v} |${p}_{v} − ${q}_{v}|`
    case 'cross-entropy':
      return '−log q(y_{t})'
  }
}

function where(objective: Recipe['objective'], sharp: boolean, text: boolean, listed: boolean): string {
  const { divergence, temperature, beta = 0, weights } = objective
  const warm = !sharp && temperature !== 1
  const power = warm ? '^{τ}' : ''
  const names = ['q the student']
  if (!sharp) names.unshift(ofTeacher(text, listed))
  if (sharp || text || objective.hardShare > 0) names.push('y_{t} the recorded token')
  if (divergence === 'jsd') names.push(`m = ${shown(beta)} p${power} + ${shown(1 - beta)} q${power}`)
  if (warm) names.push(`τ: logits divided by ${shown(temperature)}`)
  if (weighted(objective)) {
    const parts = [
      weights.trajectory === 'none' ? '' : `its trajectory’s ${weights.trajectory}`,
      weights.stepDecay === 1 ? '' : `${shown(weights.stepDecay)} for each step that follows`,
    ]
    names.push(`w_{t}: ${parts.filter(Boolean).join(' times ')}`)
  }
  if (objective.normaliser !== 'sum') {
    names.push(weighted(objective) ? 'N the sum of w over the whole step' : 'N counted over the whole step')
  }
  return names.join('; ')
}

function ofTeacher(text: boolean, listed: boolean): string {
  if (text) return 'p the text, certain of y_{t}'
  return listed ? 'p the teacher, over its listed tokens and the rest as one' : 'p the teacher'
}

/** A factor in front of something; nothing where it is 1. */
function times(factor: number): string {
  return factor === 1 ? '' : `${shown(factor)} `
}

/** An emptied field is NaN. */
function shown(value: number): string {
  return Number.isNaN(value) ? '?' : String(Number(value.toPrecision(4)))
}
