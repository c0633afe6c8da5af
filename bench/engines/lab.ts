import type { HeadTargets, Operations, Values } from '../../workers/kernels/operations.ts'
import { HEAD_SUMS } from '../../workers/kernels/operations.ts'
import { gptGradient, TABLE } from '../../workers/models/gpt.ts'
import { ADAM, type Engine, type Task } from './engine.ts'

/** The lab's own model on either set of its operations. */
export function labEngine(operations: Operations, task: Task): Engine & LabWork {
  const work = labWork(operations, task)
  const { shape } = task
  let sums: Values | undefined
  return {
    ...work,
    take() {
      operations.free(sums)
      sums = work.step()
    },
    async read() {
      const [row] = await operations.read(sums!)
      const sum = (name: (typeof HEAD_SUMS)[number]) => row![HEAD_SUMS.indexOf(name)]!
      return (sum('kl') + sum('teacherEntropy')) / (shape.B * shape.T)
    },
    dispose() {
      operations.free(sums)
      work.dispose()
    },
  }
}

export interface LabWork {
  /** One optimiser step -> [1, 5], the head's sums. */
  step(): Values
  dispose(): void
}

/** Also what a rehearsal counts. */
export function labWork(operations: Operations, task: Task): LabWork {
  const { shape, config, parameters, initial, ids, teacher } = task
  const { V, T, B } = shape
  const N = B * T
  const trainable = operations.trainable(parameters, () => ({ parameters: initial }))
  const hidden = operations.upload(teacher.hidden, [N, teacher.width])
  const table = operations.upload(teacher.table, [V, teacher.width])
  const targets: HeadTargets = {
    positions: Int32Array.from({ length: N }, (_, i) => i),
    tokens: Int32Array.from({ length: N }, (_, i) => ids[(i + 1) % N]!),
    weights: new Float32Array(N).fill(1 / N),
    terms: new Uint8Array(N),
    termCount: 1,
    teacher: { kind: 'model', hidden, table },
    divergence: { name: 'forward-kl', temperature: 1, temperatureSquared: false, hardShare: 0 },
  }
  let taken = 0
  return {
    step: () =>
      operations.scope(() => {
        const weights = trainable.weights()
        const { gradients } = trainable
        const rows = operations.rows({ rows: B, length: T, ids })
        const sums = gptGradient(operations, config, weights, rows, gradients, (states) => {
          const result = operations.head(states, weights.get(TABLE)!, targets, {
            table: gradients.get(TABLE)!,
          })
          return { gradient: result.gradients!.hidden, kept: result.sums }
        })
        const { learningRate } = ADAM
        trainable.update({ step: ++taken, learningRate, weightDecay: 0, clipNorm: 0 })
        return sums
      }),
    dispose() {
      operations.free(hidden, table)
      trainable.dispose()
    },
  }
}
