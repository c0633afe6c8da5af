import type { Operations, Trainable } from '../../workers/kernels/operations.ts'
import { reference } from '../../workers/kernels/reference.ts'

/** The reference, with trainables that `change` puts its hands on. */
export function withTrainable(change: (trainable: Trainable) => Partial<Trainable>): Operations {
  return {
    ...reference,
    trainable: (parameters, initial) => {
      const trainable = reference.trainable(parameters, initial)
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

/** The reference, with the gradient that its newest update used up. */
export function watchingGradient(): { operations: Operations; gradient: () => Promise<Float32Array> } {
  let newest: Promise<Float32Array> | undefined
  const operations = withTrainable((trainable) => ({
    update: (options) => {
      newest = trainable.readGradient()
      return trainable.update(options)
    },
  }))
  return { operations, gradient: () => newest! }
}
