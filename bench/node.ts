/**
 * The engines side by side in Node, on the Vulkan driver that the environment names: `npm run bench:engines`. What to
 * measure is in the environment as well, see `request.ts`.
 */
import { installDawn } from '../cli/dawn.ts'
import { messageOf } from '../workers/errors.ts'
import { requestFrom } from './request.ts'
import { thisMachine, writeResults } from './results.ts'
import { run } from './run.ts'
import { readableFiles } from './table.ts'

const say = (line: string) => process.stderr.write(`${line}\n`)
const fail = (error: unknown) => {
  say(messageOf(error))
  process.exit(1)
}

try {
  const problem = await installDawn()
  if (problem) throw new Error(problem)
  const result = await run(requestFrom(process.env), false, say, fail)
  const machine = { ...thisMachine(), adapter: result.adapter, node: process.version }
  const readable = readableFiles(machine, result)
  say(readable.md!)
  writeResults('engines node', machine, result, readable)
} catch (error) {
  fail(error)
}
