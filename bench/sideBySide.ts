import { tf } from '../workers/device/tensorflow.ts'
import { messageOf } from '../workers/errors.ts'
import type { Contestant } from './contestants.ts'
import type { Counts } from './counters.ts'
import { type Engine, makeTask, type Task } from './engines/engine.ts'
import type { Shape } from './shapes.ts'
import { type Spread, spread } from './spread.ts'
import type { TfjsDevice } from './tfjsDevice.ts'

/** How one engine did at one shape. */
export interface Measured {
  engine: string
  /** One step and the read of its loss. */
  ms: Spread
  tokensPerSecond: number
  /** The same in a group of steps with one read at its end, for engines that are quick enough to tell. */
  groupedMs: Spread | null
  /** The first step, with all that it compiles. */
  firstMs: number
  rounds: number
  /** The mean losses of the first steps, and how far they are from the first engine's, relative. */
  losses: number[]
  lossError: number
  /** Null for what does not go through WebGPU. */
  gpu: {
    dispatches: number
    submits: number
    /** From the beginning of a step until its readback is asked for. */
    jsMs: Spread
    /** Most bytes in use at a time, where the engine's buffers can be told apart from those that it keeps for later. */
    liveBytes: number | null
    /** Most bytes of buffers in existence. */
    heldBytes: number
  } | null
}

export interface Failed {
  engine: string
  error: string
}

export interface Setting {
  counts: Counts
  device: TfjsDevice
  /** About how long the rounds of one shape may take. */
  seconds: number
  say(line: string): void
}

const FIRST_STEPS = 5
const SAME_START = 1e-4
const SAME_COURSE = 1e-3
const ROUNDS = { least: 3, most: 50 }

/** Steps between two reads, as the training loop takes them; and how quick an engine must be to be measured so. */
const GROUP = 8
const QUICK_MS = 100
const GROUPS = 9

interface Running {
  contestant: Contestant
  engine: Engine
  losses: number[]
  ms: number[]
  jsMs: number[]
  groupedMs: number[]
  firstMs: number
  gpu: Pick<NonNullable<Measured['gpu']>, 'dispatches' | 'submits' | 'liveBytes' | 'heldBytes'>
}

/**
 * All engines on the same task, in one process: each alone for its first steps, then one step each in turn, in reversed
 * order every other round, so that what else the machine does meets all alike.
 *
 * @throws Error when the losses are not the same: then they did not do the same work, and no time means anything
 */
export async function sideBySide(
  shape: Shape,
  contestants: readonly Contestant[],
  setting: Setting,
): Promise<(Measured | Failed)[]> {
  const task = makeTask(shape)
  const running: Running[] = []
  const failed: Failed[] = []
  try {
    for (const contestant of contestants) {
      try {
        const begun = await begin(contestant, task, setting)
        running.push(begun)
        setting.say(
          `  ${contestant.name}: first step ${begun.firstMs.toFixed(0)} ms, loss ${begun.losses[0]}`,
        )
      } catch (error) {
        failed.push({ engine: contestant.name, error: messageOf(error) })
        setting.say(`  ${contestant.name}: ${messageOf(error)}`)
      }
    }
    for (const one of running) checkLosses(one, running[0]!)
    const deadline = performance.now() + 1000 * setting.seconds
    for (let round = 0; round < ROUNDS.most; round++) {
      if (round >= ROUNDS.least && performance.now() > deadline) break
      for (const one of round % 2 ? running.toReversed() : running) {
        const { ms, jsMs } = await step(one, setting)
        one.ms.push(ms)
        one.jsMs.push(jsMs)
      }
    }
    const quick = running.filter(({ ms }) => spread(ms).median < QUICK_MS)
    for (let round = 0; round < GROUPS; round++) {
      for (const one of round % 2 ? quick.toReversed() : quick) one.groupedMs.push(await group(one))
    }
    return contestants.map(({ name }) => {
      const one = running.find(({ contestant }) => contestant.name === name)
      return one ? summary(one, running[0]!, shape) : failed.find(({ engine }) => engine === name)!
    })
  } finally {
    for (const { contestant, engine } of running) {
      await makeCurrent(contestant)
      engine.dispose()
    }
  }
}

