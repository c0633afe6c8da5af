import { sha256 } from '@noble/hashes/sha2'
import { bytesToHex } from '@noble/hashes/utils'
import { isRecord } from '../isRecord.ts'
import type { StudentFolder } from '../models/folder.ts'
import { contentHash } from '../trajectories/contentHash.ts'

/** Hexadecimal digits of a part: enough that no two are alike by chance. */
const DIGITS = 16

/**
 * What something was made from, each part by a hash of its own, so that of two that differ it can be said in what.
 *
 * @returns e.g. `teacher:1f… trajectories:9c…`
 */
export function fingerprintOf(parts: Record<string, unknown>): string {
  return Object.entries(parts)
    .map(([name, value]) => `${name}:${contentHash(canonical(value)).slice(0, DIGITS)}`)
    .join(' ')
}

/** The parts in which two fingerprints differ, in the order of the second. */
export function differingParts(before: string, now: string): string[] {
  const known = partsOf(before)
  return [...partsOf(now)].filter(([name, hash]) => known.get(name) !== hash).map(([name]) => name)
}

/** One part of a fingerprint; undefined where it has none of that name. */
export function partOf(fingerprint: string, name: string): string | undefined {
  return partsOf(fingerprint).get(name)
}

/** What a model is known by: its shape, its tokenizer and every parameter. */
export function modelHash({ config, parameters, tokenizer }: StudentFolder): string {
  const bytes = new Uint8Array(parameters.buffer, parameters.byteOffset, parameters.byteLength)
  return contentHash(canonical([config, tokenizer, bytesToHex(sha256(bytes))]))
}

/**
 * Where two JSON values differ, e.g. `optimiser.learningRate was 0.004 and is 0.005`.
 *
 * @param most differences that are told
 */
export function differences(before: unknown, now: unknown, most = 3): string[] {
  const found: string[] = []
  const compare = (a: unknown, b: unknown, path: string) => {
    if (isRecord(a) && isRecord(b)) {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        compare(a[key], b[key], path ? `${path}.${key}` : key)
      }
    } else if (canonical(a) !== canonical(b)) found.push(`${path} was ${shown(a)} and is ${shown(b)}`)
  }
  compare(before, now, '')
  return found.slice(0, most)
}

function shown(value: unknown): string {
  return value === undefined ? 'left out' : JSON.stringify(value)
}

function partsOf(fingerprint: string): Map<string, string> {
  return new Map(fingerprint.split(' ').map((part) => part.split(':') as [string, string]))
}

/** JSON with its keys in order, so that equal values have equal texts; undefined is null. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null'
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`
}
