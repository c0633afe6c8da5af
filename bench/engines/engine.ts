import type { Parameter } from '../../workers/kernels/operations.ts'
import {
  type GptConfig,
  gptParameters,
  initialParameters,
  parameterCount,
} from '../../workers/models/parameters.ts'
import { Random } from '../../workers/random.ts'
import type { Shape } from '../shapes.ts'

/**
 * The same work for every engine: GPT-2 from the same weights, one batch, the cross-entropy with a soft teacher over all
 * tokens (mean), Adam. The teacher comes as hidden states and a table; its logits are part of the step.
 */
export interface Task {
  shape: Shape
  config: GptConfig
  parameters: readonly Parameter[]
  /** [P]: what the parameters begin with. */
  initial: Float32Array
  /** [B · T] */
  ids: Int32Array
  /** hidden [B · T, width], table [V, width]; logits = hidden · tableᵀ. */
  teacher: { width: number; hidden: Float32Array; table: Float32Array }
}

/** One implementation of the task, at work on its own copy of the weights. */
export interface Engine {
  /** Takes one optimiser step; the device may still be busy with it. */
  take(): void
  /** The mean loss of the step taken last, once the device has done all of it. */
  read(): Promise<number>
  dispose(): void
}

export const ADAM = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }

const TEACHER_WIDTH = 32

export function makeTask(shape: Shape): Task {
  const task = blankTask(shape)
  const random = new Random(5)
  const fill = (values: Float32Array, deviation: number) => {
    for (let i = 0; i < values.length; i++) values[i] = deviation * random.normal()
  }
  for (let i = 0; i < task.ids.length; i++) task.ids[i] = random.below(shape.V)
  fill(task.teacher.hidden, 1)
  // Logits of deviation 2: neither certain nor without an opinion.
  fill(task.teacher.table, 2 / Math.sqrt(TEACHER_WIDTH))
  return { ...task, initial: initialParameters(gptParameters(task.config), 1) }
}

/** The task with zeros for numbers, for counting what it would take. */
export function blankTask(shape: Shape): Task {
  const { V, T, D, H, L, B } = shape
  const config: GptConfig = { vocabularySize: V, contextLength: T, layers: L, width: D, heads: H }
  const parameters = gptParameters(config)
  const width = TEACHER_WIDTH
  return {
    shape,
    config,
    parameters,
    initial: new Float32Array(parameterCount(parameters)),
    ids: new Int32Array(B * T),
    teacher: { width, hidden: new Float32Array(B * T * width), table: new Float32Array(V * width) },
  }
}

/** The initial values of each parameter by name. */
export function initialValues({
  parameters,
  initial,
}: Task): Map<string, { shape: number[]; values: Float32Array }> {
  return new Map(
    parameters.map(({ name, shape, offset, size }) => [
      name,
      { shape, values: initial.slice(offset, offset + size) },
    ]),
  )
}
