import { describe, expect, it } from 'vitest'
import { LabError } from '../../../workers/errors.ts'
import type { MetricsLine, SpanMetrics, WorldMetrics } from '../../../workers/objective/metrics.ts'
import { metricsCsv, metricsJsonl } from '../../../workers/training/metricsFile.ts'
import { MetricsReader, parseMetricsJsonl } from '../../../workers/training/metricsReading.ts'

const span = (loss: number, tokens: number): SpanMetrics => ({
  loss,
  kl: loss + 0.25,
  crossEntropy: loss + 0.5,
  teacherEntropy: 0.25,
  agreement: 0.75,
  gradientShare: 0.5,
  calibrationError: null,
  tokens,
})
const NOTHING: SpanMetrics = {
  loss: 0,
  kl: 0,
  crossEntropy: 0,
  teacherEntropy: 0,
  agreement: 0,
  gradientShare: 0,
  calibrationError: null,
  tokens: 0,
}
const TRAIN: MetricsLine = {
  step: 3,
  split: 'train',
  loss: 5.5,
  lambda: { reason: 1, act: 0.1, observation: 0 },
  reason: span(3, 40),
  act: span(2.5, 8),
  observation: NOTHING,
  onPolicy: { rows: 2, tokens: 40, parsed: 0.5 },
  learningRate: 0.001,
  gradientNorm: 1.5,
  tokensPerSecond: 1234.5,
  elapsedMs: 250,
}
const HELD_OUT: MetricsLine = {
  step: 3,
  split: 'held-out',
  loss: 3.5,
  lambda: { reason: 1, act: 2, observation: 0 },
  reason: { ...span(3.5, 12), calibrationError: 0.125 },
  act: NOTHING,
  observation: NOTHING,
  steps: {
    actions: 0,
    actionMatch: null,
    reasonings: 3,
    reasonMatch: 0.5,
    cotSamples: 0,
    cotMatch: null,
    cotNearMatch: null,
    cotF1: null,
  },
  elapsedMs: 260,
}

const WORLD: WorldMetrics = {
  environment: 'household',
  episodes: 12,
  success: 0.25,
  reward: 0.375,
  steps: 41.5,
  invalidActions: null,
  malformedTurns: 0.125,
  stoppedAtCap: 0.75,
}
const { elapsedMs, ...MEASURED } = HELD_OUT
/** In the order in which a run makes it. */
const ACTED: MetricsLine = { ...MEASURED, world: WORLD, elapsedMs }
/** Of a run that holds nothing out. */
const ACTED_ALONE: MetricsLine = { ...ACTED, loss: 0, reason: NOTHING }

describe('metrics.jsonl', () => {
  it('holds a line of JSON for each step, and null where a span kind had no token', () => {
    const text = metricsJsonl([TRAIN, HELD_OUT])
    expect(text.endsWith('}\n')).toBe(true)
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const unmeasured = {
      loss: null,
      kl: null,
      crossEntropy: null,
      teacherEntropy: null,
      agreement: null,
      gradientShare: null,
      calibrationError: null,
      tokens: 0,
    }
    expect(lines).toEqual([
      { ...TRAIN, observation: unmeasured },
      { ...HELD_OUT, act: unmeasured, observation: unmeasured },
    ])
    expect(lines[1]).not.toHaveProperty('learningRate')
  })

  it('keeps a loss that is really 0 apart from one that was not measured', () => {
    const [line] = metricsJsonl([{ ...TRAIN, act: { ...NOTHING, tokens: 5 } }]).split('\n')
    expect(JSON.parse(line!).act).toEqual({ ...NOTHING, tokens: 5 })
  })

  it('is read back as it was', () => {
    expect(parseMetricsJsonl(metricsJsonl([TRAIN, HELD_OUT]))).toEqual([TRAIN, HELD_OUT])
    expect(parseMetricsJsonl('')).toEqual([])
  })

  it('has no loss in a line that tells of a world alone, and is read back to the letter', () => {
    const lines = [TRAIN, ACTED, ACTED_ALONE]
    const text = metricsJsonl(lines)
    const written = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(written.map(({ loss }) => loss)).toEqual([5.5, 3.5, null])
    expect(written.map(({ world }) => world)).toEqual([undefined, WORLD, WORLD])
    expect(parseMetricsJsonl(text)).toEqual(lines)
    expect(metricsJsonl(parseMetricsJsonl(text))).toBe(text)
  })

  it('whose last line was cut off by a killed run is read up to there', () => {
    const text = metricsJsonl([TRAIN, HELD_OUT])
    expect(parseMetricsJsonl(text.slice(0, -20))).toEqual([TRAIN])
  })
})

