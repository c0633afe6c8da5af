import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { LabError } from '../workers/errors.ts'
import { spanLine } from '../workers/trajectories/export.ts'
import { readFiles, say, userPath } from './files.ts'

/** `lab segment`: one JSON line per trajectory, on stdout or in --out. */
export async function segment(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { format: { type: 'string' }, out: { type: 'string' } },
  })
  if (positionals.length === 0) throw new LabError('usage', 'Name at least one file of trajectories.')
  const trajectories = await readFiles(positionals, values.format)
  const lines = trajectories.map((trajectory) => `${JSON.stringify(spanLine(trajectory))}\n`)
  if (values.out) await writeFile(userPath(values.out), lines.join(''))
  else for (const line of lines) process.stdout.write(line)
  const warnings = trajectories.reduce((sum, trajectory) => sum + trajectory.warnings.length, 0)
  say(`${trajectories.length} trajectories, ${warnings} warnings.`)
}
