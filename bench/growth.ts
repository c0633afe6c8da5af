import type { Operations } from '../workers/kernels/operations.ts'
import { type Engine, makeTask } from './engines/engine.ts'
import { labEngine } from './engines/lab.ts'
import type { Shape } from './shapes.ts'
import { type Spread, spread } from './spread.ts'

/** One letter of the shape varied, the others kept. */
export interface Growth {
  letter: Letter
  points: { value: number; ms: Spread }[]
}

export const LETTERS = ['T', 'B', 'D', 'L', 'V'] as const
export type Letter = (typeof LETTERS)[number]

/** In the middle of what is varied. */
const BASE: Record<'software' | 'hardware', Shape> = {
  software: { name: 'base', V: 1024, T: 64, D: 64, H: 4, L: 2, B: 2 },
  hardware: { name: 'base', V: 8192, T: 256, D: 256, H: 4, L: 4, B: 4 },
}
const FACTORS = [0.5, 2, 4]
const WARM_UP = 2
const ROUNDS = { least: 3, most: 9 }

export interface GrowthResult {
  base: Shape
  growths: Growth[]
}

/**
 * How long a step of the fused engine takes as each size grows; all sizes take turns. Is to be called with tfjs on WebGPU.
 *
 * @param seconds about how long the rounds may take
 */
export async function growth(
  operations: Operations,
  hardware: boolean,
  seconds: number,
  say: (line: string) => void,
): Promise<GrowthResult> {
  const base = BASE[hardware ? 'hardware' : 'software']
  const bigger = LETTERS.flatMap((letter) =>
    FACTORS.map((factor) => ({ ...base, [letter]: base[letter] * factor })),
  )
  const varied = [base, ...bigger].map((shape) => ({ shape, ms: [] as number[] }))
  const engines = varied.map(({ shape }) => labEngine(operations, makeTask(shape)))
  try {
    const step = async (engine: Engine) => {
      const began = performance.now()
      engine.take()
      await engine.read()
      return performance.now() - began
    }
    for (let round = 0; round < WARM_UP; round++) for (const engine of engines) await step(engine)
    const deadline = performance.now() + 1000 * seconds
    for (let round = 0; round < ROUNDS.most; round++) {
      if (round >= ROUNDS.least && performance.now() > deadline) break
      const turns = [...engines.entries()]
      for (const [i, engine] of round % 2 ? turns.toReversed() : turns) varied[i]!.ms.push(await step(engine))
    }
  } finally {
    for (const engine of engines) engine.dispose()
  }
  const growths = LETTERS.map((letter) => ({
    letter,
    points: varied
      .filter(({ shape }) => LETTERS.every((other) => other === letter || shape[other] === base[other]))
      .map(({ shape, ms }) => ({ value: shape[letter], ms: spread(ms) }))
      .toSorted((a, b) => a.value - b.value),
  }))
  for (const { letter, points } of growths) {
    say(`  ${letter}: ${points.map(({ value, ms }) => `${value} ${ms.median} ms`).join(', ')}`)
  }
  return { base, growths }
}

/** The exponent of the straight line through the medians on double logarithmic paper: 1 grows as the size does. */
export function exponent({ points }: Growth): number {
  const xs = points.map(({ value }) => Math.log(value))
  const ys = points.map(({ ms }) => Math.log(ms.median))
  const mean = (numbers: number[]) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length
  const [mx, my] = [mean(xs), mean(ys)]
  const covariance = mean(xs.map((x, i) => (x - mx) * (ys[i]! - my)))
  return covariance / mean(xs.map((x) => (x - mx) ** 2))
}