/** A line as JSON has it. */
type Loose = { [key: string]: unknown; act?: { kl?: number }; reason: object; onPolicy: object }

describe('a metrics.jsonl of somebody else', () => {
  const line = (change: (line: Loose) => void) => {
    const [text] = metricsJsonl([TRAIN]).split('\n')
    const record = JSON.parse(text!)
    change(record)
    return `${JSON.stringify(record)}\n`
  }
  const refusal = (text: string) => {
    try {
      parseMetricsJsonl(text, 'out/metrics.jsonl')
    } catch (error) {
      expect(error).toBeInstanceOf(LabError)
      return (error as LabError).message
    }
    throw new Error('it was read')
  }
  const OTHER = '; the file is damaged or of another version.'

  it.each<[string, (line: Loose) => void, string]>([
    ['without a field', (one) => delete one.act!.kl, 'act.kl must be a number (it is missing)'],
    ['without λ', (one) => delete one.lambda, 'lambda must be a JSON object (it is missing)'],
    [
      'with tokens that were not measured',
      (one) => Object.assign(one.reason, { loss: null }),
      'reason.loss must be a number where there are tokens (there are 40)',
    ],
    [
      'of another split',
      (one) => Object.assign(one, { split: 'test' }),
      'split must be "train" or "held-out"',
    ],
    ['of half a step', (one) => Object.assign(one, { step: 1.5 }), 'step must be a whole number (it is 1.5)'],
    [
      'of a share above 1',
      (one) => Object.assign(one.onPolicy, { parsed: 2 }),
      'onPolicy.parsed must be at most 1',
    ],
    [
      'with tokens and no loss',
      (one) => Object.assign(one, { loss: null }),
      'loss must be a number where there are tokens',
    ],
    [
      'of a world that there is none of',
      (one) => Object.assign(one, { world: { ...WORLD, environment: 'moon' } }),
      'world.environment must be "household", "wiki" or "shop"',
    ],
    [
      'of a success above 1',
      (one) => Object.assign(one, { world: { ...WORLD, success: 12 } }),
      'world.success must be at most 1',
    ],
    ['of a text', (one) => Object.assign(one, { loss: '<b>' }), 'loss must be a number (it is "<b>")'],
  ])('%s is refused in a sentence', (_, change, what) => {
    const message = refusal(metricsJsonl([TRAIN]) + line(change))
    expect(message).toContain('out/metrics.jsonl, line 2, is none of this lab: ')
    expect(message).toContain(what)
    expect(message.endsWith(OTHER)).toBe(true)
  })

  it('that is no JSON, no object, or goes back in time is refused', () => {
    expect(refusal('step,loss\n')).toMatch(/^out\/metrics\.jsonl, line 1, is not JSON \(.*version\.$/)
    expect(refusal('[]\n')).toContain('line 1, is none of this lab: it must be a JSON object')
    const earlier = { ...TRAIN, step: 2 }
    expect(refusal(metricsJsonl([TRAIN, earlier]))).toContain('line 2, goes back to step 2 from step 3')
    expect(refusal('x'.repeat(2 ** 17))).toContain('line 1, is no line of numbers')
  })

  it('is read in pieces as in one, and what it holds besides is left out', () => {
    const text = metricsJsonl([TRAIN, HELD_OUT]) + line((one) => Object.assign(one, { accuracy: 1 }))
    const reader = new MetricsReader('x')
    for (let at = 0; at < text.length; at += 7) reader.push(text.slice(at, at + 7))
    expect(reader.lines).toEqual([TRAIN, HELD_OUT, TRAIN])
  })
})

describe('metrics.csv', () => {
  const rows = metricsCsv([TRAIN, HELD_OUT])
    .trimEnd()
    .split('\n')
    .map((row) => row.split(','))
  const column = (name: string) => rows[0]!.indexOf(name)

  it('has a column for every number', () => {
    expect(rows[0]).toEqual([
      ...['step', 'split', 'loss'],
      ...['lambda.reason', 'lambda.act', 'lambda.observation'],
      ...['reason', 'act', 'observation'].flatMap((kind) =>
        Object.keys(NOTHING).map((name) => `${kind}.${name}`),
      ),
      ...Object.keys(HELD_OUT.steps!).map((name) => `steps.${name}`),
      ...['onPolicy.rows', 'onPolicy.tokens', 'onPolicy.parsed'],
      ...['learningRate', 'gradientNorm', 'tokensPerSecond', 'elapsedMs'],
    ])
    for (const row of rows) expect(row).toHaveLength(rows[0]!.length)
  })

  it('holds the numbers in full, and nothing where nothing was measured', () => {
    const [, train, heldOut] = rows as [string[], string[], string[]]
    expect(train[column('reason.agreement')]).toBe('0.75')
    expect(train[column('act.kl')]).toBe('2.75')
    expect(train[column('lambda.act')]).toBe('0.1')
    expect(heldOut[column('lambda.act')]).toBe('2')
    expect(train[column('tokensPerSecond')]).toBe('1234.5')
    expect(train[column('observation.loss')]).toBe('')
    expect(heldOut[column('split')]).toBe('held-out')
    expect(heldOut[column('act.loss')]).toBe('')
    expect(heldOut[column('act.tokens')]).toBe('0')
    expect(heldOut[column('learningRate')]).toBe('')
    expect(heldOut[column('reason.calibrationError')]).toBe('0.125')
    expect(train[column('reason.calibrationError')]).toBe('')
    expect(heldOut[column('steps.reasonMatch')]).toBe('0.5')
    expect(heldOut[column('steps.actionMatch')]).toBe('')
    expect(train[column('steps.reasonings')]).toBe('')
    expect(train[column('onPolicy.parsed')]).toBe('0.5')
    expect(heldOut[column('onPolicy.parsed')]).toBe('')
    expect(heldOut[column('elapsedMs')]).toBe('260')
  })

  it('has the columns of a world where the student has acted in one', () => {
    const [header, ...acted] = metricsCsv([TRAIN, ACTED, ACTED_ALONE])
      .trimEnd()
      .split('\n')
      .map((row) => row.split(','))
    const own = Object.keys(WORLD).map((name) => `world.${name}`)
    expect(header!.filter((name) => name.startsWith('world.'))).toEqual(own)
    const world = (row: string[]) => own.map((name) => row[header!.indexOf(name)])
    expect(world(acted[0]!)).toEqual(own.map(() => ''))
    const values = ['household', '12', '0.25', '0.375', '41.5', '', '0.125', '0.75']
    expect(world(acted[1]!)).toEqual(values)
    expect(world(acted[2]!)).toEqual(values)
    expect(acted.map((row) => row[header!.indexOf('loss')])).toEqual(['5.5', '3.5', ''])
    for (const row of acted) expect(row).toHaveLength(header!.length)
    // Without them it is the table of a run without a world.
    const plain = [header!, ...acted.slice(0, 2)].map((row) =>
      row.filter((_, i) => !own.includes(header![i]!)),
    )
    expect(plain).toEqual(rows)
  })

  it('of a run that has measured nothing is its header', () => {
    expect(metricsCsv([])).toBe(`${rows[0]!.join(',')}\n`)
  })
})
