import { gzipSync, strToU8, type Zippable, zipSync } from 'fflate'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import { type ReadOptions, readSource, readTrajectories } from '../../../workers/trajectories/read.ts'
import type { FileProblem, Trajectory } from '../../../workers/trajectories/trajectory.ts'

const RUN = 'Question: q\nThought: t\nAction: Finish[a]\n'
const JSONL = `${JSON.stringify({ text: RUN })}\n`.repeat(3)
const PNG = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10])

const zipped = (files: Zippable) => zipSync(files)
const origins = (trajectories: Trajectory[]) => trajectories.map(({ file, index }) => `${file}#${index}`)

async function stream(name: string, bytes: Uint8Array | ArrayBuffer, options: ReadOptions = {}) {
  const trajectories: Trajectory[] = []
  const problems: FileProblem[] = []
  await readSource({ name, blob: new Blob([bytes as Uint8Array<ArrayBuffer>]) }, options, {
    trajectory: (trajectory) => trajectories.push(trajectory),
    problem: (problem) => problems.push(problem),
  })
  return { trajectories, problems }
}

/** The one problem of a file that brings nothing. */
async function refusal(bytes: Uint8Array, options: ReadOptions = {}) {
  const { trajectories, problems } = await stream('upload.zip', bytes, options)
  expect(trajectories).toEqual([])
  expect(problems).toHaveLength(1)
  expect(problems[0]!.message).toContain('upload.zip')
  expect(problems[0]!.message).toMatch(/^[^\n]+[.]$/)
  return problems[0]!.message
}

