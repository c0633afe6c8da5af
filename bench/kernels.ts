import { messageOf } from '../workers/errors.ts'
import type { Operations } from '../workers/kernels/operations.ts'
import { reference } from '../workers/kernels/reference.ts'
import type { Counts } from './counters.ts'
import { KERNEL_CASES, type KernelCase } from './kernelCases.ts'
import { type Spread, spread } from './spread.ts'
import type { TfjsDevice } from './tfjsDevice.ts'

/** One operation alone, fused beside the reference on WebGPU. */
export interface KernelResult {
  name: string
  shape: string
  fused: Timed | Failure
  reference: Timed | Failure
  /** How many times as long the reference takes: the median over the rounds. */
  ratio: number | null
  /** Of the fused one, in 10⁹ floating-point operations a second. */
  gigaflops?: number
}

interface Timed {
  ms: Spread
  dispatches: number
}
interface Failure {
  error: string
}

const ROUNDS = 7
/** Runs are repeated until they take this long, so that the wait for the device is no part of it. */
const LEAST_MS = 20
const MOST_REPEATS = 256

/** Is to be called with tfjs on WebGPU. */
export async function kernels(
  fused: Operations,
  hardware: boolean,
  { counts, device, say }: { counts: Counts; device: TfjsDevice; say(line: string): void },
): Promise<KernelResult[]> {
  const results: KernelResult[] = []
  for (const kernel of KERNEL_CASES.filter(({ hardwareOnly }) => hardware || !hardwareOnly)) {
    const sides = []
    for (const operations of [fused, reference]) sides.push(await warmUp(kernel, operations, counts, device))
    const [ours, theirs] = sides as [Side, Side]
    const working = sides.filter((side) => 'run' in side)
    for (let round = 0; round < ROUNDS; round++) {
      for (const side of round % 2 ? working.toReversed() : working) {
        side.ms.push(await time(side.run, side.repeats, device))
      }
    }
    const ratio =
      'run' in ours && 'run' in theirs ? spread(theirs.ms.map((ms, i) => ms / ours.ms[i]!)).median : null
    const { name, shape, flop } = kernel
    const result: KernelResult = { name, shape, fused: timed(ours), reference: timed(theirs), ratio }
    if (flop && 'ms' in result.fused)
      result.gigaflops = Number((flop / 1e6 / result.fused.ms.median).toPrecision(3))
    results.push(result)
    say(`  ${name} ${shape}: ${described(result.fused)} against ${described(result.reference)}`)
  }
  return results
}

type Side = { run: () => void; repeats: number; ms: number[]; dispatches: number } | Failure

async function warmUp(
  kernel: KernelCase,
  operations: Operations,
  counts: Counts,
  device: TfjsDevice,
): Promise<Side> {
  try {
    const run = kernel.prepare(operations)
    await time(run, 1, device)
    const { dispatches } = counts
    let repeats = 1
    let ms = await time(run, 1, device)
    const taken = counts.dispatches - dispatches
    while (ms * repeats < LEAST_MS && repeats < MOST_REPEATS) {
      repeats *= 2
      ms = await time(run, repeats, device)
    }
    return { run, repeats, ms: [], dispatches: taken }
  } catch (error) {
    return { error: messageOf(error) }
  }
}

/** Milliseconds for one of so many runs. */
async function time(run: () => void, repeats: number, device: TfjsDevice): Promise<number> {
  const began = performance.now()
  for (let i = 0; i < repeats; i++) run()
  await device.finish()
  return (performance.now() - began) / repeats
}

function timed(side: Side): Timed | Failure {
  return 'run' in side ? { ms: spread(side.ms), dispatches: side.dispatches } : side
}

function described(side: Timed | Failure): string {
  return 'ms' in side ? `${side.ms.median} ms` : side.error
}
