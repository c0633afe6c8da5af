/**
 * How fast files are read on one core, how much memory a large one takes, and how the time of each format grows with
 * its input: `npm run bench:reading`. Prints a table on stderr and writes JSON to bench/results/.
 */
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readEach } from '../cli/files.ts'
import { readSource } from '../workers/trajectories/read.ts'
import { growths } from './readingGrowth.ts'
import { messagesLine, pieces, reactRun } from './readingInputs.ts'
import { thisMachine, writeResults } from './results.ts'

const MB = 1e6
const SPEED_BYTES = 64 * MB
const MEMORY_BYTES = 1000 * MB
const RUNS = 3

const say = (text: string) => process.stderr.write(`${text}\n`)
const perSecond = (bytes: number, ms: number) => Number((bytes / MB / (ms / 1000)).toPrecision(3))

/** The peak of the memory that the process holds while a file of 1 GB is read from disk. */
async function memory() {
  const folder = mkdtempSync(join(tmpdir(), 'lab-reading-'))
  const path = join(folder, 'large.jsonl')
  try {
    const file = openSync(path, 'w')
    let bytes = 0
    for (const block of pieces(messagesLine, MEMORY_BYTES)) bytes += writeSync(file, block)
    closeSync(file)
    const resting = process.memoryUsage().rss
    let peak = resting
    const watch = setInterval(() => {
      peak = Math.max(peak, process.memoryUsage().rss)
    }, 20)
    let trajectories = 0
    const began = performance.now()
    await readEach([path], {}, () => {
      trajectories++
    })
    const ms = performance.now() - began
    clearInterval(watch)
    const rss = (amount: number) => Math.round(amount / MB)
    return {
      bytes,
      trajectories,
      megabytesPerSecond: perSecond(bytes, ms),
      restingRssMB: rss(resting),
      peakRssMB: rss(peak),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Reading beside JSON.parse alone; for running text, over lines that hold the same runs as strings. */
async function speed(name: string, make: Parameters<typeof pieces>[0], lines: Parameters<typeof pieces>[0]) {
  const blob = new Blob([...pieces(make, SPEED_BYTES)] as Uint8Array<ArrayBuffer>[])
  const read: number[] = []
  let trajectories = 0
  for (let run = 0; run <= RUNS; run++) {
    trajectories = 0
    const began = performance.now()
    await readSource(
      { name, blob },
      {},
      { trajectory: () => trajectories++, problem: ({ message }) => say(message) },
    )
    // The first run warms up.
    if (run > 0) read.push(performance.now() - began)
  }
  const parse: number[] = []
  const parsed = [...pieces(lines, SPEED_BYTES / 4)]
  const parsedBytes = parsed.reduce((sum, block) => sum + block.length, 0)
  for (let run = 0; run <= RUNS; run++) {
    const decoder = new TextDecoder()
    const began = performance.now()
    for (const block of parsed) {
      for (const line of decoder.decode(block).split('\n')) if (line !== '') JSON.parse(line)
    }
    if (run > 0) parse.push(performance.now() - began)
  }
  const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!
  return {
    name,
    bytes: blob.size,
    trajectories,
    megabytesPerSecond: perSecond(blob.size, median(read)),
    jsonParseMegabytesPerSecond: perSecond(parsedBytes, median(parse)),
  }
}

const asLine: Parameters<typeof pieces>[0] = (random) => `${JSON.stringify(reactRun(random))}\n`

// First, so that nothing of the others is counted.
const large = await memory()
say(
  `1 GB of JSONL: ${large.megabytesPerSecond} MB/s, ${large.trajectories} trajectories, memory at most ${large.peakRssMB} MB (${large.restingRssMB} MB before)`,
)
const speeds = [
  await speed('synthetic JSONL of messages', messagesLine, messagesLine),
  await speed('synthetic ReAct text', reactRun, asLine),
]
for (const { name, megabytesPerSecond, jsonParseMegabytesPerSecond } of speeds) {
  say(`${name}: ${megabytesPerSecond} MB/s; JSON.parse alone ${jsonParseMegabytesPerSecond} MB/s`)
}
const growth = growths()
say('Growth from 1 to 16 times the input (1 is linear, 16 quadratic), for the input that grew most:')
for (const { format, input, ms, growth: factor } of growth) {
  say(
    `  ${format.padEnd(20)} ${String(factor).padStart(5)}  ${input.padEnd(26)} ${Object.values(ms).join(', ')} ms`,
  )
}
writeResults('reading', { ...thisMachine(), node: process.version }, { memory: large, speeds, growth })
