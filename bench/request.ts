import { SHAPES } from './shapes.ts'

export const PARTS = ['engines', 'kernels', 'generation', 'growth'] as const
export type Part = (typeof PARTS)[number]

/** What is to be measured. */
export interface Request {
  /** Without them all. */
  parts?: Part[]
  /** Names of shapes; without them all that this device is up to. */
  shapes?: string[]
  /** Parts of engines' names; without them all engines. */
  engines?: string[]
  /** For the rounds of one shape. */
  seconds: number
}

/**
 * What the environment asks to measure: BENCH_PARTS, BENCH_SHAPES and BENCH_ENGINES (parts of engines' names) are lists
 * with commas, BENCH_SECONDS is for the rounds of one shape. Without them all that the device is up to.
 */
export function requestFrom(env: NodeJS.ProcessEnv): Request {
  const list = (name: string) => env[name]?.split(',').map((word) => word.trim())
  const oneOf = (name: string, known: readonly string[]) => {
    const words = list(name)
    const unknown = words?.find((word) => !known.includes(word))
    if (unknown !== undefined) throw new Error(`${name} names "${unknown}": it may be ${known.join(', ')}.`)
    return words
  }
  const seconds = Number(env.BENCH_SECONDS ?? 120)
  if (!(seconds >= 0)) throw new Error(`BENCH_SECONDS is "${env.BENCH_SECONDS}", not a number of seconds.`)
  return {
    parts: oneOf('BENCH_PARTS', PARTS) as Part[] | undefined,
    shapes: oneOf(
      'BENCH_SHAPES',
      SHAPES.map(({ name }) => name),
    ),
    engines: list('BENCH_ENGINES'),
    seconds,
  }
}
