import { LabError } from '../../errors.ts'
import { foundIn } from '../foundIn.ts'
import type { DeviceMemory, Values } from '../operations.ts'
import { ALIGNMENT, type ArrayType, aligned, type Block, bytesOf, GpuArray } from './array.ts'
import type { Program } from './program.ts'

/** What kernels choose their tiles by. */
export interface Limits {
  /** Workgroup memory, bytes: 16 KiB everywhere, often 32. */
  workgroupBytes: number
  /** Workgroups along one dimension of a dispatch. */
  groups: number
  /** Largest array that a kernel binds, bytes. */
  bindingBytes: number
  /** Largest block, bytes. */
  blockBytes: number
  /** A GPU emulated on the CPU: barriers are dear there and caches large. */
  software: boolean
  /** Invocations of a subgroup where that is always the same and kernels may use subgroups; else absent. */
  subgroup?: number
}

/**
 * Where kernels get their arrays and leave their work. Arrays are taken from blocks that are used again; lifetimes are
 * explicit, by `free` and `scope`, as there is no tape that would know them.
 */
export abstract class Runner {
  private live = 0
  private peak = 0
  private scopes: Set<GpuArray>[] = []
  /** Kernels run since the beginning. */
  dispatches = 0
  /** A rehearsal: arrays hold nothing, so that what would go into them need not be made. */
  readonly dry: boolean = false

  constructor(readonly limits: Limits) {}

  protected abstract acquire(bytes: number): Block
  protected abstract release(block: Block): void
  protected abstract pooledBytes(): number
  protected abstract dispatch(
    program: Program,
    arrays: readonly GpuArray[],
    uniforms: readonly number[],
    groups: readonly [number, number, number],
    cost: number,
  ): void
  /** Puts values into an array that is there; kernels recorded before do not see them. */
  abstract write(array: GpuArray, values: Float32Array | Int32Array | Uint32Array): void
  /** Fills it with zeros. */
  abstract clear(array: GpuArray): void
  abstract read(arrays: readonly GpuArray[]): Promise<Float32Array[]>
  /** Gives blocks that no array lies in back to the device. */
  abstract trim(): void

  /**
   * A new array; what it holds is not defined.
   *
   * @throws LabError `student-too-large` when the device has no block of that size
   */
  array(shape: readonly number[], type: ArrayType = 'float32'): GpuArray {
    // So that arrays of almost the same size share blocks.
    const bytes = aligned(bytesOf(shape, type))
    if (bytes > this.limits.blockBytes) throw tooLarge('an array', bytes, this.limits.blockBytes)
    const array = new GpuArray(shape, type, this.acquire(bytes), 0, true)
    this.live += bytes
    this.peak = Math.max(this.peak, this.live)
    this.scopes.at(-1)?.add(array)
    return array
  }

  /** A part of an array that has a block of its own. It does not keep that alive. */
  view(
    whole: GpuArray,
    shape: readonly number[],
    byteOffset: number,
    type: ArrayType = whole.type,
  ): GpuArray {
    if (byteOffset % ALIGNMENT !== 0) throw new RangeError(`a view begins at byte ${byteOffset}`)
    return new GpuArray(shape, type, whole.block, whole.offset + byteOffset, false)
  }

  upload(
    values: Float32Array | Int32Array | Uint32Array,
    shape: readonly number[],
    type: ArrayType = values instanceof Int32Array ? 'int32' : 'float32',
  ): GpuArray {
    const array = this.array(shape, type)
    this.write(array, values)
    return array
  }

  /**
   * Records one kernel.
   *
   * @param arrays by the names of the program; one that is written must not be bound twice
   * @param uniforms by name; equal sets share a buffer that stays
   * @param groups workgroups along x, y and z
   * @param cost floating-point operations, roughly: long work is handed to the device in pieces, or its watchdog bites
   * @throws LabError `student-too-large` when an array is larger than a kernel may bind
   */
  run<A extends string, U extends string>(
    program: Program<A, U>,
    arrays: Record<A, Values>,
    uniforms: Record<U, number>,
    groups: readonly [x: number, y?: number, z?: number],
    cost = 0,
  ): void {
    const bound = program.arrays.map(({ name }) => arrays[name] as GpuArray)
    for (const [i, array] of bound.entries()) {
      const { label } = program
      if (array.freed) throw new Error(`${label}: ${program.arrays[i]!.name} has been freed`)
      if (array.bindingBytes > this.limits.bindingBytes) {
        throw tooLarge(`${label}: an array`, array.bindingBytes, this.limits.bindingBytes)
      }
    }
    const [x, y = 1, z = 1] = groups
    if (x === 0 || y === 0 || z === 0) return
    if (Math.max(x, y, z) > this.limits.groups) {
      throw new RangeError(`${program.label}: ${groups} workgroups are more than ${this.limits.groups}`)
    }
    if (program.workgroupBytes > this.limits.workgroupBytes) {
      throw new RangeError(`${program.label}: ${program.workgroupBytes} bytes a workgroup are too many here`)
    }
    this.dispatches++
    this.dispatch(
      program as unknown as Program,
      bound,
      program.uniforms.map(({ name }) => uniforms[name]),
      [x, y, z],
      cost,
    )
  }

  /** Gives arrays back; a view gives nothing back. Commands that were recorded before still see what they hold. */
  free(...arrays: (Values | null | undefined)[]): void {
    for (const values of arrays) {
      const array = values as GpuArray | null | undefined
      if (!array || array.freed || !array.owner) continue
      array.freed = true
      this.live -= array.block.bytes
      for (const scope of this.scopes) scope.delete(array)
      this.release(array.block)
    }
  }

  scope<T>(work: () => T): T {
    const made = new Set<GpuArray>()
    this.scopes.push(made)
    let result: T
    let kept: Set<GpuArray>
    try {
      result = work()
      kept = foundIn(result, (value) => value instanceof GpuArray)
    } catch (error) {
      this.scopes.pop()
      this.free(...made)
      throw error
    }
    this.scopes.pop()
    const outer = this.scopes.at(-1)
    for (const array of made) {
      if (!kept.has(array)) this.free(array)
      else outer?.add(array)
    }
    return result
  }

  /** Takes an array out of every scope: it lives until it is freed. */
  keep<T extends GpuArray>(array: T): T {
    for (const scope of this.scopes) scope.delete(array)
    return array
  }

  memory(): DeviceMemory {
    return { liveBytes: this.live, peakBytes: this.peak, pooledBytes: this.pooledBytes() }
  }

  resetPeak(): void {
    this.peak = this.live
  }
}

function tooLarge(what: string, bytes: number, most: number): LabError {
  const mebibytes = (count: number) => `${Math.ceil(count / 2 ** 20).toLocaleString('en')} MiB`
  return new LabError(
    'student-too-large',
    `${what} of ${mebibytes(bytes)} is more than this GPU takes at once, ${mebibytes(most)}: choose a smaller width, vocabulary or batch.`,
  )
}
