import type { GenerationResult } from './generation.ts'
import { exponent, type GrowthResult } from './growth.ts'
import { growthChart } from './growthChart.ts'
import type { KernelResult } from './kernels.ts'
import type { Machine } from './results.ts'
import type { BenchResult, ShapeResult } from './run.ts'
import { sizes } from './shapes.ts'
import type { Spread } from './spread.ts'

const KERNELS_BESIDE =
  'Forward and backward; the reference is stock tfjs operations on the same adapter, but for the embedding’s gradient: that is the lab’s product with one-hot rows, as tfjs’ own scatter is not deterministic.'

/** Where it was measured, on one line. */
export function placeOf(machine: Machine): string {
  return [
    machine.cpu,
    `${machine.cores} cores`,
    machine.adapter,
    machine.browser ?? `Node ${machine.node}`,
  ].join(', ')
}

/** The results as a person reads them, in Markdown. */
export function report(
  machine: Machine,
  { versions, shapes, kernels, generation, growth, rehearsed }: BenchResult,
): string {
  const lines = [
    '# Engine beside engine',
    '',
    `${placeOf(machine)}; tfjs ${versions.tfjs}, jax-js ${versions.jaxJs}. Times are medians of the rounds, least and most`,
    'in brackets. Every step ends with the read of its loss; “grouped” is a step among eight with one read. “JS” is the time',
    'from the beginning of a step until that read is asked for. Memory: most in use at a time, and most that buffers were',
    'made of. jax-js on wasm has threads where the page is isolated; tfjs on wasm has one.',
    '',
    ...shapes.flatMap(shapeTable),
    ...(kernels.length > 0
      ? ['## Each kernel alone', '', KERNELS_BESIDE, '', ...kernelTable(kernels), '']
      : []),
    ...(generation.length > 0
      ? ['## Greedy generation, tokens/s', '', ...generationTable(generation), '']
      : []),
    ...(growth ? ['## Growth', '', ...growthTable(growth), ''] : []),
    '## The fused engine, counted without a device',
    '',
    ...table(
      ['shape', 'dispatches', 'submits', 'peak MB', 'largest binding MB'],
      rehearsed.map((one) =>
        'error' in one
          ? [one.shape, one.error, '', '', '']
          : [
              one.shape,
              one.dispatches,
              one.submits,
              megabytes(one.peakBytes),
              megabytes(one.largestBindingBytes),
            ],
      ),
    ),
  ]
  return `${lines.join('\n')}\n`
}

/** How many times as long as the first engine each takes. */
function shapeTable({ shape, engines }: ShapeResult): string[] {
  const first = engines.find((one) => 'ms' in one)
  const rows = engines.map((one) => {
    if ('error' in one) return [one.engine, one.error, ...Array(9).fill('')]
    const { ms, gpu, groupedMs } = one
    return [
      one.engine,
      bracketed(ms),
      first ? (ms.median / first.ms.median).toFixed(2) : '',
      groupedMs ? bracketed(groupedMs) : '–',
      one.tokensPerSecond,
      ...(gpu
        ? [
            gpu.dispatches,
            gpu.submits,
            gpu.jsMs.median,
            gpu.liveBytes === null ? '–' : megabytes(gpu.liveBytes),
          ]
        : ['–', '–', '–', '–']),
      gpu ? megabytes(gpu.heldBytes) : '–',
      (one.firstMs / 1000).toFixed(1),
    ]
  })
  const heads = [
    ...['engine', 'ms', '× first row', 'grouped ms', 'tokens/s', 'dispatches', 'submits'],
    ...['JS ms', 'live MB', 'held MB', 'first step s'],
  ]
  return [`## ${shape.name}: ${sizes(shape)}`, '', ...table(heads, rows), '']
}

function kernelTable(kernels: readonly KernelResult[]): string[] {
  const heads = ['kernel', 'shape', 'fused ms', 'reference ms', 'ratio', 'dispatches', 'GFLOP/s']
  const time = (side: KernelResult['fused']) => ('ms' in side ? bracketed(side.ms) : side.error)
  const count = (side: KernelResult['fused']) => ('ms' in side ? side.dispatches : '–')
  return table(
    heads,
    kernels.map((one) => [
      one.name,
      one.shape,
      time(one.fused),
      time(one.reference),
      one.ratio?.toFixed(2) ?? '–',
      `${count(one.reference)} → ${count(one.fused)}`,
      one.gigaflops ?? '–',
    ]),
  )
}

function generationTable(results: readonly GenerationResult[]): string[] {
  const ways = results[0]!.ways.map(({ way }) => way)
  return table(
    ['model', 'texts at a time', ...ways],
    results.map((one) => [
      one.model,
      one.texts,
      ...one.ways.map(({ tokensPerSecond, error }) =>
        tokensPerSecond ? bracketed(tokensPerSecond) : error!,
      ),
    ]),
  )
}

function growthTable({ base, growths }: GrowthResult): string[] {
  return [
    `One size of ${sizes(base)} at a time; the exponent is 1 where time grows as the size does.`,
    '',
    ...table(
      ['size', 'ms', 'exponent'],
      growths.map((one) => [
        one.letter,
        one.points.map(({ value, ms }) => `${value}: ${ms.median}`).join(', '),
        exponent(one).toFixed(2),
      ]),
    ),
  ]
}

function bracketed({ median, min, max }: Spread): string {
  return `${median} (${min}–${max})`
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1)
}

function table(heads: string[], rows: (string | number)[][]): string[] {
  const line = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`
  return [line(heads), line(heads.map((_, i) => (i ? '---:' : '---'))), ...rows.map(line)]
}

/** What goes beside the JSON, by the file's ending. */
export function readableFiles(machine: Machine, result: BenchResult): Record<string, string> {
  const files: Record<string, string> = { md: report(machine, result) }
  if (result.growth) files.svg = growthChart(result.growth, placeOf(machine))
  return files
}