describe('a ZIP archive', () => {
  it('is read entry by entry, each under its path, in memory as on disk', async () => {
    const archive = zipped({
      'runs/a.jsonl': strToU8(JSONL),
      'runs/b.txt': [strToU8(RUN), { level: 0 }],
      'c.jsonl.gz': gzipSync(strToU8(JSONL)),
      'käse 汉.log': strToU8(RUN),
    })
    const { trajectories, problems } = await stream('all.zip', archive)
    expect(problems).toEqual([])
    expect(origins(trajectories)).toEqual([
      'all.zip/runs/a.jsonl#0',
      'all.zip/runs/a.jsonl#1',
      'all.zip/runs/a.jsonl#2',
      'all.zip/runs/b.txt#0',
      'all.zip/c.jsonl.gz#0',
      'all.zip/c.jsonl.gz#1',
      'all.zip/c.jsonl.gz#2',
      'all.zip/käse 汉.log#0',
    ])
    expect(readTrajectories('all.zip', archive)).toEqual({ trajectories, problems })
  })

  it('is known by its content, and may be packed once more and hold another', async () => {
    const inner = zipped({ 'a.txt': strToU8(RUN) })
    const outer = zipped({ 'inner.zip': inner, 'b.txt': strToU8(RUN) })
    const { trajectories, problems } = await stream('notes', gzipSync(outer))
    expect(problems).toEqual([])
    expect(origins(trajectories)).toEqual(['notes/inner.zip/a.txt#0', 'notes/b.txt#0'])
    const deeper = await stream('notes', zipped({ 'outer.zip': outer }))
    expect(origins(deeper.trajectories)).toEqual(['notes/outer.zip/b.txt#0'])
    expect(deeper.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('an archive inside an archive inside an archive'),
    ])
  })

  it('says once what was not read, and leaves out what systems add', async () => {
    const files: Zippable = {
      'a.txt': strToU8(RUN),
      '__MACOSX/._a.txt': strToU8('\0\0\0'),
      '.DS_Store': strToU8('\0'),
      'sub/': new Uint8Array(0),
      'README.md': strToU8('Nothing to see.\n'),
      'empty.txt': new Uint8Array(0),
    }
    for (let i = 0; i < 40; i++) files[`images/${i}.png`] = PNG
    const { trajectories, problems } = await stream('a.zip', zipped(files))
    expect(trajectories).toHaveLength(1)
    expect(problems.map(({ message }) => message)).toEqual([
      'In a.zip, no text was found in empty.txt, images/0.png, images/1.png and 38 more, so nothing was read there.',
      'In a.zip, no trajectory that the lab knows was found in README.md.',
    ])
  })

  it('without any trajectory says what was tried, so that a person can map it', async () => {
    const { problems } = await stream(
      'a.zip',
      zipped({ 'x.json': strToU8('{"a": 1}'), 'y.txt': strToU8('hi') }),
    )
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ file: 'a.zip', unrecognised: true })
    expect(problems[0]!.message).toMatch(
      /^a\.zip holds no trajectory .*x\.json, y\.txt; it tried .*react-text/,
    )
    expect(await refusal(zipped({}))).toContain('empty archive')
  })

  it('loses a damaged entry and no other', async () => {
    const archive = zipped({ 'a.txt': strToU8(RUN.repeat(9)), 'b.txt': strToU8(RUN) })
    const at = archive.indexOf('a'.charCodeAt(0), 30) + 5
    archive.fill(0xff, at + 10, at + 20)
    const { trajectories, problems } = await stream('a.zip', archive)
    expect(origins(trajectories)).toEqual(['a.zip/b.txt#0'])
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('a.zip/a.txt is damaged'),
    ])
  })

  it('that breaks off, or is encrypted or packed in an unknown way, is refused in a sentence', async () => {
    const archive = zipped({ 'a.txt': strToU8(RUN) })
    expect(await refusal(archive.slice(0, -9))).toContain('damaged ZIP archive')
    const directory = archive.length - 22 - 46 - 'a.txt'.length
    const encrypted = archive.slice()
    encrypted[directory + 8]! |= 1
    expect(await refusal(encrypted)).toContain('is encrypted')
    const unknown = archive.slice()
    unknown[directory + 10] = 93
    expect(await refusal(unknown)).toContain('a method that the lab does not know (93)')
  })

  it('of any damage is refused without a throw', async () => {
    const archive = zipped({ 'a.txt': strToU8(RUN), 'b/c.jsonl': strToU8(JSONL) })
    for (let at = 0; at < archive.length; at++) {
      for (const value of [0, 0xff]) {
        const broken = archive.slice()
        broken[at] = value
        const { trajectories, problems } = readTrajectories('a.zip', broken)
        expect(trajectories.length + problems.length).toBeGreaterThan(0)
        expect(problems.some(({ message }) => message.includes('please report'))).toBe(false)
      }
    }
  })

  it('made to fill the memory is refused: by its ratio, by entries that lie over each other, by their sum', async () => {
    const bomb = zipped({ 'a.txt': [new Uint8Array(100 * 2 ** 20).fill(97), { level: 9 }] })
    expect(bomb.length).toBeLessThan(200_000)
    expect(await refusal(bomb)).toMatch(/a\.txt unpacks to more than \d+ MB, over 500 times its size/)

    const two = zipped({ 'a.txt': strToU8(RUN), 'b.txt': strToU8(RUN) })
    const view = new DataView(two.buffer)
    const second = two.length - 22 - 46 - 'b.txt'.length
    view.setUint32(second + 42, 0, true)
    expect(await refusal(two)).toContain('lie over each other')

    const files = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`${i}.jsonl`, strToU8(JSONL)]))
    const limits = { unpacked: 10 * JSONL.length + 10 }
    const { trajectories, problems } = await stream('a.zip', zipped(files), { limits })
    expect(trajectories).toHaveLength(30)
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('unpacks to more than the lab takes from one archive'),
    ])
  })

  it('of a million tiny files is refused by its number, at once', async () => {
    const million = tinyFiles(1_000_000)
    const began = performance.now()
    expect(await refusal(million)).toContain('holds 1,000,000 entries, more than the 100,000')
    expect(performance.now() - began).toBeLessThan(1000)
  })

  it('of many tiny files is read in bounded time, with one problem for all', async () => {
    const { trajectories, problems } = await stream('a.zip', tinyFiles(20_000))
    expect(trajectories).toEqual([])
    expect(problems).toHaveLength(1)
    expect(problems[0]!.message).toContain('and 19997 more')
  }, 30_000)
})

