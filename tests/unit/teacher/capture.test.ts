import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../../workers/device/tensorflow.ts'
import { LabError } from '../../../workers/errors.ts'
import { fromFloat16, toFloat16 } from '../../../workers/float16.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import type { StudentFolder } from '../../../workers/models/folder.ts'
import { gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import { Capture } from '../../../workers/teacher/capture.ts'
import { bytesPerToken, type CapturedTrajectory } from '../../../workers/teacher/captureFormat.ts'
import { captureTeacher, captureWindows } from '../../../workers/teacher/captureTeacher.ts'
import { CaptureWriter } from '../../../workers/teacher/captureWriter.ts'
import { MemoryFile } from '../../../workers/teacher/memoryFile.ts'
import { ModelTeacher } from '../../../workers/teacher/teacher.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { contentHash } from '../../../workers/trajectories/contentHash.ts'
import { openForTest } from '../backends.ts'
import { trajectoryOf } from '../dataset/fixtures.ts'

const tokenizer = trainBpe(['take the lamp and look at the mug; '.repeat(4)], 270)
const HASH = contentHash('a text')

describe('half precision', () => {
  it('comes back from every code', () => {
    for (let code = 0; code < 2 ** 16; code++) {
      const value = fromFloat16(code)
      if (!Number.isNaN(value)) expect(toFloat16(value)).toBe(code)
    }
  })

  it('takes the nearest, of two equally near the even one', () => {
    expect(toFloat16(1 + 2 ** -11)).toBe(0x3c00)
    expect(toFloat16(1 + 3 * 2 ** -11)).toBe(0x3c02)
    expect(toFloat16(65520)).toBe(0x7c00)
    expect(toFloat16(65519)).toBe(0x7bff)
    expect(toFloat16(2 ** -25)).toBe(0)
    expect(Number.isNaN(fromFloat16(toFloat16(Number.NaN)))).toBe(true)
    fc.assert(
      fc.property(fc.double({ min: -100, max: 0, noNaN: true }), (value) => {
        const error = Math.abs(fromFloat16(toFloat16(value)) - value)
        expect(error).toBeLessThanOrEqual(Math.max(Math.abs(value) * 2 ** -11, 2 ** -25))
      }),
    )
  })
})

/** n tokens with the first k ids listed, each at 1/(2k) of the mass. */
function captured(n: number, k: number): CapturedTrajectory {
  return {
    ids: Int32Array.from({ length: n }, (_, t) => t % 257),
    written: new Float32Array(n - 1).fill(-1),
    topIds: Int32Array.from({ length: (n - 1) * k }, (_, i) => i % k),
    top: new Float32Array((n - 1) * k).fill(-Math.log(2 * k)),
  }
}

function fileOf(entries: [string, CapturedTrajectory][], k: number): MemoryFile {
  const file = new MemoryFile()
  const writer = new CaptureWriter(file, 'big', k, tokenizer)
  for (const [hash, entry] of entries) writer.add(hash, entry)
  writer.finish()
  return file
}

const bytesIn = (file: MemoryFile) => {
  const bytes = new Uint8Array(file.getSize())
  file.read(bytes, { at: 0 })
  return bytes
}

function refusal(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    expect(error).toBeInstanceOf(LabError)
    expect((error as LabError).code).toBe('invalid-teacher')
    return (error as Error).message
  }
  throw new Error('it was not refused')
}

describe('a capture file', () => {
  it('gives back what was written, to float16', () => {
    const entry = captured(9, 3)
    const capture = Capture.open(fileOf([[HASH, entry]], 3), 'big.sadt')
    expect(capture.header).toMatchObject({ model: 'big', k: 3, trajectories: 1, tokens: 9 })
    expect(capture.tokenizer.toJSON()).toEqual(tokenizer.toJSON())
    const read = capture.get(HASH)!
    expect([read.ids, read.topIds]).toEqual([entry.ids, entry.topIds])
    expect(read.top[0]).toBeCloseTo(entry.top[0]!, 2)
    expect(capture.get(contentHash('another'))).toBeNull()
  })

  it('takes as many bytes a token as it says', () => {
    const sizes = [100, 1100].map((n) => fileOf([[HASH, captured(n, 16)]], 16).getSize())
    expect(sizes[1]! - sizes[0]!).toBe(1000 * bytesPerToken(16, tokenizer.vocabularySize))
    expect(bytesPerToken(16, 1024)).toBe(68)
    expect(bytesPerToken(16, 100_000)).toBe(102)
  })

  it('that was cut anywhere is refused by name', () => {
    const bytes = bytesIn(fileOf([[HASH, captured(9, 3)]], 3))
    for (const length of [0, 5, 16, 100, bytes.length - 200, bytes.length - 1]) {
      const said = refusal(() => Capture.open(new MemoryFile(bytes.slice(0, length)), 'big.sadt'))
      expect(said).toMatch(/^big\.sadt /)
    }
  })

  it('that was never finished is none', () => {
    const file = new MemoryFile()
    new CaptureWriter(file, 'big', 3, tokenizer).add(HASH, captured(9, 3))
    expect(refusal(() => Capture.open(file, 'big.sadt'))).toMatch(
      /is no capture of this lab, or one that was never/,
    )
  })

  it.each<[string, (entry: CapturedTrajectory) => void, RegExp]>([
    [
      'names a token its tokenizer lacks',
      (entry) => entry.topIds.fill(9999, 3, 4),
      /names the token 9999 at token 3/,
    ],
    [
      'was of ids its tokenizer lacks',
      (entry) => entry.ids.fill(300, 4, 5),
      /names the token 300 at token 5/,
    ],
    [
      'holds what is not a number',
      (entry) => entry.top.fill(Number.NaN, 1, 2),
      /has NaN for a log-probability/,
    ],
    ['holds a positive one', (entry) => entry.written.fill(0.5), /has 0\.5 for a log-probability at token 2/],
    [
      'adds up to more than 1',
      (entry) => entry.top.fill(-1),
      /probabilities that add up to 1\.1\d* at token 2/,
    ],
    ['lists a token twice', (entry) => entry.topIds.fill(7), /lists a token twice at token 2/],
  ])('that %s is refused where that is read', (_, damage, message) => {
    const entry = captured(9, 3)
    damage(entry)
    const capture = Capture.open(fileOf([[HASH, entry]], 3), 'big.sadt')
    expect(refusal(() => capture.get(HASH))).toMatch(message)
  })
})

