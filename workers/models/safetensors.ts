import { LabError, messageOf } from '../errors.ts'
import { isRecord } from '../isRecord.ts'

export interface NamedTensor {
  shape: number[]
  data: Float32Array
}

/** Far above any header of a model the lab can train; a larger number means the file is something else. */
const LARGEST_HEADER = 100_000_000

/** Bytes of a value of each type that the lab writes; of these it reads F32 alone. */
const VALUE_BYTES = { F32: 4, I32: 4, I64: 8, U8: 1 } as const
export type Dtype = keyof typeof VALUE_BYTES

/** A tensor as the header tells of it, before its values are there. */
export interface TensorEntry {
  name: string
  dtype: Dtype
  shape: readonly number[]
}

/**
 * What stands before the values in the safetensors format: eight bytes of little-endian header length, and a JSON header
 * padded with blanks to a multiple of eight (https://github.com/huggingface/safetensors, "Format"). The raw values of the
 * entries must follow in their order, without gaps.
 */
export function safetensorsHeader(
  entries: Iterable<TensorEntry>,
  metadata: Record<string, string>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata }
  let offset = 0
  for (const { name, dtype, shape } of entries) {
    const end = offset + VALUE_BYTES[dtype] * shape.reduce((product, side) => product * side, 1)
    header[name] = { dtype, shape, data_offsets: [offset, end] }
    offset = end
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const padded = Math.ceil(json.length / 8) * 8
  const head = new Uint8Array(8 + padded).fill(0x20, 8 + json.length)
  new DataView(head.buffer).setBigUint64(0, BigInt(padded), true)
  head.set(json, 8)
  return head
}

/** Float32 tensors as a safetensors file in parts, without a copy of their values. */
export function* safetensorsParts(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Record<string, string>,
): Iterable<Uint8Array> {
  yield safetensorsHeader(
    Array.from(tensors, ([name, { shape }]) => ({ name, dtype: 'F32' as const, shape })),
    metadata,
  )
  for (const { data } of tensors.values()) yield bytesOf(data)
}

/** Float32 tensors as a safetensors file. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Record<string, string>,
): Uint8Array {
  const parts = [...safetensorsParts(tensors, metadata)]
  const file = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    file.set(part, at)
    at += part.length
  }
  return file
}

/** Values as the bytes that they lie in. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/**
 * Reads the float32 tensors of a safetensors file.
 *
 * @param where the file's name, for messages
 * @throws LabError `invalid-student` for a damaged file or a tensor of another type
 */
export function readSafetensors(file: Uint8Array, where: string): Map<string, NamedTensor> {
  const fail = failure(where)
  const { header, body } = readHeader(file, where)
  const tensors = new Map<string, NamedTensor>()
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue
    if (!isRecord(entry)) throw fail(`the entry of tensor "${name}" is broken`)
    const { dtype, shape, data_offsets: range } = entry
    if (dtype !== 'F32') {
      const type = typeof dtype === 'string' ? dtype : 'of an unnamed type'
      throw fail(`tensor "${name}" is ${type}; the lab reads F32`)
    }
    if (!isCounts(shape) || !isCounts(range) || range.length !== 2)
      throw fail(`the entry of tensor "${name}" is broken`)
    const [start, end] = range as [number, number]
    const size = shape.reduce((product, side) => product * side, 1)
    if (end > body.byteLength) throw fail(`it ends inside tensor "${name}"`)
    if (end - start !== size * 4) throw fail(`tensor "${name}" has ${end - start} bytes for shape [${shape}]`)
    // A copy, since the values need not lie at a multiple of four; not by slice(), which in Node's Buffer is a view.
    const data = new Float32Array(size)
    new Uint8Array(data.buffer).set(body.subarray(start, end))
    tensors.set(name, { shape, data })
  }
  return tensors
}

/**
 * What a safetensors file says of itself, beside its tensors; empty where it says nothing.
 *
 * @throws LabError `invalid-student` for a damaged file
 */
export function readMetadata(file: Uint8Array, where: string): Record<string, unknown> {
  const metadata = readHeader(file, where).header.__metadata__
  return isRecord(metadata) ? metadata : {}
}

function readHeader(file: Uint8Array, where: string): { header: Record<string, unknown>; body: Uint8Array } {
  const fail = failure(where)
  if (file.byteLength < 8) throw fail('it is shorter than eight bytes')
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const headerBytes = Number(view.getBigUint64(0, true))
  if (headerBytes > LARGEST_HEADER || 8 + headerBytes > file.byteLength)
    throw fail('it ends inside its header')
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + headerBytes)))
  } catch (error) {
    throw fail(`its header is broken (${messageOf(error)})`)
  }
  if (!isRecord(header)) throw fail('its header is no JSON object')
  return { header, body: file.subarray(8 + headerBytes) }
}

function failure(where: string): (what: string) => LabError {
  return (what) => new LabError('invalid-student', `${where} is not a readable safetensors file: ${what}.`)
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}
