import { FORMATS } from '../workers/trajectories/formats/index.ts'
import { readTrajectories } from '../workers/trajectories/read.ts'
import { HOSTILE_RECORDS, HOSTILE_TEXTS } from './readingInputs.ts'

/** Times over the smallest input. */
const FACTORS = [1, 2, 4, 8, 16] as const
/** Repetitions in the smallest input: some 50 kB. */
const UNITS = 4096
const RUNS = 3

export interface Growth {
  format: string
  /** The input whose time grew most. */
  input: string
  /** Milliseconds for 1, 2, 4, 8 and 16 times the input, by that factor. */
  ms: Record<string, number>
  /** Time per byte of the largest over that of the smallest; 1 is linear, 16 quadratic. */
  growth: number
}

/** How the time of each format grows with inputs made against it, and that of the whole reader. */
export function growths(): Growth[] {
  const results = FORMATS.map((format) => {
    const texts = format.readText ? Object.entries(HOSTILE_TEXTS) : []
    const records = format.readJson ? Object.entries(HOSTILE_RECORDS) : []
    return worst(format.id, [
      ...texts.map(([name, make]) => measure(name, make, (text) => format.readText!(text))),
      ...records.map(([name, make]) =>
        measure(name, make, (record) => {
          format.readJson!(record)
          format.rowKey?.(record)
        }),
      ),
    ])
  })
  const read = (text: string) => readTrajectories('hostile', new TextEncoder().encode(text))
  const whole = [
    ...Object.entries(HOSTILE_TEXTS).map(([name, make]) => measure(name, make, read)),
    ...Object.entries(HOSTILE_RECORDS).map(([name, make]) =>
      measure(name, (n) => JSON.stringify(make(n)), read),
    ),
    measure('nested brackets', (n) => '['.repeat(n * 3) + ']'.repeat(n * 3), read),
    measure('broken lines', (n) => '{"a":1}\n{"a":\n'.repeat(n / 4), read),
    measure('quotes in a table', (n) => `id,text\n${'1,"a" b","\n'.repeat(n / 4)}`, read),
    measure('NaN', (n) => `[${'NaN, "\\"NaN", '.repeat(n / 4)}`, read),
  ]
  return [...results, worst('whole reader', whole)]
}

type Timed = Omit<Growth, 'format'>

function worst(format: string, timed: Timed[]): Growth {
  return { format, ...timed.reduce((a, b) => (b.growth > a.growth ? b : a)) }
}

function measure<T>(input: string, make: (units: number) => T, work: (input: T) => void): Timed {
  const ms = FACTORS.map((factor) => {
    const value = make(UNITS * factor)
    let best = Number.POSITIVE_INFINITY
    for (let i = 0; i < RUNS; i++) {
      const began = performance.now()
      work(value)
      best = Math.min(best, performance.now() - began)
    }
    return Number(best.toPrecision(3))
  })
  // What takes no time is measured against a tenth of a millisecond, lest the clock's grain be taken for growth.
  const floor = 0.1
  const growth = Math.max(floor * FACTORS.at(-1)!, ms.at(-1)!) / Math.max(floor, ms[0]!) / FACTORS.at(-1)!
  const byFactor = Object.fromEntries(FACTORS.map((factor, i) => [factor, ms[i]!]))
  return { input, ms: byFactor, growth: Number(growth.toPrecision(2)) }
}