describe('the windows of a capture', () => {
  it('predict every token but the first once, each with half of the context before it or all there is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 2, max: 40 }), (n, contextLength) => {
        let next = 1
        for (const { start, end, from } of captureWindows(n, contextLength)) {
          expect(from).toBe(next)
          expect(start).toBeGreaterThanOrEqual(0)
          expect(end).toBeLessThanOrEqual(n)
          expect(end - start).toBeLessThanOrEqual(contextLength)
          expect(from - start).toBeGreaterThanOrEqual(Math.min(from, Math.floor(contextLength / 2)))
          next = end
        }
        expect(next).toBe(n)
      }),
    )
  })
})

describe('a model that is captured', () => {
  const config = { vocabularySize: 290, contextLength: 16, layers: 1, width: 8, heads: 2 }
  const folder: StudentFolder = {
    config,
    parameters: initialParameters(gptParameters(config), 1).map((value) => 12 * value),
    tokenizer: tokenizer.toJSON(),
  }
  const texts = ['look', 'take the lamp and look at the mug; look at the lamp and take the mug', 'look']
  const trajectories = texts.map((text) => trajectoryOf([['act', text, 0]]))
  const request = { trajectories, teacher: folder, name: 'big', k: 4 }

  beforeAll(async () => {
    await openForTest('wasm')
  })

  /** log P of every id after each of `ids`, straight from the model. */
  async function predictions(ids: Int32Array): Promise<number[][]> {
    const teacher = new ModelTeacher(reference, folder)
    const logits = tf.tidy(() => {
      const hidden = teacher.hidden({ rows: 1, length: ids.length, ids })
      return tf.logSoftmax(tf.matMul(hidden as tf.Tensor2D, teacher.table as tf.Tensor2D, false, true))
    })
    const rows = (await logits.array()) as number[][]
    logits.dispose()
    teacher.dispose()
    return rows
  }

  it('keeps what it predicts, likeliest first, and nothing of its padding', async () => {
    const before = tf.memory().numTensors
    const capture = await captureTeacher(reference, { ...request, file: new MemoryFile() })
    expect(tf.memory().numTensors).toBe(before)
    expect(capture.header).toMatchObject({ k: 4, trajectories: 2 })
    const long = capture.get(contentHash(texts[1]!))!
    expect(long.ids).toEqual(Int32Array.of(...tokenizer.encode(texts[1]!).ids, tokenizer.endOfTextId))
    // The second window begins half a context before the first token that it predicts.
    const [, second] = captureWindows(long.ids.length, 16)
    for (const [token, start] of [
      [1, 0],
      [15, 0],
      [second!.from, second!.start],
    ] as const) {
      const row = (await predictions(long.ids.slice(start, token))).at(-1)!
      const ranked = Array.from(row.entries())
        .filter(([id]) => id < tokenizer.vocabularySize)
        .sort((a, b) => b[1] - a[1])
      expect(long.written[token - 1]).toBeCloseTo(row[long.ids[token]!]!, 2)
      const listed = [0, 1, 2, 3].map((i) => long.topIds[(token - 1) * 4 + i])
      expect(listed).toEqual(ranked.slice(0, 4).map(([id]) => id))
      expect(long.top[(token - 1) * 4]).toBeCloseTo(ranked[0]![1], 2)
    }
  })

  it('can be all of its vocabulary', async () => {
    const capture = await captureTeacher(reference, { ...request, k: 270, file: new MemoryFile() })
    const { top } = capture.get(contentHash('look'))!
    const sum = top.subarray(0, 270).reduce((total, logprob) => total + Math.exp(logprob), 0)
    expect(sum).toBeGreaterThan(0.8)
    expect(sum).toBeLessThan(1)
  })

  it.each([0, 271, 1.5])('is refused a k of %s', async (k) => {
    await expect(captureTeacher(reference, { ...request, k, file: new MemoryFile() })).rejects.toThrow(
      /of each prediction of big, whose vocabulary has 270: choose a k from 1 to 270/,
    )
  })

  it('can be stopped, and gives its tensors back', async () => {
    const before = tf.memory().numTensors
    const abort = new AbortController()
    const file = new MemoryFile()
    const work = captureTeacher(reference, {
      ...request,
      trajectories: Array.from({ length: 2000 }, (_, i) => trajectoryOf([['act', `look at mug ${i}`, 0]])),
      file,
      signal: abort.signal,
      progress: () => abort.abort(),
    })
    await expect(work).rejects.toThrow('The capture of big was stopped.')
    expect(tf.memory().numTensors).toBe(before)
    expect(refusal(() => Capture.open(file, 'big'))).toMatch(/never finished/)
  })

  it('whose numbers are not finite is refused', async () => {
    const broken = { ...folder, parameters: folder.parameters.map((_, i) => (i === 700 ? Number.NaN : 1)) }
    await expect(
      captureTeacher(reference, { ...request, teacher: broken, file: new MemoryFile() }),
    ).rejects.toThrow(/big predicts numbers that are not finite/)
  })
})
