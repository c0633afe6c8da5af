import type { Draft } from '../formats/format.ts'

const ESCAPE = '\u001b'
/** Behind the escape: colours, cursor movements and character sets (ECMA-48), or a link or title (OSC). */
const SEQUENCE = /\[[0-9;:?]{0,40}[@-~]|[()][0-9A-Za-z]|\][ -~]{0,400}/y

/** A text without its terminal codes. */
export interface Plain {
  text: string
  /** What was taken out, in order: where in `text` it stood, how long it was, and itself. */
  codes: { at: number; length: number; code: string }[]
}

/** Takes terminal codes out of a text. */
function withoutCodes(text: string): Plain {
  const codes: Plain['codes'] = []
  const parts: string[] = []
  let from = 0
  let at = 0
  for (let i = text.indexOf(ESCAPE); i >= 0; i = text.indexOf(ESCAPE, i + 1)) {
    const end = sequenceEnd(text, i)
    if (end === 0) continue
    parts.push(text.slice(from, i))
    at += i - from
    codes.push({ at, length: end - i, code: text.slice(i, end) })
    from = end
    i = end - 1
  }
  parts.push(text.slice(from))
  return { text: parts.join(''), codes }
}

function sequenceEnd(text: string, from: number): number {
  SEQUENCE.lastIndex = from + 1
  if (!SEQUENCE.test(text)) return 0
  const end = SEQUENCE.lastIndex
  if (text[from + 1] !== ']') return end
  // Ended by a bell or by escape and a backslash.
  if (text.charCodeAt(end) === 7) return end + 1
  return text.startsWith(`${ESCAPE}\\`, end) ? end + 2 : end
}

/**
 * A text format that never sees terminal codes: they are taken out before it reads, and every trajectory that held one
 * says so.
 *
 * @param readText gets the codes as well, for a console that says by colours who speaks
 */
export function plainly(
  readText: (text: string, codes: Plain['codes']) => Draft[] | null,
): (text: string) => Draft[] | null {
  return (original) => {
    if (!original.includes(ESCAPE)) return readText(original, [])
    const { text, codes } = withoutCodes(original)
    const drafts = readText(text, codes)
    return drafts && restored(drafts, codes)
  }
}

const MESSAGE = 'Terminal colour codes were taken out of the text, so a student does not learn to write them.'

/** Says what was taken out, and moves each draft's start back to where it is in the file. */
function restored(drafts: Draft[], codes: Plain['codes']): Draft[] {
  let removed = 0
  let next = 0
  return drafts.map((draft, i) => {
    const { start = 0, pieces } = draft
    while (next < codes.length && codes[next]!.at < start) removed += codes[next++]!.length
    const end = drafts[i + 1]?.start ?? Number.POSITIVE_INFINITY
    const first = pieces.find(({ text }) => text.trim() !== '')
    if (first !== undefined && next < codes.length && codes[next]!.at < end) {
      first.warnings = [...(first.warnings ?? []), { code: 'ansi-removed', message: MESSAGE }]
    }
    return draft.start === undefined ? draft : { ...draft, start: start + removed }
  })
}
