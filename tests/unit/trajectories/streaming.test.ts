import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Format } from '../../../workers/trajectories/formats/format.ts'
import { FORMATS } from '../../../workers/trajectories/formats/index.ts'
import { type ReadOptions, readSource, readTrajectories } from '../../../workers/trajectories/read.ts'
import { Content } from '../../../workers/trajectories/streams/content.ts'
import { Decoder } from '../../../workers/trajectories/streams/decode.ts'
import { Findings } from '../../../workers/trajectories/streams/findings.ts'
import { LIMITS, type Limits } from '../../../workers/trajectories/streams/limits.ts'
import type { FileProblem, Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { read } from './reading.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const RUN = 'Question: q\nThought: t\nAction: Finish[a]\n'

async function stream(blob: Blob, options: ReadOptions = {}) {
  const trajectories: Trajectory[] = []
  const problems: FileProblem[] = []
  const progress: [number, number][] = []
  await readSource({ name: 'runs.txt', blob }, options, {
    trajectory: (trajectory) => trajectories.push(trajectory),
    problem: (problem) => problems.push(problem),
    progress: (...numbers) => progress.push(numbers),
  })
  return { trajectories, problems, progress }
}

/** Reads bytes that come in pieces of these sizes, over and over. */
function inPieces(bytes: Uint8Array, sizes: number[], limits: Partial<Limits> = {}) {
  const trajectories: Trajectory[] = []
  const problems: FileProblem[] = []
  const findings = new Findings('runs.txt', {
    formats: FORMATS,
    toolCalls: 'json',
    limits: { ...LIMITS, ...limits },
    trajectory: (trajectory) => trajectories.push(trajectory),
    problem: (problem) => problems.push(problem),
  })
  const content = new Content(findings)
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    content.push(bytes.subarray(at, at + size))
    at += size
  }
  content.end()
  findings.finish()
  return { trajectories, problems }
}

const WORDS = fc.constantFrom('look around', 'öffne 汉 😀', 'a, "b"', 'Search[x] is it', '')
const words = fc.array(WORDS, { minLength: 1, maxLength: 4 }).map((list) => list.join(' ') || 'x')
const reactRun = fc
  .tuple(words, fc.array(fc.tuple(words, words, words), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([question, steps, numbered]) => {
    const turns = steps.map(([thought, action, observation], i) => {
      const n = numbered ? ` ${i + 1}` : ''
      return `Thought${n}: ${thought}\nAction${n}: Search[${action}]\nObservation${n}: ${observation}\n`
    })
    return `Question: ${question}\n${turns.join('')}`
  })
const household = fc
  .array(fc.tuple(words, fc.integer({ min: 1, max: 9 })), { minLength: 1, maxLength: 4 })
  .map((steps) => {
    const turns = steps.map(
      ([thought, n]) => `> think: ${thought}\nOK.\n> go to desk ${n}\nYou see a pen ${n}.\n`,
    )
    return `You are in the middle of a room. You see a desk 1.\nYour task is to: find a pen.\n${turns.join('')}`
  })
const pieceSizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 })

