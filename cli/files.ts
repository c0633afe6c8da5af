import { type FileHandle, open, readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { LabError, messageOf } from '../workers/errors.ts'
import { Corrections } from '../workers/library/corrections.ts'
import { type ReadOptions, readSource, type Sliceable } from '../workers/trajectories/read.ts'
import type { Trajectory } from '../workers/trajectories/trajectory.ts'

/** A path as the person typed it: npm runs scripts in the package's root, whatever folder they stand in. */
export function userPath(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path)
}

/** Progress and messages; stdout is for results. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Milliseconds between two lines of progress. */
const PROGRESS_INTERVAL = 2000

/** Says how far it is, now and then. @returns is told every time; what is `last` is said in any case */
export function progress(): (text: string, last?: boolean) => void {
  let said = performance.now()
  return (text, last = false) => {
    if (!last && performance.now() - said < PROGRESS_INTERVAL) return
    said = performance.now()
    say(text)
  }
}

/** @throws LabError `usage` where no file is named */
export function requireFiles(paths: readonly string[]): void {
  if (paths.length === 0) throw new LabError('usage', 'Name at least one file of trajectories.')
}

/**
 * Reads trajectories from files and folders (all files below them) one after another, naming every problem on stderr.
 * Corrections are applied; what they exclude is left out.
 *
 * @throws LabError `usage` for a path that is not there, `no-trajectory` when nothing at all was found
 */
export async function readEach(
  paths: string[],
  { corrections = new Corrections(), ...options }: ReadOptions & { corrections?: Corrections },
  take: (trajectory: Trajectory) => void,
): Promise<void> {
  let found = 0
  let excluded = 0
  for (const path of paths) {
    for (const name of await filesBelow(path)) {
      const file = await open(userPath(name)).catch((error) => {
        throw new LabError('usage', `${name} cannot be read: ${messageOf(error)}.`)
      })
      try {
        await readSource({ name, blob: await onDisk(file) }, options, {
          trajectory(read) {
            const { trajectory, correction } = corrections.apply(read)
            found++
            if (correction?.excluded) excluded++
            else take(trajectory)
          },
          problem: ({ message }) => say(message),
        })
      } finally {
        await file.close()
      }
    }
  }
  if (excluded > 0) say(`${excluded} trajectories were left out, as the corrections say.`)
  if (found === 0) throw new LabError('no-trajectory', `No trajectory was found in ${paths.join(', ')}.`)
}

/** As `readEach`, all at once. */
export async function readFiles(
  paths: string[],
  options: ReadOptions & { corrections?: Corrections },
): Promise<Trajectory[]> {
  const trajectories: Trajectory[] = []
  await readEach(paths, options, (trajectory) => trajectories.push(trajectory))
  return trajectories
}

/** Parts of a file, read when they are asked for; Node's own `openAsBlob` is still an experiment. */
async function onDisk(file: FileHandle): Promise<Sliceable> {
  const status = await file.stat()
  // What a pipe holds has no size and no places.
  if (!status.isFile()) return new Blob([await file.readFile()])
  const { size } = status
  return {
    size,
    slice: (start, end) => ({
      async arrayBuffer() {
        const bytes = new Uint8Array(end - start)
        let read = 0
        while (read < bytes.length) {
          const { bytesRead } = await file.read(bytes, read, bytes.length - read, start + read)
          if (bytesRead === 0) throw new Error('it has become shorter')
          read += bytesRead
        }
        return bytes.buffer
      },
    }),
  }
}

/**
 * What the page exported of corrections by hand; none without a path.
 *
 * @throws LabError `usage` or `broken-record` naming the path
 */
export async function readCorrections(path: string | undefined): Promise<Corrections> {
  const corrections = new Corrections()
  if (path !== undefined) corrections.merge(await readJson(path), path)
  return corrections
}

/** @throws LabError `usage` naming the path */
export async function readText(path: string): Promise<string> {
  return readFile(userPath(path), 'utf8').catch((error) => {
    throw new LabError('usage', `${path} cannot be read: ${messageOf(error)}.`)
  })
}

/** @throws LabError `usage` or `invalid-recipe` naming the path */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new LabError('invalid-recipe', `${path} is not valid JSON: ${messageOf(error)}.`)
  }
}

/** The path itself, or all files below a folder. @throws LabError `usage` for a path that is not there */
export async function filesBelow(path: string): Promise<string[]> {
  try {
    if (!(await stat(userPath(path))).isDirectory()) return [path]
    const entries = await readdir(userPath(path), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    return files.sort()
  } catch (error) {
    throw new LabError('usage', `${path} cannot be read: ${messageOf(error)}.`)
  }
}
