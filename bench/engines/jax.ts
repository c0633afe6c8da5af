import { type Device, getWebGPUDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax'
import { ADAM, type Engine, initialValues, type Task } from './engine.ts'

type Arrays = { [name: string]: np.Array }
type Adam = { firstMoment: Arrays; secondMoment: Arrays; power1: np.Array; power2: np.Array }
type Batch = { ids: np.Array; hidden: np.Array; table: np.Array }

/**
 * GPT-2 in jax-js, forward, backward and Adam in one `jit`. The embedding is a product with one-hot rows, as in its own
 * examples: it cannot compile the gradient of a gather.
 *
 * Functions of jax-js use their arguments up; `.ref` keeps one for another use.
 *
 * @throws Error when the device is not to be had
 */
export async function jaxEngine(
  device: Device,
  task: Task,
  onFailure: (error: Error) => void,
): Promise<Engine> {
  const devices = await init(device)
  if (!devices.includes(device)) throw new Error(`jax-js found no ${device} here`)
  if (device === 'webgpu') watch(getWebGPUDevice(), onFailure)
  const { shape, teacher, ids } = task
  const { V, T, B } = shape
  const float = (values: Float32Array, sides: number[]) => np.array(values, { shape: sides, device })
  const zeros = (): Arrays =>
    Object.fromEntries(task.parameters.map(({ name, shape }) => [name, np.zeros(shape, { device })]))
  let weights: Arrays = Object.fromEntries(
    [...initialValues(task)].map(([name, { shape, values }]) => [name, float(values, shape)]),
  )
  let adam: Adam = {
    firstMoment: zeros(),
    secondMoment: zeros(),
    power1: float(Float32Array.of(1), [1]),
    power2: float(Float32Array.of(1), [1]),
  }
  const batch: Batch = {
    ids: np.array(ids, { shape: [B * T], dtype: np.int32, device }),
    hidden: float(teacher.hidden, [B * T, teacher.width]),
    table: float(teacher.table, [V, teacher.width]),
  }
  const gradient = valueAndGrad((weights: Arrays, batch: Batch) => lossOf(task, weights, batch))
  const step = jit((weights: Arrays, adam: Adam, batch: Batch): [np.Array, Arrays, Adam] => {
    const [loss, gradients] = gradient(tree.ref(weights), batch)
    return [loss, ...update(weights, gradients, adam)]
  })
  let loss: np.Array | undefined
  return {
    take() {
      loss?.dispose()
      const [newLoss, newWeights, newAdam] = step(weights, adam, tree.ref(batch))
      loss = newLoss
      weights = newWeights
      adam = newAdam
    },
    async read() {
      // The kernels of a step stand in one queue: they all run before what the loss is read with.
      const [value] = await loss!.ref.data()
      return value!
    },
    dispose() {
      loss?.dispose()
      tree.dispose(weights)
      tree.dispose(adam)
      tree.dispose(batch)
      step.dispose()
    },
  }
}

const watched = new WeakSet<GPUDevice>()

function watch(device: GPUDevice, onFailure: (error: Error) => void): void {
  if (watched.has(device)) return
  watched.add(device)
  device.addEventListener('uncapturederror', ({ error }) => onFailure(new Error(`jax-js: ${error.message}`)))
}

function update(weights: Arrays, gradients: Arrays, adam: Adam): [Arrays, Adam] {
  const power1 = adam.power1.mul(ADAM.beta1)
  const power2 = adam.power2.mul(ADAM.beta2)
  const correction1 = np.subtract(1, power1.ref)
  const correction2 = np.subtract(1, power2.ref)
  const next: Arrays = {}
  const firstMoment: Arrays = {}
  const secondMoment: Arrays = {}
  for (const name of Object.keys(weights)) {
    const gradient = gradients[name]!
    const first = adam.firstMoment[name]!.mul(ADAM.beta1).add(gradient.ref.mul(1 - ADAM.beta1))
    const second = adam.secondMoment[name]!.mul(ADAM.beta2).add(np.square(gradient).mul(1 - ADAM.beta2))
    const root = np.sqrt(second.ref.div(correction2.ref)).add(ADAM.epsilon)
    const change = first.ref.div(correction1.ref).div(root).mul(ADAM.learningRate)
    next[name] = weights[name]!.sub(change)
    firstMoment[name] = first
    secondMoment[name] = second
  }
  correction1.dispose()
  correction2.dispose()
  return [next, { firstMoment, secondMoment, power1, power2 }]
}

function lossOf({ config, shape }: Task, weights: Arrays, batch: Batch): np.Array {
  const { V, T, D, H, B } = shape
  const weight = (name: string) => weights[`transformer.${name}`]!
  const norm = (x: np.Array, name: string) =>
    nn
      .standardize(x, -1, { epsilon: 1e-5 })
      .mul(weight(`${name}.weight`))
      .add(weight(`${name}.bias`))
  const dense = (x: np.Array, name: string) =>
    np.matmul(x, weight(`${name}.weight`)).add(weight(`${name}.bias`))
  // Not nn.dotProductAttention, the same in effect: it needs an `Iterator.prototype.map` that Node 20 has not.
  const attention = (x: np.Array) => {
    const [q, k, v] = np
      .split(x.reshape([B, T, 3 * D]), 3, -1)
      .map((part) => np.swapaxes(part.reshape([B, T, H, D / H]), 1, 2))
    const scores = np.matmul(q!, np.matrixTranspose(k!)).mul(1 / Math.sqrt(D / H))
    const causal = np.tri(T, T, 0, { dtype: np.bool })
    const mixed = np.matmul(nn.softmax(np.where(causal, scores, Number.NEGATIVE_INFINITY)), v!)
    return np.swapaxes(mixed, 1, 2).reshape([B * T, D])
  }

  const table = weight('wte.weight')
  const embedded = np.matmul(nn.oneHot(batch.ids, V), table.ref)
  let x = embedded
    .reshape([B, T, D])
    .add(weight('wpe.weight'))
    .reshape([B * T, D])
  for (let layer = 0; layer < config.layers; layer++) {
    const block = `h.${layer}`
    const mixed = attention(dense(norm(x.ref, `${block}.ln_1`), `${block}.attn.c_attn`))
    x = x.add(dense(mixed, `${block}.attn.c_proj`))
    const expanded = nn.gelu(dense(norm(x.ref, `${block}.ln_2`), `${block}.mlp.c_fc`))
    x = x.add(dense(expanded, `${block}.mlp.c_proj`))
  }
  const logits = np.matmul(norm(x, 'ln_f'), np.matrixTranspose(table))
  const wanted = nn.softmax(np.matmul(batch.hidden, np.matrixTranspose(batch.table)))
  return wanted.mul(nn.logSoftmax(logits)).sum(-1).mean().neg()
}
