import type { Values } from '../operations.ts'

/** `float16` is two values in a u32, as pack2x16float puts them. */
export type ArrayType = 'float32' | 'int32' | 'float16'

/** A stretch of device memory that arrays lie in. */
export interface Block {
  /** Tells blocks apart; never used again. */
  readonly id: number
  readonly bytes: number
  /** Absent in a rehearsal. */
  readonly buffer: GPUBuffer | null
}

/** Bindings begin at multiples of this on every adapter. */
export const ALIGNMENT = 256

/** Bytes rounded up to a multiple of ALIGNMENT. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1)
}

/** An array in device memory: a block of its own, or a part of one. */
export class GpuArray implements Values {
  freed = false

  constructor(
    readonly shape: readonly number[],
    readonly type: ArrayType,
    readonly block: Block,
    /** Bytes from the block's start, a multiple of ALIGNMENT. */
    readonly offset: number,
    /** Whether the block goes with it. */
    readonly owner: boolean,
  ) {}

  get count(): number {
    return countOf(this.shape)
  }

  /** Bytes that a kernel may see: whole 16-byte pieces, so that vec4 access has its last one. */
  get bindingBytes(): number {
    return Math.min(bytesOf(this.shape, this.type), this.block.bytes - this.offset)
  }
}

/** Rounded up to 16 bytes. */
export function bytesOf(shape: readonly number[], type: ArrayType): number {
  return Math.max(16, Math.ceil((countOf(shape) * (type === 'float16' ? 2 : 4)) / 16) * 16)
}
