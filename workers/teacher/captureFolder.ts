import type { RandomFile } from './captureFormat.ts'
import { MemoryFile } from './memoryFile.ts'

/** Where captures lie, each a file under its name. */
export interface CaptureFolder {
  names(): Promise<string[]>
  /** A new, empty file to write to. */
  create(name: string): Promise<RandomFile>
  /** @throws where there is no such file, or somebody else is writing it */
  open(name: string): Promise<RandomFile>
  remove(name: string): Promise<void>
}

/** Captures that are gone with the process. */
export function memoryFolder(): CaptureFolder {
  const files = new Map<string, MemoryFile>()
  return {
    names: async () => [...files.keys()],
    async create(name) {
      const file = new MemoryFile()
      files.set(name, file)
      return file
    },
    open: async (name) => files.get(name)!,
    async remove(name) {
      files.delete(name)
    },
  }
}

/** The parts of the file system that TypeScript's DOM library for the page does not have. */
interface Directory extends FileSystemDirectoryHandle {
  keys(): AsyncIterableIterator<string>
}
interface Handle extends FileSystemFileHandle {
  createSyncAccessHandle(options?: {
    mode: 'read-only'
  }): Promise<RandomFile & { truncate(size: number): void }>
}

/** The folder of the page's private file system; it outlives the page. */
const FOLDER = 'captures'

/**
 * The Origin Private File System; memory where the browser has none, refuses it, or the caller is not a dedicated
 * worker.
 */
export async function openCaptureFolder(): Promise<CaptureFolder> {
  try {
    const root = await navigator.storage.getDirectory()
    const folder = (await root.getDirectoryHandle(FOLDER, { create: true })) as Directory
    const handle = async (name: string, create: boolean) =>
      (await folder.getFileHandle(encodeURIComponent(name), { create })) as Handle
    return {
      async names() {
        const names: string[] = []
        for await (const name of folder.keys()) names.push(decodeURIComponent(name))
        return names
      },
      async create(name) {
        const file = await (await handle(name, true)).createSyncAccessHandle()
        file.truncate(0)
        return file
      },
      // Several tabs may read a capture at once.
      open: async (name) => (await handle(name, false)).createSyncAccessHandle({ mode: 'read-only' }),
      remove: (name) => folder.removeEntry(encodeURIComponent(name)),
    }
  } catch {
    return memoryFolder()
  }
}
