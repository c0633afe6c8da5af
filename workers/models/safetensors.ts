import { LabError, messageOf } from '../errors.ts'
import { isRecord } from '../isRecord.ts'

export interface NamedTensor {
  shape: number[]
  data: Float32Array
}

/** Far above any header of a model the lab can train; a larger number means the file is something else. */
const LARGEST_HEADER = 100_000_000

/**
 * Writes the safetensors format: eight bytes of little-endian header length, a JSON header padded with blanks to a
 * multiple of eight, then the raw values (https://github.com/huggingface/safetensors, "Format").
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, NamedTensor>,
  metadata: Record<string, string>,
): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata }
  let offset = 0
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] }
    offset += data.byteLength
  }
  const json = JSON.stringify(header)
  const head = new TextEncoder().encode(
    json.padEnd(json.length + ((8 - (new TextEncoder().encode(json).length % 8)) % 8)),
  )
  const file = new Uint8Array(8 + head.length + offset)
  new DataView(file.buffer).setBigUint64(0, BigInt(head.length), true)
  file.set(head, 8)
  let at = 8 + head.length
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return file
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
