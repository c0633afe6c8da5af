import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LabError } from '../../../workers/errors.ts'
import { Corrections, isCorrections } from '../../../workers/library/corrections.ts'
import { edited, outlineOf, redrawn, type SpanOutline } from '../../../workers/library/spanEdits.ts'
import { contentHash } from '../../../workers/trajectories/contentHash.ts'
import { edited as editedTrajectories, household } from './correcting.ts'

const OTHER_HASH = '0'.repeat(64)

/** Corrections as they come back from the file that they were written to. */
function throughJson(corrections: Corrections): Corrections {
  const back = new Corrections()
  const json: unknown = JSON.parse(JSON.stringify(corrections))
  expect(isCorrections(json)).toBe(true)
  back.merge(json, 'corrections.json')
  return back
}

describe('corrections', () => {
  it('find their trajectory again by its text, whatever file it comes in', () => {
    const read = household()
    const corrections = new Corrections()
    const spans: SpanOutline = [['other', read.text.length]]
    corrections.set(contentHash(read.text), { spans })
    const moved = { ...read, file: 'elsewhere.jsonl', index: 7 }
    expect(corrections.apply(moved).trajectory).toEqual(redrawn(moved, spans))
    const changed = { ...read, text: read.text.replace('mug', 'jug') }
    expect(corrections.apply(changed)).toEqual({ trajectory: changed })
  })

  it('know a text by the SHA-256 of its UTF-8', () => {
    expect(contentHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(contentHash('é😀')).not.toBe(contentHash('é😁'))
  })

  it('say what is excluded, and leave the spans of that alone', () => {
    const read = household()
    const corrections = new Corrections()
    corrections.set(contentHash(read.text), { excluded: true })
    expect(corrections.apply(read)).toEqual({ trajectory: read, correction: { excluded: true } })
  })

  it('forget what is not corrected any more', () => {
    const corrections = new Corrections()
    corrections.set(OTHER_HASH, { excluded: true })
    expect(corrections.size).toBe(1)
    corrections.set(OTHER_HASH, {})
    expect(corrections.size).toBe(0)
    corrections.set(OTHER_HASH, undefined)
    expect(corrections.toJSON()).toEqual({ version: 1, corrections: {} })
  })

  it('are ignored where they do not fit the text', () => {
    const read = household()
    const { length } = read.text
    for (const spans of [
      [['act', length - 1]],
      [['act', length + 1]],
      [
        ['act', 9],
        ['reason', 9],
        ['act', length],
      ],
      [],
    ] satisfies SpanOutline[]) {
      const corrections = new Corrections()
      corrections.set(contentHash(read.text), { spans })
      expect(corrections.apply(read).trajectory).toBe(read)
    }
  })

  it('are the same file when they are the same corrections', () => {
    const [one, other] = [new Corrections(), new Corrections()]
    const hashes = ['b', 'a', 'c'].map((digit) => digit.repeat(64))
    for (const hash of hashes) one.set(hash, { excluded: true })
    for (const hash of hashes.reverse()) other.set(hash, { excluded: true })
    expect(JSON.stringify(one)).toBe(JSON.stringify(other))
  })

  it('of a file win over those that were known', () => {
    const corrections = new Corrections()
    corrections.set(OTHER_HASH, { excluded: true })
    const file = { version: 1, corrections: { [OTHER_HASH]: { spans: [['act', 3]] } } }
    expect(corrections.merge(file, 'mine.json')).toBe(1)
    expect(corrections.get(OTHER_HASH)).toEqual({ spans: [['act', 3]] })
  })

  it.each([
    ['another version', { version: 2, corrections: {} }],
    ['a key that is no hash', { version: 1, corrections: { abc: { excluded: true } } }],
    ['a kind that is none', { version: 1, corrections: { [OTHER_HASH]: { spans: [['thought', 3]] } } }],
    ['an end that is no offset', { version: 1, corrections: { [OTHER_HASH]: { spans: [['act', 1.5]] } } }],
    ['something unknown', { version: 1, corrections: { [OTHER_HASH]: { spans: [], weight: 2 } } }],
  ])('refuse %s with one sentence that names the file', (_, file) => {
    const corrections = new Corrections()
    const merge = () => corrections.merge(file, 'mine.json')
    expect(merge).toThrow(LabError)
    expect(merge).toThrow(/^mine\.json holds no corrections that the lab can use: .+\.$/)
    expect(corrections.size).toBe(0)
  })

  it('are told from other JSON', () => {
    for (const value of [
      null,
      3,
      'x',
      [],
      {},
      { version: 1 },
      { corrections: {} },
      { version: 1, corrections: 3 },
    ]) {
      expect(isCorrections(value)).toBe(false)
    }
  })

  it('survive a round trip through JSON, whatever was corrected', () => {
    fc.assert(
      fc.property(editedTrajectories, fc.boolean(), ([read, edits], excluded) => {
        let outline = outlineOf(read.spans)
        for (const edit of edits) {
          outline = outlineOf(redrawn(read, edited(read.text, outline, edit)).spans)
        }
        const corrections = new Corrections()
        corrections.set(contentHash(read.text), { spans: outline, ...(excluded && { excluded: true }) })
        const back = throughJson(corrections)
        expect(back.toJSON()).toEqual(corrections.toJSON())
        expect(back.apply(read)).toEqual(corrections.apply(read))
        expect(outlineOf(back.apply(read).trajectory.spans)).toEqual(outline)
      }),
    )
  })
})
