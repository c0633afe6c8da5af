import { mkdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LabError, messageOf } from '../../workers/errors.ts'
import type { Claim, StudyStore } from '../../workers/study/ports.ts'
import { takeLock } from './lock.ts'

/** A study's folder, of which several processes may make use at once. */
export class DiskStore implements StudyStore {
  /** @param name what to call it in messages */
  constructor(
    readonly folder: string,
    private readonly name: string,
  ) {}

  async read(file: string): Promise<string | null> {
    try {
      return await readFile(join(this.folder, file), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw new LabError('usage', `${join(this.name, file)} cannot be read: ${messageOf(error)}.`)
    }
  }

  /** @param content taken as it is where it is bytes */
  async write(file: string, content: string | Uint8Array): Promise<void> {
    const path = join(this.folder, file)
    // Beside and then in place; another process may write the same file.
    const part = `${path}.part-${process.pid}`
    await this.told(file, async () => {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(part, content)
      await rename(part, path)
    }).catch(async (error) => {
      await rm(part, { force: true })
      throw error
    })
  }

  async claim(name: string): Promise<Claim | null> {
    const folder = join(this.folder, name)
    const release = await this.told(name, async () => {
      await mkdir(folder, { recursive: true })
      return takeLock(join(folder, 'lock'))
    })
    if (release === null) return null
    return {
      async release() {
        await release()
        // A cell that was not finished leaves nothing.
        await rmdir(folder).catch(() => {})
      },
    }
  }

  private async told<T>(file: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw new LabError('usage', `${join(this.name, file)} cannot be written: ${messageOf(error)}.`)
    }
  }
}
