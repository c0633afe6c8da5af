import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import { destroyPooled } from '../../device/pool.ts'
import type { Block, GpuArray } from './array.ts'
import type { Program } from './program.ts'
import { type Limits, Runner } from './runner.ts'
import { SubmitPolicy } from './submits.ts'

/** What the engine uses of tfjs' WebGPU backend, some of it private to TypeScript (tfjs is pinned to 4.22.0). */
interface Backend {
  device: GPUDevice
  queue: GPUQueue
  bufferManager: {
    acquireBuffer(bytes: number, usage: number): GPUBuffer
    releaseBuffer(buffer: GPUBuffer, reuse?: boolean): void
    numBytesAllocated: number
  }
  commandEncoder: GPUCommandEncoder | null
  computePassEncoder: GPUComputePassEncoder | null
  ensureCommandEncoderReady(): void
  endComputePassEncoder(): void
  submitQueue(): void
}

/** A block and the command encoder that last got a command which uses it. */
interface UsedBlock extends Block {
  readonly buffer: GPUBuffer
  usedBy: GPUCommandEncoder | null
}

interface Compiled {
  pipeline: GPUComputePipeline
  layout: GPUBindGroupLayout
  /** By the blocks and places that are bound. */
  groups: Map<string, GPUBindGroup>
  /** By the numbers in it. */
  uniforms: Map<string, GPUBuffer>
}

/** What kernels may count on from this device. */
export function limitsOf(device: GPUDevice, software: boolean): Limits {
  const { limits, features } = device
  // Browsers before the end of 2024 tell a device neither its adapter nor how large its subgroups are.
  const { subgroupMinSize, subgroupMaxSize } = (device.adapterInfo ?? {}) as Partial<GPUAdapterInfo>
  return {
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
    groups: limits.maxComputeWorkgroupsPerDimension,
    bindingBytes: limits.maxStorageBufferBindingSize,
    blockBytes: limits.maxBufferSize,
    software,
    ...(features.has('subgroups') &&
      subgroupMinSize &&
      subgroupMinSize === subgroupMaxSize && { subgroup: subgroupMinSize }),
  }
}

/** Bind groups and uniform buffers that one program keeps; beyond that it begins anew. */
const MOST_KEPT = 1024
/** Bytes of a staging buffer that is kept to be used again; a checkpoint's are larger. */
const MOST_STAGING_KEPT = 1 << 20

/**
 * Records kernels into tfjs' own command encoder, on its device and out of its buffers, so that tfjs' operations and ours
 * may follow each other in any order. Pipelines, bind groups and uniform buffers are kept: a step that was taken before
 * costs three calls per kernel.
 */
export class TfjsRunner extends Runner {
  private readonly backend: Backend
  private readonly compiled = new Map<Program, Compiled>()
  private readonly policy = new SubmitPolicy()
  private readonly blocks = new WeakMap<GPUBuffer, UsedBlock>()
  private ids = 0
  /** Submissions since the beginning. */
  submits = 0

  constructor(backend: WebGPUBackend, limits: Limits) {
    super(limits)
    this.backend = backend as unknown as Backend
  }

  get device(): GPUDevice {
    return this.backend.device
  }

  protected override acquire(bytes: number): Block {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
    const buffer = this.backend.bufferManager.acquireBuffer(bytes, usage)
    let block = this.blocks.get(buffer)
    if (!block) {
      block = { id: ++this.ids, bytes, buffer, usedBy: null }
      this.blocks.set(buffer, block)
    }
    return block
  }

  protected override release(block: Block): void {
    this.backend.bufferManager.releaseBuffer(block.buffer!)
  }

  protected override pooledBytes(): number {
    return this.backend.bufferManager.numBytesAllocated
  }

  /** Hands what was recorded to the device. */
  submit(): void {
    this.policy.reset()
    if (!this.backend.commandEncoder) return
    this.backend.endComputePassEncoder()
    this.backend.submitQueue()
    this.submits++
  }

  override trim(): void {
    this.submit()
    destroyPooled()
    // They would keep the memory of what is gone.
    for (const { groups } of this.compiled.values()) groups.clear()
  }

  private encoder(): GPUCommandEncoder {
    this.backend.ensureCommandEncoderReady()
    return this.backend.commandEncoder!
  }

  private use(array: GpuArray): GPUBuffer {
    const block = array.block as UsedBlock
    block.usedBy = this.backend.commandEncoder
    return block.buffer
  }

  override write(array: GpuArray, values: Float32Array | Int32Array | Uint32Array): void {
    const block = array.block as UsedBlock
    // A write takes place when the queue gets to it: what was recorded before must be there by then.
    if (block.usedBy && block.usedBy === this.backend.commandEncoder) this.submit()
    this.backend.queue.writeBuffer(block.buffer, array.offset, values as Float32Array<ArrayBuffer>)
  }

  override clear(array: GpuArray): void {
    const encoder = this.encoder()
    this.backend.endComputePassEncoder()
    encoder.clearBuffer(this.use(array), array.offset, array.bindingBytes)
  }

