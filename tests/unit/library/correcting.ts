import fc from 'fast-check'
import type { SpanEdit } from '../../../workers/library/spanEdits.ts'
import type { Piece } from '../../../workers/trajectories/formats/format.ts'
import { segment } from '../../../workers/trajectories/segmenter.ts'
import { SPAN_KINDS, type Trajectory } from '../../../workers/trajectories/trajectory.ts'

const ORIGIN = { file: 'f', index: 0, format: 'react-text' }

const WORDS = [
  'go to shelf 1',
  'Finish[x]',
  '😀',
  'ünï',
  '  ',
  '\r\n',
  '\n\n',
  '\t',
  ']',
  '中文',
  'a',
  '🏳️‍🌈b',
  '',
]
const words = fc
  .array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''))

const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('prompt' as const, 'observation' as const, 'other' as const),
    text: words,
  }),
  words.map((text): Piece => ({ kind: 'reason', text: `Thought: ${text}\n`, marker: 8 })),
  words.map((text): Piece => ({ kind: 'act', text: `think[${text}]\n`, marker: 6, closer: ']' })),
  fc.record({ kind: fc.constant('act' as const), text: words, sameStep: fc.boolean() }),
)

/** Trajectories as the segmenter leaves them: prompts at the front only, characters of every width, markers, closers. */
export const trajectories: fc.Arbitrary<Trajectory> = fc
  .array(piece, { minLength: 1, maxLength: 12 })
  .map((pieces) => {
    const started = pieces.findIndex(({ kind }) => kind !== 'prompt')
    const draft = pieces.filter(({ kind }, index) => kind !== 'prompt' || index < started)
    return segment({ pieces: draft }, ORIGIN)
  })
  .filter((trajectory) => trajectory !== null)

/** Edits at any offset, before, inside and behind the text, the wrong way round as well. */
export function editsOf(length: number): fc.Arbitrary<SpanEdit> {
  const offset = fc.integer({ min: -3, max: length + 3 })
  return fc.oneof(
    fc.record({
      type: fc.constant('relabel' as const),
      start: offset,
      end: offset,
      kind: fc.constantFrom(...SPAN_KINDS),
    }),
    fc.record({ type: fc.constant('split' as const), at: offset }),
    fc.record({ type: fc.constant('merge' as const), start: offset, end: offset }),
  )
}

/** A trajectory and what is done to it, one after another. */
export const edited: fc.Arbitrary<[Trajectory, SpanEdit[]]> = trajectories.chain((trajectory) =>
  fc.tuple(fc.constant(trajectory), fc.array(editsOf(trajectory.text.length), { maxLength: 12 })),
)

/** Kind and text of every span. */
export function partsOf({ text, spans }: Trajectory): [string, string][] {
  return spans.map(({ kind, start, end }) => [kind, text.slice(start, end)])
}

/** A small trajectory to look at: prompt, thought, act, answer, twice. */
export function household(): Trajectory {
  const pieces: Piece[] = [
    { kind: 'prompt', text: 'Your task is to: tidy.\n' },
    { kind: 'reason', text: '> think: a mug first\n', marker: 8 },
    { kind: 'observation', text: 'OK.\n' },
    { kind: 'act', text: '> go to shelf 1\n', marker: 2 },
    { kind: 'observation', text: 'You see a mug 1.\n' },
    { kind: 'act', text: '> take mug 1 from shelf 1\n', marker: 2 },
  ]
  return segment({ pieces }, ORIGIN)!
}
