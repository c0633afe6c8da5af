import { batchMatMulGradConfig } from '@tensorflow/tfjs-core/dist/gradients/BatchMatMul_grad'
import { meanGradConfig } from '@tensorflow/tfjs-core/dist/gradients/Mean_grad'
import { sumGradConfig } from '@tensorflow/tfjs-core/dist/gradients/Sum_grad'
import { type Tensor, tf } from '../../workers/device/tensorflow.ts'
import { ADAM, type Engine, initialValues, type Task } from './engine.ts'

const OWN_GRADIENTS = [batchMatMulGradConfig, sumGradConfig, meanGradConfig]
const OWN_FLAGS = { WEBGPU_CPU_FORWARD: true, WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE: 15 }

/** GPT-2 in plain TensorFlow.js, as its documentation has it: its tape, its Adam, its settings. */
export function stockEngine(backend: 'webgpu' | 'webgl' | 'wasm', task: Task): Engine {
  const { shape, ids, teacher } = task
  const { V, T, B } = shape
  const weights = new Map(
    [...initialValues(task)].map(([name, { shape, values }]) => [
      name,
      tf.tidy(() => tf.variable(tf.tensor(values, shape))),
    ]),
  )
  const tokens = tf.tensor1d(ids, 'int32')
  const positions = tf.range(0, T, 1, 'int32')
  const teacherHidden = tf.tensor2d(teacher.hidden, [B * T, teacher.width])
  const teacherTable = tf.tensor2d(teacher.table, [V, teacher.width])
  const mask = tf.tidy(() => tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([T, T]), -1, 0)), -1e9))
  const optimizer = tf.train.adam(ADAM.learningRate, ADAM.beta1, ADAM.beta2, ADAM.epsilon)
  const variables = [...weights.values()]
  let loss: Tensor | undefined

  const forward = () => {
    const logits = gpt(task, weights, tokens, positions, mask, backend === 'wasm')
    const wanted = tf.softmax(tf.matMul(teacherHidden, teacherTable, false, true))
    return tf.neg(tf.mean(tf.sum(tf.mul(wanted, tf.logSoftmax(logits)), -1))) as tf.Scalar
  }
  return {
    take() {
      loss?.dispose()
      asShipped(() => {
        loss = optimizer.minimize(forward, true, variables)!
      })
    },
    async read() {
      return (await loss!.data())[0]!
    },
    dispose() {
      tf.dispose([loss, tokens, positions, teacherHidden, teacherTable, mask, ...variables])
      optimizer.dispose()
    },
  }
}

/** Runs with TensorFlow.js as its packages have it: the lab changes some gradients and settings for all. */
function asShipped(work: () => void): void {
  const gradients = OWN_GRADIENTS.map(({ kernelName }) => tf.getGradient(kernelName))
  const flags = Object.keys(OWN_FLAGS).map((name) => [name, tf.env().get(name)] as const)
  for (const gradient of OWN_GRADIENTS) tf.registerGradient(gradient)
  for (const [name, value] of Object.entries(OWN_FLAGS)) tf.env().set(name, value)
  try {
    work()
  } finally {
    for (const gradient of gradients) tf.registerGradient(gradient)
    for (const [name, value] of flags) tf.env().set(name, value)
  }
}

/** -> logits [N, V]. */
function gpt(
  { config, shape }: Task,
  weights: ReadonlyMap<string, Tensor>,
  tokens: tf.Tensor1D,
  positions: tf.Tensor1D,
  mask: Tensor,
  oneHot: boolean,
): Tensor {
  const { V, T, D, H, B } = shape
  const weight = (name: string) => weights.get(`transformer.${name}`)! as tf.Tensor2D
  const norm = (x: Tensor, name: string) => {
    const { mean, variance } = tf.moments(x, -1, true)
    const normal = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5)))
    return tf.add(tf.mul(normal, weight(`${name}.weight`)), weight(`${name}.bias`))
  }
  const dense = (x: Tensor, name: string) =>
    tf.fused.matMul({ a: x as tf.Tensor2D, b: weight(`${name}.weight`), bias: weight(`${name}.bias`) })
  const heads = (x: Tensor) => tf.transpose(tf.reshape(x, [B, T, H, D / H]), [0, 2, 1, 3])
  const attention = (x: Tensor) => {
    const [q, k, v] = tf.split(x, 3, -1).map(heads) as [Tensor, Tensor, Tensor]
    const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(D / H))
    const mixed = tf.matMul(tf.softmax(tf.add(scores, mask)), v)
    return tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [B * T, D])
  }
  const gelu = (x: Tensor) => {
    const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x)))))
    return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(inner)))
  }

  const table = weight('wte.weight')
  // The WebAssembly backend lacks the kernel that the gradient of gather needs.
  const embedded = oneHot
    ? tf.matMul(tf.cast(tf.oneHot(tokens, V), 'float32') as tf.Tensor2D, table)
    : tf.gather(table, tokens)
  const places = oneHot ? weight('wpe.weight') : tf.gather(weight('wpe.weight'), positions)
  let x: Tensor = tf.reshape(tf.add(tf.reshape(embedded, [B, T, D]), places), [B * T, D])
  for (let layer = 0; layer < config.layers; layer++) {
    const block = `h.${layer}`
    const mixed = attention(dense(norm(x, `${block}.ln_1`), `${block}.attn.c_attn`))
    x = tf.add(x, dense(mixed, `${block}.attn.c_proj`))
    const expanded = gelu(dense(norm(x, `${block}.ln_2`), `${block}.mlp.c_fc`))
    x = tf.add(x, dense(expanded, `${block}.mlp.c_proj`))
  }
  return tf.matMul(norm(x, 'ln_f') as tf.Tensor2D, table, false, true)
}
