import { expect, test } from 'vitest'
import type { MetricsLine, SpanMetrics } from '../../workers/objective/metrics.ts'
import { metricsCsv, metricsJsonl } from '../../workers/training/metricsFile.ts'
import { ask } from './ask.ts'

const span = (loss: number, tokens: number): SpanMetrics => ({
  loss,
  kl: loss,
  crossEntropy: loss,
  teacherEntropy: 0,
  agreement: 0.75,
  gradientShare: 0.5,
  calibrationError: null,
  tokens,
})

const TRAIN: MetricsLine = {
  step: 3,
  split: 'train',
  loss: 5.5,
  lambda: { reason: 1, act: 0.1, observation: 0 },
  reason: span(3, 40),
  act: span(2.5, 8),
  observation: span(0, 0),
  onPolicy: { rows: 2, tokens: 40, parsed: 0.5 },
  learningRate: 0.001,
  gradientNorm: 1.5,
  tokensPerSecond: 1234.5,
  elapsedMs: 250,
}
const { onPolicy, learningRate, gradientNorm, tokensPerSecond, ...MEASURED } = TRAIN
const ACTED: MetricsLine = {
  ...MEASURED,
  split: 'held-out',
  world: {
    environment: 'shop',
    episodes: 12,
    success: 0.25,
    reward: 0.375,
    steps: 14.5,
    invalidActions: null,
    malformedTurns: 0.125,
    stoppedAtCap: 0.75,
  },
}
/** Of a run that holds nothing out. */
const ACTED_ALONE: MetricsLine = { ...ACTED, loss: 0, reason: span(0, 0), act: span(0, 0) }

test.each<[string, MetricsLine[]]>([
  ['without a world', [TRAIN, { ...MEASURED, split: 'held-out' }]],
  ['of a student that has acted in a world', [TRAIN, ACTED, TRAIN, ACTED_ALONE]],
])('metrics %s make the same table as in the lab, whoever goes on with them', async (_, lines) => {
  const table = await ask(
    `import tempfile
from pathlib import Path
from sad_scale.run_folder import RunFolder
with tempfile.TemporaryDirectory() as path:
    (Path(path) / "metrics.jsonl").write_text(asked, encoding="utf-8")
    RunFolder(Path(path), None, None).write_csv()
    answer((Path(path) / "metrics.csv").read_text(encoding="utf-8"))`,
    metricsJsonl(lines),
  )
  expect(table).toBe(metricsCsv(lines))
})