describe('a text that comes in pieces', () => {
  it('is decoded as a whole would be, wherever characters are cut', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 })
    fc.assert(
      fc.property(text, pieceSizes, fc.constantFrom('utf-8', 'utf-16le'), (whole, sizes, encoding) => {
        const bytes =
          encoding === 'utf-8'
            ? utf8(whole)
            : new Uint8Array(Uint16Array.from(whole, (_, i) => whole.charCodeAt(i)).buffer)
        const expected = new TextDecoder(encoding).decode(bytes)
        const decoder = new Decoder('f', encoding as 'utf-8', bytes)
        let decoded = ''
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const size = 1 + (sizes[i % sizes.length]! % 7)
          decoded += decoder.push(bytes.subarray(at, at + size))
          at += size
        }
        expect(decoded + decoder.end()).toBe(expected)
      }),
    )
  })

  it('names the byte that is not UTF-8 and its line, wherever the pieces are cut', () => {
    const bytes = Uint8Array.from([...utf8('ä\nb\nc'), 0xe2, 0x82, 0x41, 10, 0xff])
    for (const size of [1, 2, 3, 4, 100]) {
      expect(() => {
        const decoder = new Decoder('f', 'utf-8', bytes)
        for (let at = 0; at < bytes.length; at += size) decoder.push(bytes.subarray(at, at + size))
      }).toThrow(/line 3 holds the byte 0xE2/)
    }
  })

  it('brings what the whole brings, for ReAct logs in small parts', () => {
    const between = fc.constantFrom('', '\n', '-----\n', '\n\n')
    const log = fc
      .array(fc.tuple(reactRun, between), { minLength: 1, maxLength: 60 })
      .map((runs) => runs.map((run) => run.join('')).join(''))
    fc.assert(
      fc.property(log, pieceSizes, fc.integer({ min: 40, max: 3000 }), (text, sizes, part) => {
        expect(inPieces(utf8(text), sizes, { head: 30, block: 60, part })).toEqual(read(text))
      }),
      { numRuns: 150 },
    )
  })

  it('brings what the whole brings, for household logs in small parts', () => {
    const log = fc.array(household, { minLength: 1, maxLength: 50 }).map((runs) => runs.join('\n'))
    fc.assert(
      fc.property(log, pieceSizes, fc.integer({ min: 40, max: 3000 }), (text, sizes, part) => {
        expect(inPieces(utf8(text), sizes, { head: 30, block: 60, part })).toEqual(read(text))
      }),
      { numRuns: 100 },
    )
  })

  it('brings what the whole brings, for prompts full of worked examples', () => {
    const prompt = fc
      .tuple(fc.array(reactRun, { minLength: 1, maxLength: 6 }), reactRun)
      .map(([examples, run]) => `Here are some examples.\n${examples.join('\n')}(END OF EXAMPLES)\n${run}`)
    fc.assert(
      fc.property(fc.array(prompt, { minLength: 1, maxLength: 25 }), pieceSizes, (prompts, sizes) => {
        const text = prompts.join('\n')
        expect(inPieces(utf8(text), sizes, { head: 30, block: 60, part: 500 })).toEqual(read(text))
      }),
      { numRuns: 60 },
    )
  })

  it('brings what the whole brings, for the fenced blocks of a long page', () => {
    const page = fc
      .array(fc.tuple(words, reactRun), { minLength: 2, maxLength: 20 })
      .map((list) => list.map(([prose, run]) => `${prose}\n\`\`\`\n${run}\`\`\`\n`).join('\n'))
    fc.assert(
      fc.property(page, pieceSizes, (text, sizes) => {
        expect(inPieces(utf8(text), sizes, { head: 30, block: 60, part: 700 })).toEqual(read(text))
      }),
      { numRuns: 60 },
    )
  })

  it('brings what the whole brings, for JSONL, broken lines and their numbers included', () => {
    const line = fc.oneof(
      reactRun.map((text) => JSON.stringify({ text })),
      fc.constantFrom('', '{"a":}', '{"a":1}', '  '),
    )
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), pieceSizes, (lines, sizes) => {
        const text = [JSON.stringify({ text: RUN }), JSON.stringify({ text: RUN }), ...lines].join('\n')
        expect(inPieces(utf8(text), sizes, { head: 200, block: 400 })).toEqual(read(text))
      }),
      { numRuns: 150 },
    )
  })

  it('brings what the whole brings, for one JSON document of any shape', () => {
    const record = reactRun.map((text) => ({
      id: 1.5,
      note: 'a "quoted\\" [word',
      text,
      tags: [[], {}, null, true],
    }))
    const document = fc.oneof(
      fc.array(record, { minLength: 1, maxLength: 20 }),
      fc.dictionary(words, reactRun, { minKeys: 1, maxKeys: 20, noNullPrototype: true }),
      fc
        .array(record, { minLength: 1, maxLength: 12 })
        .map((runs) => ({ version: 2, data: { runs, empty: [] } })),
    )
    const indent = fc.constantFrom(undefined, 1)
    fc.assert(
      fc.property(document, indent, pieceSizes, fc.constantFrom(700, 1500), (value, space, sizes, block) => {
        const text = JSON.stringify(value, null, space)
        expect(inPieces(utf8(text), sizes, { head: 100, block, longestLine: block })).toEqual(read(text))
      }),
      { numRuns: 200 },
    )
  })

  it('reads JSON values one after another, whatever stands between', () => {
    const value = { text: RUN, more: { text: RUN.repeat(40) } }
    const text = [value, value, value].map((one) => JSON.stringify(one, null, 2)).join('\n\n')
    expect(read(text).trajectories.length).toBeGreaterThanOrEqual(6)
    expect(inPieces(utf8(text), [17], { head: 100, block: 500 })).toEqual(read(text))
  })
})

