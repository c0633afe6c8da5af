/** What reading holds in memory at once. Tests make these small; nobody else changes them. */
export interface Limits {
  /** Bytes looked at before anything is decided, and characters before text is taken for lines, a table or prose. */
  head: number
  /** Characters of a JSON value that is parsed as a whole; a larger one is read element by element. */
  block: number
  /** Characters of running text that are read at once. */
  part: number
  /** How far such a part may grow while it holds too few trajectories to tell where the last but one ends. */
  longestPart: number
  /** Characters of one line. No record of an agent's run comes near it; beyond it is a dump of something else. */
  longestLine: number
  /** Bytes of a table or archive inside another archive, which is held as a whole. */
  inner: number
  /** Entries of one archive. */
  entries: number
  /** Bytes that an archive may unpack to, all its entries together. */
  unpacked: number
  /** Bytes that a row group of a table may unpack to. */
  rowGroup: number
}

const MB = 2 ** 20

export const LIMITS: Limits = {
  head: MB,
  block: 16 * MB,
  part: MB,
  longestPart: 64 * MB,
  longestLine: 64 * MB,
  inner: 64 * MB,
  entries: 100_000,
  unpacked: 16 * 1024 * MB,
  rowGroup: 512 * MB,
}

export function megabytes(bytes: number): string {
  return bytes >= 10_240 * MB ? `${Math.round(bytes / MB / 1024)} GB` : `${Math.ceil(bytes / MB)} MB`
}
