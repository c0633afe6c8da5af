import { KIND_CODES, type LabelledTokens, type Row } from '../../../workers/dataset/row.ts'
import { parseRecipe, type Recipe, type RecipeInput } from '../../../workers/recipe.ts'
import type { Encoding, Tokenizer } from '../../../workers/tokenizer/tokenizer.ts'
import type { SpanKind, Trajectory, Warning } from '../../../workers/trajectories/trajectory.ts'

/** One token for each character; id = code unit below 255, end-of-text 255. */
export const characters: Tokenizer = {
  vocabularySize: 256,
  endOfTextId: 255,
  encode(text): Encoding {
    const starts = Int32Array.from({ length: text.length }, (_, i) => i)
    return {
      ids: starts.map((i) => text.charCodeAt(i) % 255),
      starts,
      ends: starts.map((i) => i + 1),
      anchors: starts,
    }
  },
  decode: (ids) => String.fromCharCode(...Array.from(ids).filter((id) => id !== 255)),
  bytesOf: (id) => (id === 255 ? null : new TextEncoder().encode(String.fromCharCode(id))),
  toJSON: () => ({}),
}

/** A trajectory from its spans: [kind, text, step]. */
export function trajectoryOf(
  parts: [SpanKind, string, number][],
  warnings: Warning['code'][] = [],
): Trajectory {
  let start = 0
  const spans = parts.map(([kind, text, step]) => {
    const span = {
      kind,
      start,
      end: start + text.length,
      contentStart: start,
      contentEnd: start + text.length,
      step,
    }
    start = span.end
    return span
  })
  return {
    file: 'fixture.txt',
    index: 0,
    format: 'alfworld',
    environment: 'household',
    text: parts.map(([, text]) => text).join(''),
    spans,
    warnings: warnings.map((code) => ({ code, message: code, offset: 0, line: 1 })),
  }
}

/** Prompt, then `steps` steps of a thought, an act and an answer of the given lengths in characters. */
export function episode(
  steps: number,
  { prompt = 4, reason = 3, act = 2, observation = 3 } = {},
): Trajectory {
  const parts: [SpanKind, string, number][] = prompt > 0 ? [['prompt', 'p'.repeat(prompt), -1]] : []
  for (let step = 0; step < steps; step++) {
    parts.push(['reason', 'r'.repeat(reason), step], ['act', 'a'.repeat(act), step])
    if (step < steps - 1) parts.push(['observation', 'o'.repeat(observation), step])
  }
  return trajectoryOf(parts.filter(([, text]) => text.length > 0))
}

const LETTERS: Record<string, SpanKind> = { p: 'prompt', r: 'reason', a: 'act', o: 'observation', x: 'other' }

/**
 * Labelled tokens from letters, one a token: `pp|rrao|rra` is a prompt and two steps. Ids count from 0, so that a
 * token says where it came from.
 */
export function labelled(letters: string): LabelledTokens {
  const [prompt = '', ...steps] = letters.split('|')
  const parts = [...prompt].map((letter): [string, number] => [letter, -1])
  for (const [step, text] of steps.entries()) for (const letter of text) parts.push([letter, step])
  return {
    trajectory: 7,
    ids: Int32Array.from(parts, (_, i) => i),
    kinds: Uint8Array.from(parts, ([letter]) => KIND_CODES[LETTERS[letter]!]),
    steps: Int32Array.from(parts, ([, step]) => step),
  }
}

/** The kinds of a row as letters. */
export function letters(kinds: Uint8Array): string {
  return Array.from(kinds, (kind) => 'praox'[kind] ?? '_').join('')
}

export function recipeOf(input: RecipeInput = {}): Recipe {
  return parseRecipe(input)
}

export function rowOf(difficulty: number, trajectory = 0): Row {
  const ids = Int32Array.of(1, 2)
  const kinds = Uint8Array.of(0, 1)
  return {
    trajectory,
    ids,
    kinds,
    steps: Int32Array.of(-1, 0),
    places: Int32Array.of(0, 1),
    difficulty,
  }
}