describe('a large JSON document', () => {
  const small = { head: 100, block: 1000, longestLine: 5000 }
  const record = JSON.stringify({ text: RUN })
  const filler = JSON.stringify('x'.repeat(300))

  it('is read up to where it breaks, and the place is named', () => {
    const text = `[\n${`${record},\n`.repeat(40)}${record} ${record}\n]`
    const { trajectories, problems } = inPieces(utf8(text), [64], small)
    expect(trajectories).toHaveLength(41)
    expect(problems).toHaveLength(1)
    expect(problems[0]!.line).toBe(42)
    expect(problems[0]!.message).toContain(
      `line 42, column ${record.length + 2}; what stands before it was read`,
    )
    const cutOff = inPieces(utf8(text.slice(0, 1500)), [64], small)
    expect(cutOff.problems[0]!.message).toContain('the file ends')
  })

  it('loses the record that does not parse, and no other', () => {
    const text = `[${`${record},`.repeat(40)}\n{"text": oops},\n${record}]`
    const { trajectories, problems } = inPieces(utf8(text), [64], small)
    expect(trajectories).toHaveLength(41)
    expect(problems.map(({ message, line }) => [line, /column (\d+)/.exec(message)?.[1]])).toEqual([
      [2, '10'],
    ])
  })

  it('leaves out a text that is too long, and reads on behind it', () => {
    const text = `[${`${record},`.repeat(40)}\n"${'y'.repeat(20_000)}",\n{"a": [${`${filler},`.repeat(9)}${record}]}]`
    const { trajectories, problems } = inPieces(utf8(text), [64], small)
    expect(trajectories).toHaveLength(41)
    expect(problems).toHaveLength(1)
    expect(problems[0]!.line).toBe(2)
  })

  it('says that a conversation was too large to be read', () => {
    const turn = JSON.stringify({ role: 'user', content: 'x'.repeat(200) })
    const text = `[${`${record},`.repeat(40)}{"messages":[${Array(30).fill(turn).join(',')}]}]`
    const { trajectories, problems } = inPieces(utf8(text), [64], small)
    expect(trajectories).toHaveLength(40)
    expect(problems[0]!.message).toContain('one conversation is longer than')
  })

  it('may be nested as deep as it likes', () => {
    const text = `[${record},${'['.repeat(5000)}${filler}${']'.repeat(5000)},${record}]`
    const { trajectories } = inPieces(utf8(text), [64], { ...small, block: 200 })
    expect(trajectories).toHaveLength(2)
  })
})

describe('rows that are one step each', () => {
  const rows: Format = {
    id: 'rows',
    title: 'rows',
    rowKey: (record) => ('run' in record ? String(record.run) : null),
    readJson(value) {
      if (!Array.isArray(value) || !value.every((row) => 'run' in row)) return null
      return [
        {
          pieces: value.map((row) => ({ kind: 'act' as const, text: `${row.run}: ${row.act}\n` })),
        },
      ]
    },
  }
  const lines = (list: [string | undefined, string][]) =>
    list.map(([run, act]) => JSON.stringify(run === undefined ? { act } : { run, act })).join('\n')

  it('are read together where they stand side by side and share a key', () => {
    const text = lines([
      ['a', '1'],
      ['a', '2'],
      ['b', '1'],
      ['a', '3'],
      [undefined, 'x'],
      ['a', '4'],
    ])
    const { trajectories, problems } = readTrajectories('r.jsonl', utf8(text), { formats: [rows] })
    expect(trajectories.map((trajectory) => trajectory.text)).toEqual([
      'a: 1\na: 2\n',
      'b: 1\n',
      'a: 3\n',
      'a: 4\n',
    ])
    expect(problems.map(({ line }) => line)).toEqual([5])
  })
})

