import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

export interface LabCommand {
  /** As `--lab` and SAD_LAB take it. */
  command: string
  remove(): void
}

/** Builds the lab's command line, for what Python asks it; inside node_modules, as it needs the packages there. */
export async function buildLab(): Promise<LabCommand> {
  const folder = mkdtempSync('node_modules/.lab-scale-')
  const build = ['node_modules/vite/bin/vite.js', 'build', '--mode', 'cli', '--logLevel', 'error']
  await promisify(execFile)(process.execPath, [...build, '--outDir', folder])
  return {
    command: `'${process.execPath}' '${resolve(join(folder, 'lab.js'))}'`,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