/** An archive of stored files of one letter, with ZIP64 numbers where the plain ones have no room. */
function tinyFiles(count: number): Uint8Array {
  const local = 30 + 8 + 1
  const entry = 46 + 8
  const bytes = new Uint8Array(count * (local + entry) + 56 + 20 + 22)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < count; i++) {
    const name = strToU8(String(i).padStart(8, '0'))
    const at = i * local
    view.setUint32(at, 0x04034b50, true)
    view.setUint32(at + 18, 1, true)
    view.setUint32(at + 22, 1, true)
    view.setUint16(at + 26, 8, true)
    bytes.set(name, at + 30)
    bytes[at + 38] = 120
    const listed = count * local + i * entry
    view.setUint32(listed, 0x02014b50, true)
    view.setUint32(listed + 20, 1, true)
    view.setUint32(listed + 24, 1, true)
    view.setUint16(listed + 28, 8, true)
    view.setUint32(listed + 42, at, true)
    bytes.set(name, listed + 46)
  }
  const end = count * (local + entry)
  view.setUint32(end, 0x06064b50, true)
  view.setBigUint64(end + 32, BigInt(count), true)
  view.setBigUint64(end + 40, BigInt(count * entry), true)
  view.setBigUint64(end + 48, BigInt(count * local), true)
  view.setUint32(end + 56, 0x07064b50, true)
  view.setBigUint64(end + 64, BigInt(end), true)
  view.setUint32(end + 76, 0x06054b50, true)
  view.setUint16(end + 86, 0xffff, true)
  view.setUint32(end + 88, 0xffffffff, true)
  view.setUint32(end + 92, 0xffffffff, true)
  return bytes
}

describe('gzip', () => {
  it('may have several members, and may be inside gzip', async () => {
    const half = gzipSync(strToU8(JSONL))
    const twice = new Uint8Array([...half, ...half])
    for (const bytes of [twice, gzipSync(twice)]) {
      const { trajectories, problems } = await stream('a.jsonl.gz', bytes)
      expect(problems).toEqual([])
      expect(trajectories).toHaveLength(6)
    }
    let deep: Uint8Array = strToU8(RUN)
    for (let i = 0; i < 5; i++) deep = gzipSync(deep)
    expect((await stream('a.gz', deep)).problems[0]!.message).toContain('packed more than 3 times')
  })

  it('that breaks off keeps what was read', async () => {
    const noise = Array.from({ length: 40_000 }, (_, i) => (i * 7919) % 10_007).join(' ')
    const lines = `${JSONL}${JSON.stringify({ noise })}\n`.repeat(12)
    const packed = gzipSync(strToU8(lines))
    const { trajectories, problems } = await stream('a.gz', packed.slice(0, packed.length - 1000))
    expect(trajectories.length).toBeGreaterThan(20)
    expect(problems.at(-1)!.message).toMatch(/gzip.*What stands before was read\.$/)
  })
})

const MESSAGES = [
  { role: 'user', content: 'Where is "it", now?' },
  { role: 'assistant', content: 'Thought: I look.\nAction: Search[it, here]\n' },
  { role: 'user', content: 'Observation: there' },
  { role: 'assistant', content: 'Thought: good\nAction: Finish[there]' },
]
const cell = (value: unknown) =>
  `"${(typeof value === 'string' ? value : JSON.stringify(value)).replaceAll('"', '""')}"`