  protected override dispatch(
    program: Program,
    arrays: readonly GpuArray[],
    uniforms: readonly number[],
    groups: readonly [number, number, number],
    cost: number,
  ): void {
    const compiled = this.compiled.get(program) ?? this.compileNow(program)
    const encoder = this.encoder()
    this.backend.computePassEncoder ??= encoder.beginComputePass()
    const pass = this.backend.computePassEncoder
    pass.setPipeline(compiled.pipeline)
    pass.setBindGroup(0, this.bindGroup(program, compiled, arrays, uniforms))
    pass.dispatchWorkgroups(groups[0], groups[1], groups[2])
    for (const array of arrays) (array.block as UsedBlock).usedBy = encoder
    if (this.policy.isDue(cost)) this.submit()
  }

  private bindGroup(
    program: Program,
    compiled: Compiled,
    arrays: readonly GpuArray[],
    uniforms: readonly number[],
  ): GPUBindGroup {
    const numbers = uniforms.join()
    let key = numbers
    for (const { block, offset, bindingBytes } of arrays) key += `|${block.id},${offset},${bindingBytes}`
    const found = compiled.groups.get(key)
    if (found) return found
    if (compiled.groups.size >= MOST_KEPT) compiled.groups.clear()
    const entries: GPUBindGroupEntry[] = arrays.map((array, binding) => ({
      binding,
      resource: { buffer: array.block.buffer!, offset: array.offset, size: array.bindingBytes },
    }))
    if (uniforms.length > 0) {
      const buffer = this.uniformBuffer(program, compiled, uniforms, numbers)
      entries.push({ binding: arrays.length, resource: { buffer } })
    }
    const group = this.device.createBindGroup({ layout: compiled.layout, entries })
    compiled.groups.set(key, group)
    return group
  }

  private uniformBuffer(
    program: Program,
    { uniforms: kept, groups }: Compiled,
    values: readonly number[],
    key: string,
  ): GPUBuffer {
    const found = kept.get(key)
    if (found) return found
    if (kept.size >= MOST_KEPT) {
      // Commands that were recorded may still need them; submitted ones hold on to theirs.
      this.submit()
      for (const buffer of kept.values()) buffer.destroy()
      kept.clear()
      groups.clear()
    }
    const bytes = new DataView(new ArrayBuffer(Math.ceil(values.length / 4) * 16))
    for (const [i, { type }] of program.uniforms.entries()) {
      if (type === 'f32') bytes.setFloat32(4 * i, values[i]!, true)
      else if (type === 'i32') bytes.setInt32(4 * i, values[i]!, true)
      else bytes.setUint32(4 * i, values[i]!, true)
    }
    const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST
    const buffer = this.device.createBuffer({ size: bytes.byteLength, usage })
    this.backend.queue.writeBuffer(buffer, 0, bytes.buffer)
    kept.set(key, buffer)
    return buffer
  }

  private descriptor(program: Program): {
    layout: GPUBindGroupLayout
    pipeline: GPUComputePipelineDescriptor
  } {
    const { device } = this
    const types: GPUBufferBindingType[] = program.arrays.map(({ access }) =>
      access === 'read' ? 'read-only-storage' : 'storage',
    )
    if (program.uniforms.length > 0) types.push('uniform')
    const layout = device.createBindGroupLayout({
      entries: types.map((type, binding) => ({
        binding,
        visibility: GPUShaderStage.COMPUTE,
        buffer: { type },
      })),
    })
    const module = device.createShaderModule({ label: program.label, code: program.source })
    return {
      layout,
      pipeline: {
        label: program.label,
        layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: 'main' },
      },
    }
  }

  private compileNow(program: Program): Compiled {
    const { layout, pipeline } = this.descriptor(program)
    return this.remember(program, layout, this.device.createComputePipeline(pipeline))
  }

  private remember(program: Program, layout: GPUBindGroupLayout, pipeline: GPUComputePipeline): Compiled {
    const compiled = { pipeline, layout, groups: new Map(), uniforms: new Map() }
    this.compiled.set(program, compiled)
    return compiled
  }

  /** Compiles what is not yet compiled, off the device's timeline; hears how many are done. */
  async compile(
    programs: Iterable<Program>,
    progress: (done: number, of: number) => void = () => {},
  ): Promise<void> {
    const missing = [...programs].filter((program) => !this.compiled.has(program))
    let done = 0
    await Promise.all(
      missing.map(async (program) => {
        const { layout, pipeline } = this.descriptor(program)
        const made = await this.device.createComputePipelineAsync(pipeline)
        if (!this.compiled.has(program)) this.remember(program, layout, made)
        progress(++done, missing.length)
      }),
    )
  }

  override async read(arrays: readonly GpuArray[]): Promise<Float32Array[]> {
    const sizes = arrays.map((array) => 4 * array.count)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    if (total === 0) return arrays.map(() => new Float32Array())
    const { bufferManager } = this.backend
    const staging = bufferManager.acquireBuffer(total, GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ)
    const encoder = this.encoder()
    this.backend.endComputePassEncoder()
    let at = 0
    for (const [i, array] of arrays.entries()) {
      if (sizes[i]! > 0) encoder.copyBufferToBuffer(this.use(array), array.offset, staging, at, sizes[i]!)
      at += sizes[i]!
    }
    this.submit()
    await staging.mapAsync(GPUMapMode.READ)
    const bytes = staging.getMappedRange().slice(0)
    staging.unmap()
    bufferManager.releaseBuffer(staging, total <= MOST_STAGING_KEPT)
    at = 0
    return arrays.map((array, i) => {
      const start = at
      at += sizes[i]!
      return array.type === 'int32'
        ? Float32Array.from(new Int32Array(bytes, start, array.count))
        : new Float32Array(bytes, start, array.count)
    })
  }
}