async function makeCurrent({ backend }: Contestant): Promise<void> {
  if (backend && tf.getBackend() !== backend) await tf.setBackend(backend)
}

/** Opens an engine and takes its first steps, with nobody else at work, so that memory is its own. */
async function begin(contestant: Contestant, task: Task, setting: Setting): Promise<Running> {
  const { counts, device } = setting
  // While WebGPU's backend is the current one, as what is trimmed is the current one's.
  await tf.setBackend('webgpu')
  device.trim()
  await makeCurrent(contestant)
  const before = { held: counts.heldBytes, used: device.usedBytes }
  counts.peakBytes = counts.heldBytes
  device.peakBytes = device.usedBytes
  const began = performance.now()
  const engine = await contestant.open(task)
  const one: Running = {
    contestant,
    engine,
    losses: [],
    ms: [],
    jsMs: [],
    groupedMs: [],
    firstMs: 0,
    gpu: { dispatches: 0, submits: 0, liveBytes: null, heldBytes: 0 },
  }
  try {
    for (let i = 0; i < FIRST_STEPS; i++) {
      const { dispatches, submits } = counts
      const { loss } = await step(one, setting)
      one.losses.push(loss)
      one.firstMs ||= performance.now() - began
      one.gpu.dispatches = counts.dispatches - dispatches
      one.gpu.submits = counts.submits - submits
    }
  } catch (error) {
    engine.dispose()
    throw error
  }
  one.gpu.heldBytes = counts.peakBytes - before.held
  if (contestant.backend === 'webgpu') one.gpu.liveBytes = device.peakBytes - before.used
  return one
}

async function step({ contestant, engine }: Running, { counts }: Setting) {
  await makeCurrent(contestant)
  counts.readAt = null
  const began = performance.now()
  engine.take()
  const loss = await engine.read()
  const ended = performance.now()
  return { loss, ms: ended - began, jsMs: (counts.readAt ?? ended) - began }
}

/** Milliseconds of one step among several. */
async function group({ contestant, engine }: Running): Promise<number> {
  await makeCurrent(contestant)
  const began = performance.now()
  for (let i = 0; i < GROUP; i++) engine.take()
  await engine.read()
  return (performance.now() - began) / GROUP
}

/** Largest relative distance of the losses from another engine's. */
function distance(a: readonly number[], b: readonly number[]): number {
  return Math.max(...a.map((loss, i) => Math.abs(loss - b[i]!) / Math.abs(b[i]!)))
}

function checkLosses({ contestant, losses }: Running, first: Running): void {
  const start = distance(losses.slice(0, 1), first.losses)
  const course = distance(losses, first.losses)
  // Written so that NaN fails.
  if (start <= SAME_START && course <= SAME_COURSE) return
  throw new Error(
    `${contestant.name} does not do the same work as ${first.contestant.name}: its losses are ${losses}, not ${first.losses}.`,
  )
}

function summary(
  { contestant, losses, ms, jsMs, groupedMs, firstMs, gpu }: Running,
  first: Running,
  shape: Shape,
): Measured {
  const times = spread(ms)
  return {
    engine: contestant.name,
    ms: times,
    tokensPerSecond: Math.round((1000 * shape.B * shape.T) / times.median),
    groupedMs: groupedMs.length > 0 ? spread(groupedMs) : null,
    firstMs: Math.round(firstMs),
    rounds: ms.length,
    losses,
    lossError: distance(losses, first.losses),
    gpu: contestant.gpu ? { ...gpu, jsMs: spread(jsMs) } : null,
  }
}
