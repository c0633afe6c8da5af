import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { LabError, messageOf } from '../workers/errors.ts'
import { readTrajectories } from '../workers/trajectories/read.ts'
import type { FileProblem, Trajectory } from '../workers/trajectories/trajectory.ts'

/** A path as the person typed it: npm runs scripts in the package's root, whatever folder they stand in. */
export function userPath(path: string): string {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path)
}

/** Progress and messages; stdout is for results. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}

/**
 * Reads trajectories from files and folders (all files below them), naming every problem on stderr.
 *
 * @throws LabError `usage` for a path that is not there, `no-trajectory` when nothing at all was found
 */
export async function readFiles(paths: string[], format?: string): Promise<Trajectory[]> {
  const trajectories: Trajectory[] = []
  const problems: FileProblem[] = []
  for (const path of paths) {
    for (const file of await filesBelow(path)) {
      const read = readTrajectories(file, await readFile(userPath(file)), { format })
      for (const trajectory of read.trajectories) trajectories.push(trajectory)
      problems.push(...read.problems)
    }
  }
  for (const { message } of problems) say(message)
  if (trajectories.length === 0) {
    throw new LabError('no-trajectory', `No trajectory was found in ${paths.join(', ')}.`)
  }
  return trajectories
}

async function filesBelow(path: string): Promise<string[]> {
  try {
    if (!(await stat(userPath(path))).isDirectory()) return [path]
    const entries = await readdir(userPath(path), { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    return files.sort()
  } catch (error) {
    throw new LabError('usage', `${path} cannot be read: ${messageOf(error)}.`)
  }
}
