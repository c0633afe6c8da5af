import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'

/** What numbers were measured on. */
export interface Machine {
  cpu: string
  cores: number
  memoryGiB: number
  system: string
  /** Absent where no GPU takes part. */
  adapter?: string
  browser?: string
  node?: string
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
  }
}

/**
 * Writes results beside the earlier ones, named by date, subject and machine.
 *
 * @param subject goes into the name; empty for the training in the page
 * @param readable more files of the same name, by their ending
 */
export function writeResults(
  subject: string,
  machine: Machine,
  content: object,
  readable: Record<string, string> = {},
): void {
  // npm runs scripts in the package's root; elsewhere the environment says where to.
  const folder = process.env.BENCH_RESULTS ?? 'bench/results'
  const date = new Date().toISOString().slice(0, 10)
  const slug = `${subject} ${machine.cpu} ${machine.adapter ?? ''}`
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  mkdirSync(folder, { recursive: true })
  const files = { json: `${JSON.stringify({ date, machine, ...content }, null, 2)}\n`, ...readable }
  for (const [ending, text] of Object.entries(files)) {
    const path = join(folder, `${date}-${slug}.${ending}`)
    writeFileSync(path, text)
    process.stderr.write(`written to ${path}\n`)
  }
}
