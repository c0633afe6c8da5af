import { z } from 'zod'
import { LabError } from '../errors.ts'
import { describeIssues, issuesOf } from '../issues.ts'
import { contentHash } from '../trajectories/contentHash.ts'
import { SPAN_KINDS, type Trajectory } from '../trajectories/trajectory.ts'
import { fits, redrawn, type SpanOutline } from './spanEdits.ts'

const CorrectionSchema = z.strictObject({
  /** Left out of training, of the tokenizer and of exports. */
  excluded: z.literal(true).optional(),
  /** The spans as a person drew them: kind and end (UTF-16 offset) of each, in order. */
  spans: z.array(z.tuple([z.enum(SPAN_KINDS), z.int().min(1)])).optional(),
})

const FileSchema = z.strictObject({
  version: z.literal(1),
  /** By SHA-256 of the trajectory's text in UTF-8, hexadecimal. */
  corrections: z.record(z.string().regex(/^[0-9a-f]{64}$/), CorrectionSchema),
})

export interface Correction {
  excluded?: true
  spans?: SpanOutline
}

/** What a person corrected by hand, by content hash. */
export class Corrections {
  private readonly byHash = new Map<string, Correction>()

  get size(): number {
    return this.byHash.size
  }

  get(hash: string): Correction | undefined {
    return this.byHash.get(hash)
  }

  /** Replaces what was known of this text; nothing, or nothing corrected, forgets it. */
  set(hash: string, correction: Correction | undefined): void {
    if (correction?.excluded || correction?.spans) this.byHash.set(hash, correction)
    else this.byHash.delete(hash)
  }

  /** The trajectory as corrected; the same object where nothing is known of its text. */
  apply(trajectory: Trajectory): { trajectory: Trajectory; correction?: Correction } {
    if (this.byHash.size === 0) return { trajectory }
    const correction = this.byHash.get(contentHash(trajectory.text))
    if (correction === undefined) return { trajectory }
    if (correction.spans === undefined || !fits(trajectory.text, correction.spans)) {
      return { trajectory, correction }
    }
    return { trajectory: redrawn(trajectory, correction.spans), correction }
  }

  /** `corrections.json`: sorted, so that equal corrections are equal files. */
  toJSON(): z.output<typeof FileSchema> {
    const corrections = Object.fromEntries([...this.byHash].sort(([a], [b]) => (a < b ? -1 : 1)))
    return { version: 1, corrections }
  }

  /** `corrections.json` as text; null when nothing was corrected. */
  toFile(): string | null {
    return this.size > 0 ? `${JSON.stringify(this, null, 2)}\n` : null
  }

  /**
   * Adds the corrections of a file; its own win over what was known.
   *
   * @param where what to call the file in messages
   * @throws LabError `broken-record` when it is no such file
   */
  merge(json: unknown, where: string): number {
    const read = FileSchema.safeParse(json)
    if (!read.success) {
      const issues = describeIssues(issuesOf(read.error, json), 'the whole file')
      throw new LabError('broken-record', `${where} holds no corrections that the lab can use: ${issues}.`)
    }
    const entries = Object.entries(read.data.corrections)
    for (const [hash, correction] of entries) this.set(hash, correction)
    return entries.length
  }
}

/** Whether a JSON value means to be a file of corrections. */
export function isCorrections(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'corrections' in value &&
    typeof value.corrections === 'object' &&
    'version' in value
  )
}