describe('a table of separated values', () => {
  const expected = readTrajectories('t', strToU8(JSON.stringify({ messages: MESSAGES }))).trajectories[0]!
    .spans

  it('has JSON in its cells, whatever separates them', async () => {
    for (const [separator, newline] of [
      [',', '\n'],
      ['\t', '\n'],
      [';', '\r\n'],
    ] as const) {
      const row = (cells: string[]) => cells.join(separator) + newline
      const text =
        row(['id', 'messages', 'success']) +
        row(['1', cell(MESSAGES), 'True']) +
        row(['2', cell(MESSAGES), 'False'])
      const { trajectories, problems } = await stream('t.csv', strToU8(text))
      expect(problems).toEqual([])
      expect(trajectories.map(({ spans }) => spans)).toEqual([expected, expected])
      expect(trajectories.map(({ success }) => success)).toEqual([true, false])
    }
  })

  it('has in its cells what Python prints of messages', async () => {
    const printed = `[${MESSAGES.map(({ role, content }) => {
      return `{'role': '${role}', 'content': '${content.replaceAll('\n', '\\n')}'}`
    }).join(', ')}]`
    const { trajectories, problems } = await stream('t.csv', strToU8(`,messages\n0,${cell(printed)}\n`))
    expect(problems).toEqual([])
    expect(trajectories.map(({ spans }) => spans)).toEqual([expected])
  })

  it('may hold transcripts as text over several lines, and name the columns in quotes or not at all', async () => {
    const runs = [RUN, RUN.replace('q', 'a "quoted", one'), RUN]
    for (const header of ['text', '"text"', ',text', 'question,trajectory']) {
      const columns = header.split(',').length
      const text = [header, ...runs.map((run) => (columns === 2 ? `1,${cell(run)}` : cell(run)))].join('\n')
      const { trajectories, problems } = await stream('t', strToU8(text))
      expect(problems).toEqual([])
      expect(trajectories.map((trajectory) => trajectory.text)).toEqual(runs)
    }
  })

  it('names the rows that hold nothing, and counts lines inside cells for nothing', async () => {
    const text = `id,text\n1,${cell(RUN)}\n2,nothing\n3,${cell(RUN)}\n`
    const { trajectories, problems } = await stream('t.csv', strToU8(text))
    expect(trajectories).toHaveLength(2)
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('row 3 held no trajectory'),
    ])
  })

  it('is read while it streams, and an unclosed quote costs what follows it only', async () => {
    const row = `7,${cell(`${RUN}Observation: ${'x'.repeat(3000)}\n`)}\n`
    const text = `id,text\n${row.repeat(700)}8,"never closed\n${row.replaceAll('"', '').repeat(100)}`
    const { trajectories, problems } = await stream('t.csv', strToU8(text), {
      limits: { longestLine: 200_000 },
    })
    expect(trajectories).toHaveLength(700)
    expect(problems[0]!.message).toContain('a quote that is never closed')
  })

  it('is not seen in prose, logs or lists', async () => {
    for (const text of [
      RUN,
      `Thought, Action\n${RUN}`,
      'Dear all,\n\nsee you on Monday, in the hall.\n',
      'name,age\nAnn,4\nBob,5\n',
    ]) {
      const { problems } = await stream('t', strToU8(text))
      for (const { message } of problems) expect(message).not.toContain('row')
    }
  })
})

describe('a Parquet table', () => {
  const columns = [
    { name: 'messages', data: Array(7).fill(JSON.stringify(MESSAGES)) },
    { name: 'reward', data: [0, 0.5, 1, 1, 1, 1, 1], type: 'DOUBLE' as const },
    { name: 'id', data: [1n, 2n, 3n, 4n, 5n, 6n, 7n], type: 'INT64' as const },
  ]

  it('is read row group by row group, JSON in its columns included', async () => {
    const table = parquetWriteBuffer({ columnData: columns, rowGroupSize: 3 })
    const { trajectories, problems } = await stream('t.parquet', table)
    expect(problems).toEqual([])
    expect(trajectories.map(({ reward }) => reward)).toEqual([0, 0.5, 1, 1, 1, 1, 1])
    expect(trajectories.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('may lie in an archive', async () => {
    const table = new Uint8Array(parquetWriteBuffer({ columnData: columns }))
    const { trajectories, problems } = await stream('a.zip', zipped({ 'data/t.parquet': table }))
    expect(problems).toEqual([])
    expect(origins(trajectories)[6]).toBe('a.zip/data/t.parquet#6')
    const limits = { inner: 100 }
    const refused = await stream('a.zip', zipped({ 't.parquet': table }), { limits })
    expect(refused.problems[0]!.message).toContain('a table of more than')
  })

  it('that is damaged, or unpacks to too much, is refused in a sentence', async () => {
    const table = new Uint8Array(parquetWriteBuffer({ columnData: columns }))
    for (const broken of [
      table.slice(0, 100),
      table.slice(0, -6),
      table.map((byte, i) => (i > 10 && i < 60 ? 255 : byte)),
    ]) {
      const { trajectories, problems } = await stream('t.parquet', broken)
      expect(trajectories).toEqual([])
      expect(problems[0]!.message).toMatch(
        /^t\.parquet is a Parquet table that cannot be read \(.*\); export it as JSONL\.$/s,
      )
    }
    const { problems } = await stream('t.parquet', table, { limits: { rowGroup: 100 } })
    expect(problems[0]!.message).toContain('write the table again with smaller row groups')
  })
})
