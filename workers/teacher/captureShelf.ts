import { FILES } from '../contradictions.ts'
import { LabError } from '../errors.ts'
import type { Recipe } from '../recipe.ts'
import { Capture } from './capture.ts'
import type { CaptureFolder } from './captureFolder.ts'
import { bytesPerToken, type RandomFile } from './captureFormat.ts'

export interface CaptureSummary {
  name: string
  /** The teacher's name. */
  model: string
  /** Likeliest tokens per position. */
  k: number
  trajectories: number
  tokens: number
  bytes: number
  bytesPerToken: number
  /** Of the teacher's tokenizer. */
  vocabularySize: number
}

/** Bytes that are copied at a time. */
const PART_BYTES = 4 * 2 ** 20

/** The captures that a recipe can name. They lie in files and are read where a run asks for them. */
export class CaptureShelf {
  private readonly captures = new Map<string, Capture>()

  private constructor(private readonly folder: CaptureFolder) {}

  /** Opens what lies in a folder; what was never finished is cleared away, and what another tab writes is left alone. */
  static async open(folder: CaptureFolder): Promise<CaptureShelf> {
    const shelf = new CaptureShelf(folder)
    for (const name of (await folder.names()).sort()) {
      let file: RandomFile
      try {
        file = await folder.open(name)
      } catch {
        continue
      }
      try {
        shelf.captures.set(name, Capture.open(file, name))
      } catch {
        file.close()
        await folder.remove(name).catch(() => {})
      }
    }
    return shelf
  }

  summaries(): CaptureSummary[] {
    return [...this.captures.values()].map(summarise)
  }

  /**
   * The capture that a recipe names; null where its teacher is none.
   *
   * @throws LabError `invalid-recipe` when it is not here
   */
  of({ teacher }: Recipe): Capture | null {
    return teacher.kind === 'stored' && teacher.source !== FILES ? this.named(teacher.source) : null
  }

  private named(name: string): Capture {
    const capture = this.captures.get(name)
    if (capture) return capture
    throw new LabError(
      'invalid-recipe',
      `There is no capture "${name}": import its file, capture the teacher anew, or choose another teacher.`,
    )
  }

  /**
   * Keeps what `write` writes, under the name or one like it that is free; nothing where it fails.
   *
   * @throws LabError what `write` throws, or `invalid-teacher` where it wrote no capture
   */
  async keep(name: string, write: (file: RandomFile) => Promise<unknown>): Promise<CaptureSummary> {
    const free = await this.freeName(name)
    const file = await this.folder.create(free)
    try {
      await write(file)
      file.close()
      const capture = Capture.open(await this.folder.open(free), free)
      this.captures.set(free, capture)
      return summarise(capture)
    } catch (error) {
      file.close()
      await this.folder.remove(free).catch(() => {})
      throw error
    }
  }

  /**
   * Keeps a capture from elsewhere, after a look at every number in it.
   *
   * @throws LabError `invalid-teacher` naming what is wrong with it
   */
  import(name: string, blob: Blob): Promise<CaptureSummary> {
    return this.keep(name, async (file) => {
      for (let at = 0; at < blob.size; at += PART_BYTES) {
        const part = new Uint8Array(await blob.slice(at, at + PART_BYTES).arrayBuffer())
        if (file.write(part, { at }) < part.length) {
          throw new LabError(
            'not-now',
            `There is no room for ${name}: remove another capture, or free some space.`,
          )
        }
      }
      const capture = Capture.open(file, name)
      for (const hash of capture.hashes()) capture.get(hash)
    })
  }

  /** The file of a capture. */
  export(name: string): Blob {
    const { file } = this.named(name)
    const size = file.getSize()
    const parts: Blob[] = []
    for (let at = 0; at < size; at += PART_BYTES) {
      const part = new Uint8Array(Math.min(PART_BYTES, size - at))
      file.read(part, { at })
      parts.push(new Blob([part]))
    }
    return new Blob(parts, { type: 'application/octet-stream' })
  }

  async remove(name: string): Promise<void> {
    const capture = this.captures.get(name)
    if (!capture) return
    this.captures.delete(name)
    capture.file.close()
    await this.folder.remove(name).catch(() => {})
  }

  /** Another tab may have made files that this one has not heard of. */
  private async freeName(wished: string): Promise<string> {
    const taken = new Set([FILES, ...this.captures.keys(), ...(await this.folder.names())])
    let name = wished
    for (let number = 2; taken.has(name); number++) name = `${wished} (${number})`
    return name
  }
}

function summarise({ name, header, tokenizer, file }: Capture): CaptureSummary {
  const { model, k, trajectories, tokens } = header
  const { vocabularySize } = tokenizer
  const each = bytesPerToken(k, vocabularySize)
  return { name, model, k, trajectories, tokens, bytes: file.getSize(), bytesPerToken: each, vocabularySize }
}
