/**
 * How long one training step takes on this machine's backends, in Node: `npm run bench:steps -- [backend...]`.
 * Prints a table on stderr and JSON on stdout. Steps are timed with the read of their numbers as the fence, alone and
 * in groups of eight as the training loop takes them.
 */
import { cpus } from 'node:os'
import { installDawn } from '../cli/dawn.ts'
import type { Dataset } from '../workers/dataset/dataset.ts'
import { KIND_CODES, type Row } from '../workers/dataset/row.ts'
import { BACKEND_CHOICES, type BackendName } from '../workers/device/backends.ts'
import { openDevice } from '../workers/device/device.ts'
import { tf } from '../workers/device/tensorflow.ts'
import { messageOf } from '../workers/errors.ts'
import { reference } from '../workers/kernels/reference.ts'
import { Random } from '../workers/random.ts'
import { parseRecipe } from '../workers/recipe.ts'
import { selfCheck } from '../workers/training/selfCheck.ts'
import { Trainer } from '../workers/training/trainer.ts'

interface Shape {
  name: string
  V: number
  T: number
  D: number
  H: number
  L: number
  B: number
  /** Too large for a machine without a GPU. */
  gpuOnly?: boolean
}

const SHAPES: Shape[] = [
  { name: 'small', V: 512, T: 64, D: 64, H: 4, L: 2, B: 4 },
  { name: 'middle', V: 2048, T: 128, D: 128, H: 4, L: 4, B: 4 },
  { name: 'standard recipe', V: 1024, T: 256, D: 64, H: 4, L: 2, B: 8 },
  { name: 'large', V: 8192, T: 256, D: 256, H: 8, L: 6, B: 8, gpuOnly: true },
  { name: 'GPT-2 124M', V: 50304, T: 256, D: 768, H: 12, L: 12, B: 4, gpuOnly: true },
]

const WARM_UP = 3
const ROUNDS = 15
const GROUP = 8

/** Rows of random tokens: a fifth prompt, then reason, act and observation in turn. */
function syntheticDataset({ V, T, B }: Shape): Dataset {
  const random = new Random(1)
  const kinds = Uint8Array.from({ length: T }, (_, t) =>
    t < T / 5
      ? KIND_CODES.prompt
      : [KIND_CODES.reason, KIND_CODES.act, KIND_CODES.observation][Math.floor(t / 8) % 3]!,
  )
  const train: Row[] = Array.from({ length: 4 * B }, (_, trajectory) => ({
    trajectory,
    ids: Int32Array.from({ length: T }, () => random.below(V)),
    kinds,
    steps: new Int32Array(T),
    places: Int32Array.from({ length: T }, (_, t) => t),
    difficulty: 0,
  }))
  return { train, heldOut: [], rowLength: T, endOfTextId: 0, report: null as never }
}

async function measure(shape: Shape) {
  const { V, T, D, H, L, B } = shape
  const recipe = parseRecipe({
    steps: 1000,
    batchRows: B,
    data: { contextLength: T },
    student: { layers: L, width: D, heads: H },
  })
  const trainer = new Trainer({
    recipe,
    dataset: syntheticDataset(shape),
    vocabularySize: V,
    operations: reference,
    teacher: null,
  })
  const time = async (steps: number) => {
    const began = performance.now()
    for (let i = 0; i < steps; i++) trainer.takeStep()
    const lines = await trainer.read()
    return { ms: (performance.now() - began) / steps, loss: lines.at(-1)!.loss }
  }
  try {
    for (let i = 0; i < WARM_UP; i++) await time(1)
    const alone: number[] = []
    const grouped: number[] = []
    let loss = 0
    const deadline = performance.now() + 40_000
    for (let round = 0; round < ROUNDS && (round < 3 || performance.now() < deadline); round++) {
      alone.push((await time(1)).ms)
      const group = await time(GROUP)
      grouped.push(group.ms)
      loss = group.loss
    }
    const { liveBytes, pooledBytes } = reference.memory()
    return {
      shape,
      alone: spread(alone),
      grouped: spread(grouped),
      tokensPerSecond: Math.round((1000 * B * T) / spread(grouped).median),
      rounds: alone.length,
      loss,
      restingBytes: liveBytes,
      pooledBytes,
    }
  } finally {
    trainer.dispose()
  }
}

function spread(values: number[]) {
  const sorted = [...values].sort((a, b) => a - b)
  const round = (ms: number) => Number(ms.toPrecision(4))
  return {
    median: round(sorted[sorted.length >> 1]!),
    min: round(sorted[0]!),
    max: round(sorted.at(-1)!),
  }
}

const wished = process.argv.slice(2) as BackendName[]
const unknown = wished.find((name) => !BACKEND_CHOICES.includes(name) || (name as string) === 'automatic')
if (unknown) throw new Error(`There is no backend "${unknown}": name webgpu, wasm or cpu.`)
const problem = await installDawn()
if (problem) process.stderr.write(`${problem}\n`)
const results = []
for (const backend of wished.length > 0 ? wished : (['webgpu', 'wasm'] as const)) {
  try {
    const device = await openDevice(backend, (error) => {
      process.stderr.write(`${error.message}\n`)
      process.exit(1)
    })
    const selfCheckError = await selfCheck(reference)
    process.stderr.write(
      `${backend}: ${device.adapter}, self-check error ${selfCheckError.toExponential(1)}\n`,
    )
    const software = device.backend !== 'webgpu' || device.software
    for (const shape of SHAPES.filter(({ gpuOnly }) => !(gpuOnly && software))) {
      const result = await measure(shape)
      const { alone, grouped, tokensPerSecond } = result
      process.stderr.write(
        `  ${shape.name.padEnd(16)} alone ${alone.median} ms, in groups ${grouped.median} ms (${grouped.min}–${grouped.max}), ${tokensPerSecond} tokens/s\n`,
      )
      results.push({ backend, adapter: device.adapter, software: device.software, selfCheckError, ...result })
    }
  } catch (error) {
    process.stderr.write(`${backend}: ${messageOf(error)}\n`)
    results.push({ backend, error: messageOf(error) })
  }
}
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, tfjs: tf.version_core }
process.stdout.write(
  `${JSON.stringify({ bench: 'steps', date: new Date().toISOString(), machine, results }, null, 2)}\n`,
)
