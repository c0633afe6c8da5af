import { type Tensor, tf } from '../../device/tensorflow.ts'

/**
 * a · b over the last two axes, either one transposed first. The transposition is an operation of its own: tfjs'
 * WebAssembly matmul takes a naive loop for transposed operands, some ten times slower than its usual one.
 */
export function matmul(a: Tensor, b: Tensor, transposeA = false, transposeB = false): Tensor {
  return tf.tidy(() => tf.matMul(transposeA ? swapLastAxes(a) : a, transposeB ? swapLastAxes(b) : b))
}

function swapLastAxes(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis)
  return tf.transpose(x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2])
}

// The tape's own gradient of a plain product asks for transposed operands; this one does as matmul does. Products that
// are transposed themselves do not occur on the tape.
tf.registerGradient({
  kernelName: 'BatchMatMul',
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved, attributes) => {
    const [a, b] = saved as [Tensor, Tensor]
    const { transposeA, transposeB } = attributes as { transposeA: boolean; transposeB: boolean }
    if (transposeA || transposeB)
      throw new Error('call matmul() of kernels/stock/matmul.ts for transposed operands')
    const dProduct = dy as Tensor
    return { a: () => matmul(dProduct, b, false, true), b: () => matmul(a, dProduct, true) }
  },
})
