import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { edited, fits, outlineOf, redrawn, type SpanEdit } from '../../../workers/library/spanEdits.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { codes, expectPartition, spansOf } from '../trajectories/reading.ts'
import { edited as editedTrajectories, household, partsOf, trajectories } from './correcting.ts'

function apply(trajectory: Trajectory, ...edits: SpanEdit[]): Trajectory {
  return edits.reduce(
    (read, edit) => redrawn(trajectory, edited(read.text, outlineOf(read.spans), edit)),
    trajectory,
  )
}

/** The place of some words in a trajectory. */
function range({ text }: Trajectory, words: string): { start: number; end: number } {
  const start = text.indexOf(words)
  expect(start).toBeGreaterThanOrEqual(0)
  return { start, end: start + words.length }
}

/** As `expectPartition`; but a person may call text between two steps prompt. */
function expectCorrected(trajectory: Trajectory): void {
  const spans = trajectory.spans.map((span) =>
    span.kind === 'prompt' && span.step >= 0 ? { ...span, kind: 'other' as const } : span,
  )
  expectPartition({ ...trajectory, spans })
}

describe('correcting spans', () => {
  it('gives a part of a span a kind of its own', () => {
    const read = household()
    const corrected = apply(read, { type: 'relabel', ...range(read, 'take mug 1 from '), kind: 'reason' })
    expect(partsOf(corrected).slice(5)).toEqual([
      ['act', '> '],
      ['reason', 'take mug 1 from '],
      ['act', 'shelf 1\n'],
    ])
  })

  it('makes one span of all that was selected', () => {
    const read = household()
    const { start } = range(read, '> think')
    const { end } = range(read, 'OK.\n')
    const corrected = apply(read, { type: 'relabel', start, end, kind: 'other' })
    expect(partsOf(corrected)[1]).toEqual(['other', '> think: a mug first\nOK.\n'])
    expect(codes(corrected)).toContain('no-reason-span')
    expect(corrected.spans).toHaveLength(5)
  })

  it('keeps the marker of a span that still begins with it', () => {
    const read = household()
    const corrected = apply(read, { type: 'relabel', ...range(read, '> go to shelf 1\n'), kind: 'reason' })
    expect(spansOf(corrected)[3]).toEqual(['reason', 'go to shelf 1'])
  })

  it('splits a span in two of its kind, and merges them again', () => {
    const read = household()
    const { start, end } = range(read, 'shelf 1\nYou')
    const split = apply(read, { type: 'split', at: start })
    expect(partsOf(split).slice(3, 5)).toEqual([
      ['act', '> go to '],
      ['act', 'shelf 1\n'],
    ])
    const merged = apply(
      read,
      { type: 'split', at: start },
      { type: 'merge', start: start - 1, end: start + 1 },
    )
    expect(merged.spans).toEqual(read.spans)
    const further = apply(read, { type: 'merge', start, end })
    expect(partsOf(further)[3]).toEqual(['act', '> go to shelf 1\nYou see a mug 1.\n'])
  })

  it('leaves everything as it is where nothing is selected, or the border is there already', () => {
    const read = household()
    const outline = outlineOf(read.spans)
    const border = read.spans[2]!.start
    for (const edit of [
      { type: 'split', at: border },
      { type: 'split', at: -5 },
      { type: 'split', at: 1e9 },
      { type: 'relabel', start: 5, end: 5, kind: 'act' },
      { type: 'relabel', start: 9, end: 4, kind: 'act' },
      { type: 'merge', start: border, end: border + 1 },
      { type: 'merge', start: 3, end: 3 },
    ] satisfies SpanEdit[]) {
      expect(edited(read.text, outline, edit)).toEqual(outline)
    }
  })

  it('gives white space to the span before it, so that none is blank', () => {
    const read = household()
    const { end } = range(read, '> take mug 1 from shelf 1')
    const corrected = apply(read, { type: 'relabel', start: end - 7, end, kind: 'other' })
    expect(partsOf(corrected).at(-1)).toEqual(['other', 'shelf 1\n'])
  })

  it('counts the steps anew', () => {
    const read = household()
    expect(read.spans.map(({ step }) => step)).toEqual([-1, 0, 0, 0, 0, 1])
    const corrected = apply(read, { type: 'relabel', ...range(read, '> think: a mug first\n'), kind: 'act' })
    expect(corrected.spans.map(({ step }) => step)).toEqual([-1, 0, 0, 1, 1, 2])
  })

  it('warns anew of what follows from the spans, and keeps what was warned of before', () => {
    const read = household()
    read.warnings.push({ code: 'ansi-removed', message: 'Colours were taken out.', offset: 0, line: 1 })
    const all = { start: 0, end: read.text.length }
    const corrected = apply(read, { type: 'relabel', ...all, kind: 'observation' })
    expect(codes(corrected)).toEqual(['ansi-removed', 'no-reason-span', 'no-act-span'])
    expect(apply(corrected, { type: 'relabel', ...all, kind: 'act' }).warnings).not.toContainEqual(
      expect.objectContaining({ code: 'no-act-span' }),
    )
  })

  it('never cuts a character in two', () => {
    const read = { ...household(), text: '😀😀', spans: [{ ...household().spans[0]!, end: 4 }] }
    expect(edited(read.text, [['act', 4]], { type: 'split', at: 3 })).toEqual([
      ['act', 2],
      ['act', 4],
    ])
    expect(edited(read.text, [['act', 4]], { type: 'relabel', start: 1, end: 3, kind: 'other' })).toEqual([
      ['other', 2],
      ['act', 4],
    ])
  })

  it('leaves a partition of whole characters, whatever is done one after another', () => {
    fc.assert(
      fc.property(editedTrajectories, ([trajectory, edits]) => {
        let outline = outlineOf(trajectory.spans)
        for (const edit of edits) {
          outline = edited(trajectory.text, outline, edit)
          expect(fits(trajectory.text, outline)).toBe(true)
          const corrected = redrawn(trajectory, outline)
          expect(corrected.text).toBe(trajectory.text)
          expectCorrected(corrected)
          for (const [, text] of partsOf(corrected)) expect(text.isWellFormed()).toBe(true)
          expect(
            corrected.spans.some(({ start, end }) => trajectory.text.slice(start, end).trim() === ''),
          ).toBe(false)
          outline = outlineOf(corrected.spans)
        }
      }),
    )
  })

  it('is taken back by the outline from before: the same spans, contents, steps and warnings', () => {
    fc.assert(
      fc.property(editedTrajectories, ([trajectory, edits]) => {
        const states = [redrawn(trajectory, outlineOf(trajectory.spans))]
        for (const edit of edits) {
          const { text, spans } = states.at(-1)!
          states.push(redrawn(trajectory, edited(text, outlineOf(spans), edit)))
        }
        for (const state of states.reverse())
          expect(redrawn(trajectory, outlineOf(state.spans))).toEqual(state)
      }),
    )
  })

  it('changes nothing when the spans are drawn as the segmenter drew them', () => {
    fc.assert(
      fc.property(trajectories, (trajectory) => {
        expect(redrawn(trajectory, outlineOf(trajectory.spans)).spans).toEqual(trajectory.spans)
      }),
    )
  })

  it('refuses outlines that are no partition of whole characters', () => {
    const text = 'ab😀c'
    expect(
      fits(text, [
        ['act', 2],
        ['reason', 5],
      ]),
    ).toBe(true)
    expect(
      fits(text, [
        ['act', 2],
        ['reason', 4],
      ]),
    ).toBe(false)
    expect(
      fits(text, [
        ['act', 2],
        ['reason', 6],
      ]),
    ).toBe(false)
    expect(
      fits(text, [
        ['act', 2],
        ['other', 2],
        ['reason', 5],
      ]),
    ).toBe(false)
    expect(
      fits(text, [
        ['act', 4],
        ['other', 2],
        ['reason', 5],
      ]),
    ).toBe(false)
    expect(
      fits(text, [
        ['act', 3],
        ['reason', 5],
      ]),
    ).toBe(false)
    expect(fits(text, [])).toBe(false)
  })
})
