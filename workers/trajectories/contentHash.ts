import { sha256 } from '@noble/hashes/sha2'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils'

/** The key by which what belongs to a text finds it again, whatever file that comes in: SHA-256, hexadecimal. */
export function contentHash(text: string): string {
  return bytesToHex(sha256(utf8ToBytes(text)))
}