describe('a file on disk', () => {
  /** A file of `count` copies of a chunk; it holds the chunk in memory only. */
  const repeated = (chunk: string, count: number, before = '', after = '') => {
    const part = new Blob([chunk])
    return new Blob([before, ...Array<Blob>(count).fill(part), after])
  }

  it('is read as it is in memory, with progress up to its size', async () => {
    const lines = `${JSON.stringify({ text: `${RUN}Observation: ${'ü'.repeat(500)}\n` })}\n`
    const blob = repeated(lines.repeat(100), 60)
    const { trajectories, problems, progress } = await stream(blob)
    expect(problems).toEqual([])
    expect(trajectories).toHaveLength(6000)
    expect(trajectories.map(({ index }) => index)).toEqual(trajectories.map((_, i) => i))
    expect(progress.at(-1)).toEqual([blob.size, blob.size])
    const numbers = progress.map(([read]) => read)
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  })

  it('is left at once when the person cancels', async () => {
    const lines = `${JSON.stringify({ text: RUN.repeat(3) })}\n`
    const cancel = new AbortController()
    let heard = 0
    let cancelledAt = 0
    let late = 0
    const reading = readSource(
      { name: 'f', blob: repeated(lines.repeat(1000), 10_000) },
      {},
      {
        trajectory: () => {
          heard++
          if (cancelledAt > 0) late++
        },
        problem: () => {
          late++
        },
        signal: cancel.signal,
      },
    )
    // The timer fires although the reader never waits for anything slow.
    setTimeout(() => {
      cancelledAt = performance.now()
      cancel.abort()
    }, 200)
    await reading
    expect(heard).toBeGreaterThan(0)
    expect(late).toBe(0)
    expect(performance.now() - cancelledAt).toBeLessThan(500)
  })

  it('passes on what its taker throws', async () => {
    const sink = {
      trajectory() {
        throw new Error('no room left')
      },
      problem: () => {},
    }
    await expect(readSource({ name: 'f', blob: new Blob([RUN]) }, {}, sink)).rejects.toThrow('no room left')
  })

  it('says so when it cannot be read any further', async () => {
    const problems: FileProblem[] = []
    const blob = {
      size: 10,
      slice: () => ({ arrayBuffer: () => Promise.reject(new Error('NotReadableError')) }),
    }
    await readSource({ name: 'f', blob }, {}, { trajectory: () => {}, problem: (one) => problems.push(one) })
    expect(problems[0]!.message).toContain('f could not be read any further (NotReadableError)')
  })

  it('may hold a line of 2 GB, which is left out while the others are read', async () => {
    const line = `${JSON.stringify({ text: RUN })}\n`
    const blob = repeated('a'.repeat(2 ** 22), 512, line.repeat(2), `\n${line}`)
    expect(blob.size).toBeGreaterThan(2 ** 31)
    const before = process.memoryUsage().rss
    const { trajectories, problems } = await stream(blob)
    expect(trajectories).toHaveLength(3)
    expect(problems.map((problem) => problem.line)).toEqual([3])
    expect(problems[0]!.message).toContain('longer than 64 MB')
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 2 ** 20)
  }, 120_000)
})

describe('JSON as Python writes it', () => {
  it('is read with NaN and Infinity for null, and these words in texts stay', () => {
    const text = `{"score": NaN, "low": -Infinity, "text": ${JSON.stringify(`${RUN}Observation: NaN "Infinity\\\\"`)}}`
    const { trajectories, problems } = read(text)
    expect(problems).toEqual([])
    expect(trajectories[0]!.text).toContain('Observation: NaN "Infinity')
    expect(read(`${text}\n${text}\n`).trajectories).toHaveLength(2)
    expect(read('{"a": NaN, oops}').problems[0]!.message).toContain('not valid JSON')
  })
})
