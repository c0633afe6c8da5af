import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LabError } from '../../../workers/errors.ts'
import { type NamedTensor, readSafetensors, writeSafetensors } from '../../../workers/models/safetensors.ts'

const WHERE = 'student/model.safetensors'

/** A file with this header, as text or as a value, and a body of so many zero bytes. */
function fileOf(header: unknown, bodyBytes = 0): Uint8Array {
  const text = typeof header === 'string' ? header : JSON.stringify(header)
  const head = new TextEncoder().encode(text)
  const file = new Uint8Array(8 + head.length + bodyBytes)
  new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true)
  file.set(head, 8)
  return file
}

function messageFor(file: Uint8Array): string {
  try {
    readSafetensors(file, WHERE)
  } catch (error) {
    expect(error).toBeInstanceOf(LabError)
    expect((error as LabError).code).toBe('invalid-student')
    return (error as LabError).message
  }
  throw new Error('the file was read')
}

describe('writing safetensors', () => {
  it('gives the bytes of the published layout', () => {
    const file = writeSafetensors(new Map([['a', { shape: [2], data: Float32Array.of(1, -2) }]]), { k: 'v' })
    // 79 characters, so one blank to the next multiple of eight.
    const header = '{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
    expect(header).toHaveLength(79)
    const expected = [
      ...[80, 0, 0, 0, 0, 0, 0, 0],
      ...new TextEncoder().encode(`${header} `),
      ...[0, 0, 0x80, 0x3f], // 1
      ...[0, 0, 0, 0xc0], // −2
    ]
    expect([...file]).toEqual(expected)
  })

  it('pads the header with blanks so that the values begin at a multiple of eight', () => {
    for (let extra = 0; extra < 9; extra++) {
      const file = writeSafetensors(new Map(), { note: `é${'x'.repeat(extra)}` })
      const length = Number(new DataView(file.buffer).getBigUint64(0, true))
      expect(length % 8).toBe(0)
      const header = new TextDecoder().decode(file.subarray(8, 8 + length))
      expect(header.trimEnd().endsWith('}')).toBe(true)
      expect(header.length - header.trimEnd().length).toBeLessThan(8)
      expect(file).toHaveLength(8 + length)
    }
  })

  it('takes the values of a part of a larger buffer, and only those', () => {
    const all = Float32Array.of(1, 2, 3, 4, 5)
    const file = writeSafetensors(new Map([['part', { shape: [2], data: all.subarray(2, 4) }]]), {})
    expect([...readSafetensors(file, WHERE).get('part')!.data]).toEqual([3, 4])
  })
})

