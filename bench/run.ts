import packageJson from '../package.json'
import { openDevice } from '../workers/device/device.ts'
import { tf } from '../workers/device/tensorflow.ts'
import { contestants, openFused } from './contestants.ts'
import { countWebGpu } from './counters.ts'
import { type GenerationResult, generation } from './generation.ts'
import { type GrowthResult, growth } from './growth.ts'
import { type KernelResult, kernels } from './kernels.ts'
import { type Rehearsed, rehearse } from './rehearsal.ts'
import { PARTS, type Request } from './request.ts'
import { SHAPES, type Shape } from './shapes.ts'
import { type Failed, type Measured, sideBySide } from './sideBySide.ts'
import { TfjsDevice } from './tfjsDevice.ts'

export interface ShapeResult {
  shape: Shape
  engines: (Measured | Failed)[]
}

export interface BenchResult {
  adapter: string
  software: boolean
  versions: { tfjs: string; jaxJs: string }
  shapes: ShapeResult[]
  kernels: KernelResult[]
  generation: GenerationResult[]
  growth: GrowthResult | null
  /** What the fused engine would take at each shape, counted without running it. */
  rehearsed: Rehearsed[]
}

/** Shapes that an emulated GPU is up to. */
const SOFTWARE_SHAPES = 2

/**
 * Opens the device and measures on it; runs in a browser's worker and in Node alike.
 *
 * @param webgl whether tfjs' WebGL backend has been registered
 * @param onFailure hears of GPU errors; nothing that is measured after one counts
 */
export async function run(
  request: Request,
  webgl: boolean,
  say: (line: string) => void,
  onFailure: (error: Error) => void,
): Promise<BenchResult> {
  const counts = countWebGpu()
  if (!counts) throw new Error('There is no WebGPU here.')
  const { adapter, software } = await openDevice('webgpu', onFailure)
  const fused = openFused(software)
  const device = new TfjsDevice()
  const setting = { counts, device, seconds: request.seconds, say }
  const parts = request.parts ?? PARTS
  const shapes: ShapeResult[] = []
  if (parts.includes('engines')) {
    const all = contestants(fused, webgl, onFailure)
    const wanted = all.filter(
      ({ name }) => !request.engines || request.engines.some((part) => name.includes(part)),
    )
    for (const shape of shapesFor(request, software)) {
      say(shape.name)
      shapes.push({ shape, engines: await sideBySide(shape, wanted, setting) })
    }
  }
  await tf.setBackend('webgpu')
  device.trim()
  if (parts.includes('kernels')) say('kernels')
  const alone = parts.includes('kernels') ? await kernels(fused, !software, setting) : []
  device.trim()
  if (parts.includes('generation')) say('generation')
  const written = parts.includes('generation') ? await generation(fused, !software, say) : []
  device.trim()
  if (parts.includes('growth')) say('growth')
  const grown = parts.includes('growth') ? await growth(fused, !software, request.seconds, say) : null
  const { dependencies, devDependencies } = packageJson
  return {
    adapter,
    software,
    versions: { tfjs: dependencies['@tensorflow/tfjs-core'], jaxJs: devDependencies['@jax-js/jax'] },
    shapes,
    kernels: alone,
    generation: written,
    growth: grown,
    rehearsed: SHAPES.map(rehearse),
  }
}

function shapesFor({ shapes }: Request, software: boolean): readonly Shape[] {
  if (shapes) return SHAPES.filter(({ name }) => shapes.includes(name))
  return software ? SHAPES.slice(0, SOFTWARE_SHAPES) : SHAPES
}
