import type { Operations, Trainable } from '../../workers/kernels/operations.ts'
import { reference } from '../../workers/kernels/reference.ts'

/** Operations with trainables that `change` puts its hands on. */
export function withTrainable(
  change: (trainable: Trainable) => Partial<Trainable>,
  operations: Operations = reference,
): Operations {
  return {
    ...operations,
    trainable: (parameters, initial) => {
      const trainable = operations.trainable(parameters, initial)
      return {
        gradients: trainable.gradients,
        weights: () => trainable.weights(),
        update: (options) => trainable.update(options),
        read: () => trainable.read(),
        readGradient: () => trainable.readGradient(),
        dispose: () => trainable.dispose(),
        ...change(trainable),
      }
    },
  }
}

/** Operations, and the gradient that their newest update used up. */
export function watchingGradient(watched: Operations = reference): {
  operations: Operations
  gradient: () => Promise<Float32Array>
} {
  let newest: Promise<Float32Array> | undefined
  const operations = withTrainable(
    (trainable) => ({
      update: (options) => {
        newest = trainable.readGradient()
        return trainable.update(options)
      },
    }),
    watched,
  )
  return { operations, gradient: () => newest! }
}