describe('reading safetensors', () => {
  const tensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }).chain((shape) => {
    const size = shape.reduce((product, side) => product * side, 1)
    return fc
      .array(fc.float({ noNaN: true }), { minLength: size, maxLength: size })
      .map((values): NamedTensor => ({ shape, data: Float32Array.from(values) }))
  })

  it('gives back what was written, scalars and empty tensors included', () => {
    const name = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.startsWith('__'))
    fc.assert(
      fc.property(fc.array(fc.tuple(name, tensor), { maxLength: 5 }), (entries) => {
        const tensors = new Map(entries)
        const read = readSafetensors(writeSafetensors(tensors, { format: 'pt' }), WHERE)
        expect([...read.keys()].sort()).toEqual([...tensors.keys()].sort())
        for (const [key, { shape, data }] of tensors) {
          expect(read.get(key)!.shape).toEqual(shape)
          expect(read.get(key)!.data).toEqual(data)
        }
      }),
    )
  })

  it('reads a file that lies at an odd place of a larger buffer and whose values are not aligned', () => {
    const entry = { dtype: 'F32', shape: [1], data_offsets: [0, 4] }
    const file = fileOf(`${JSON.stringify({ x: entry })} `, 4)
    new DataView(file.buffer).setFloat32(file.length - 4, 7.5, true)
    const larger = new Uint8Array(file.length + 3)
    larger.set(file, 3)
    expect([...readSafetensors(larger.subarray(3), WHERE).get('x')!.data]).toEqual([7.5])
  })

  it('reads what Node’s file functions give, whose memory is shared with other files', () => {
    const tensors = new Map([
      ['a', { shape: [2], data: Float32Array.of(1, 2) }],
      ['b', { shape: [3], data: Float32Array.of(3, 4, 5) }],
    ])
    const file = writeSafetensors(tensors, {})
    const pool = Buffer.alloc(file.length + 64, 1)
    pool.set(file, 24)
    const read = readSafetensors(pool.subarray(24, 24 + file.length), WHERE)
    pool.fill(0)
    expect(read).toEqual(tensors)
  })

  const entry = (change: Record<string, unknown>) =>
    fileOf({ 'h.0.w': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24], ...change } }, 24)
  const damages: [string, Uint8Array, string][] = [
    ['an empty file', new Uint8Array(0), 'it is shorter than eight bytes.'],
    ['seven bytes', new Uint8Array(7), 'it is shorter than eight bytes.'],
    ['a header longer than the file', fileOf({ a: 1 }).subarray(0, 12), 'it ends inside its header.'],
    ['a header length of 2⁶⁴ − 1', new Uint8Array(16).fill(255), 'it ends inside its header.'],
    ['no header at all', new Uint8Array(8), 'its header is broken ('],
    ['broken JSON', fileOf('{"a": '), 'its header is broken ('],
    ['a header that is null', fileOf('null'), 'its header is no JSON object.'],
    ['a header that is a list', fileOf('[1, 2]'), 'its header is no JSON object.'],
    ['an entry that is null', fileOf({ 'h.0.w': null }), 'the entry of tensor "h.0.w" is broken.'],
    ['an entry that is a number', fileOf({ 'h.0.w': 3 }), 'the entry of tensor "h.0.w" is broken.'],
    ['half precision', entry({ dtype: 'F16' }), 'tensor "h.0.w" is F16; the lab reads F32.'],
    ['no type', entry({ dtype: undefined }), 'tensor "h.0.w" is of an unnamed type; the lab reads F32.'],
    [
      'a type that is an object',
      entry({ dtype: { toString: 1 } }),
      'tensor "h.0.w" is of an unnamed type; the lab reads F32.',
    ],
    ['values past the end', entry({ shape: [7], data_offsets: [0, 28] }), 'it ends inside tensor "h.0.w".'],
    [
      'fewer bytes than the shape needs',
      entry({ data_offsets: [0, 20] }),
      'tensor "h.0.w" has 20 bytes for shape [2,3].',
    ],
    [
      'an end before its start',
      entry({ data_offsets: [24, 0] }),
      'tensor "h.0.w" has -24 bytes for shape [2,3].',
    ],
    ['a negative side', entry({ shape: [-2, 3] }), 'the entry of tensor "h.0.w" is broken.'],
    ['a side that is no whole number', entry({ shape: [2.5] }), 'the entry of tensor "h.0.w" is broken.'],
    ['a side that is text', entry({ shape: ['2'] }), 'the entry of tensor "h.0.w" is broken.'],
    ['three offsets', entry({ data_offsets: [0, 8, 24] }), 'the entry of tensor "h.0.w" is broken.'],
    ['a negative offset', entry({ data_offsets: [-24, 0] }), 'the entry of tensor "h.0.w" is broken.'],
    ['no offsets', entry({ data_offsets: undefined }), 'the entry of tensor "h.0.w" is broken.'],
    [
      'a shape beyond all memory',
      entry({ shape: [2 ** 40, 2 ** 40] }),
      'tensor "h.0.w" has 24 bytes for shape [1099511627776,1099511627776].',
    ],
  ]
  it.each(damages)('says in one sentence what is wrong with %s', (_, file, what) => {
    const message = messageFor(file)
    expect(message.startsWith(`${WHERE} is not a readable safetensors file: ${what}`), message).toBe(true)
    expect(message).toMatch(/\.$/)
    expect(message).not.toContain('\n')
  })

  it('never fails with anything but a sentence, whatever the bytes are', () => {
    const readable = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.json().map((text) => fileOf(text, 16)),
      // Headers that come close: entries of the right keys with values of any kind.
      fc
        .dictionary(
          fc.string({ maxLength: 3 }),
          fc.record(
            {
              dtype: fc.oneof(fc.constant('F32'), fc.jsonValue()),
              shape: fc.oneof(fc.array(fc.integer({ min: -1, max: 4 }), { maxLength: 3 }), fc.jsonValue()),
              data_offsets: fc.oneof(fc.tuple(fc.integer(), fc.nat(16)), fc.jsonValue()),
            },
            { requiredKeys: [] },
          ),
        )
        .map((header) => fileOf(header, 16)),
    )
    fc.assert(
      fc.property(readable, (file) => {
        try {
          for (const { shape, data } of readSafetensors(file, WHERE).values()) {
            expect(data).toHaveLength(shape.reduce((product, side) => product * side, 1))
          }
        } catch (error) {
          if (!(error instanceof LabError)) throw error
          expect(error.message.startsWith(WHERE)).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
