import { messageOf } from '../workers/errors.ts'
import { segment } from './segment.ts'
import { train } from './train.ts'

const USAGE = `usage:
  npm run lab -- segment FILE... [--format ID] [--out spans.jsonl]
  npm run lab -- train FILE... --recipe recipe.json --out DIR [--backend automatic|webgpu|wasm|cpu] [--resume]

segment  cuts trajectories into spans and prints one JSON line for each
train    trains a student and writes its folder with metrics.jsonl, metrics.csv and a checkpoint to DIR
`

const COMMANDS: Record<string, (args: string[]) => Promise<void>> = { segment, train }

const [name, ...args] = process.argv.slice(2)
const command = name === undefined ? undefined : COMMANDS[name]
if (!command) {
  process.stderr.write(
    name && !['help', '--help', '-h'].includes(name)
      ? `lab: there is no command "${name}".\n${USAGE}`
      : USAGE,
  )
  process.exitCode = name && ['help', '--help', '-h'].includes(name) ? 0 : 2
} else {
  try {
    await command(args)
  } catch (error) {
    process.stderr.write(`lab ${name}: ${messageOf(error)}\n`)
    process.exitCode = 1
  }
}
