import type { StudyStore } from '../ports.ts'

/** What is kept of a study: the files of the folder that `lab study` writes, each a text under its path in it. */
export interface StudyFiles extends Omit<StudyStore, 'claim'> {
  paths(): Promise<string[]>
  clear(): Promise<void>
}

/** The studies of this visit and earlier ones, by name. */
export interface StudyShelf {
  /** Whether what is kept outlives the page. */
  lasting: boolean
  names(): Promise<string[]>
  files(study: string): StudyFiles
}

/** Studies that are gone with the process. */
export function memoryStudies(): StudyShelf {
  const studies = new Map<string, Map<string, string>>()
  return {
    lasting: false,
    names: async () => [...studies.keys()],
    files: (study) => ({
      read: async (path) => studies.get(study)?.get(path) ?? null,
      async write(path, text) {
        const files = studies.get(study) ?? new Map<string, string>()
        studies.set(study, files.set(path, text))
      },
      paths: async () => [...(studies.get(study)?.keys() ?? [])],
      async clear() {
        studies.delete(study)
      },
    }),
  }
}

const DATABASE = 'studies'
const FILES = 'files'

/**
 * IndexedDB, whose writes are whole or not at all, whatever happens to the page; memory where the browser has none or
 * refuses it.
 */
export async function openStudies(): Promise<StudyShelf> {
  let database: IDBDatabase
  try {
    database = await opened()
  } catch {
    return memoryStudies()
  }
  const store = (mode: IDBTransactionMode) => database.transaction(FILES, mode).objectStore(FILES)
  type Key = [study: string, path: string]
  return {
    lasting: true,
    async names() {
      const keys = (await answer(store('readonly').getAllKeys())) as Key[]
      return [...new Set(keys.map(([study]) => study))]
    },
    files(study) {
      // A list sorts behind every text.
      const all = IDBKeyRange.bound([study], [study, []])
      return {
        read: async (path) =>
          (await answer<string | undefined>(store('readonly').get([study, path]))) ?? null,
        write: (path, text) => settled(store('readwrite').put(text, [study, path])),
        paths: async () =>
          ((await answer(store('readonly').getAllKeys(all))) as Key[]).map(([, path]) => path),
        clear: () => settled(store('readwrite').delete(all)),
      }
    },
  }
}

function opened(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1)
  request.onupgradeneeded = () => request.result.createObjectStore(FILES)
  return answer(request)
}

function answer<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

/** Not before the transaction is done: a request that has succeeded may still come to nothing where the disk is full. */
function settled(request: IDBRequest): Promise<void> {
  const { transaction } = request
  return new Promise((resolve, reject) => {
    transaction!.addEventListener('complete', () => resolve())
    transaction!.addEventListener('abort', () => reject(transaction!.error))
  })
}
