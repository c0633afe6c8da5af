import type { Block, GpuArray } from './array.ts'
import type { Program } from './program.ts'
import { Runner } from './runner.ts'
import { SubmitPolicy } from './submits.ts'

/** Counts what some work would take without a device: no array has memory and no kernel runs. */
export class DryRunner extends Runner {
  override readonly dry = true
  readonly programs = new Set<Program>()
  largestBindingBytes = 0
  submits = 0
  /** Kernels by label. */
  readonly counts = new Map<string, number>()
  private blocks = 0
  private allocated = 0
  private readonly spare = new Map<number, Block[]>()
  private readonly policy = new SubmitPolicy()

  protected override acquire(bytes: number): Block {
    const found = this.spare.get(bytes)?.pop()
    if (found) return found
    this.allocated += bytes
    return { id: ++this.blocks, bytes, buffer: null }
  }

  protected override release(block: Block): void {
    const spare = this.spare.get(block.bytes)
    if (spare) spare.push(block)
    else this.spare.set(block.bytes, [block])
  }

  protected override pooledBytes(): number {
    return this.allocated
  }

  protected override dispatch(
    program: Program,
    arrays: readonly GpuArray[],
    _uniforms: readonly number[],
    _groups: readonly [number, number, number],
    cost: number,
  ): void {
    this.programs.add(program)
    this.counts.set(program.label, (this.counts.get(program.label) ?? 0) + 1)
    for (const array of arrays) {
      this.largestBindingBytes = Math.max(this.largestBindingBytes, array.bindingBytes)
    }
    if (this.policy.isDue(cost)) this.submits++
  }

  override write(): void {}
  override clear(): void {}
  override trim(): void {}

  override async read(): Promise<Float32Array[]> {
    throw new Error('a rehearsal has nothing to read')
  }
}
