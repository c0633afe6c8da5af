import type { Draft, Format, Piece } from '../formats/format.ts'
import { lineEnd } from '../notation/lines.ts'
import type { Mapping } from '../reading.ts'

type MarkersMapping = Extract<Mapping, { kind: 'markers' }>
type Kind = 'prompt' | 'reason' | 'act' | 'observation'

interface Opening {
  kind: Kind
  marker: string
  closer?: string
}

/**
 * Reads text whose lines begin as a person said. A beginning that opens a tag or a bracket (`<think>`, `think[`)
 * leaves the one that closes it out of the content, where the span ends with it.
 */
export function markerMapping(mapping: MarkersMapping): Format {
  const openings = openingsOf(mapping)
  return {
    id: 'mapped-markers',
    title: 'text with markers mapped by hand',
    readText(text) {
      const drafts: Draft[] = []
      let pieces: Piece[] = []
      let start = 0
      let pieceStart = 0
      let open: Opening = { kind: 'prompt', marker: '' }
      let stepped = false
      const close = (at: number) => {
        if (at === pieceStart) return
        const { kind, marker, closer } = open
        pieces.push({ kind, text: text.slice(pieceStart, at), marker: marker.length, closer })
        pieceStart = at
      }
      for (let at = 0; at < text.length; at = lineEnd(text, at)) {
        let opening = openings.get(text[at]!)?.find(({ marker }) => text.startsWith(marker, at))
        if (opening === undefined && mapping.otherLines === 'observation' && at > pieceStart) {
          if (open.kind === 'reason' || open.kind === 'act') opening = { kind: 'observation', marker: '' }
        }
        if (opening === undefined) continue
        close(at)
        open = opening
        if (opening.kind === 'reason' || opening.kind === 'act') stepped = true
        else if (opening.kind === 'prompt' && stepped) {
          drafts.push({ pieces, start })
          pieces = []
          start = at
          stepped = false
        }
      }
      close(text.length)
      // A prompt at the end that nothing follows brings nothing.
      if (stepped) drafts.push({ pieces, start })
      return drafts.length > 0 ? drafts : null
    },
  }
}

/** By first character, the longest first. */
function openingsOf(mapping: MarkersMapping): Map<string, Opening[]> {
  const openings = (['prompt', 'reason', 'act', 'observation'] as const)
    .flatMap((kind) => mapping[kind].map((marker): Opening => ({ kind, marker, closer: closerOf(marker) })))
    .sort((a, b) => b.marker.length - a.marker.length)
  const byFirst = new Map<string, Opening[]>()
  for (const opening of openings) {
    const same = byFirst.get(opening.marker[0]!)
    if (same === undefined) byFirst.set(opening.marker[0]!, [opening])
    else same.push(opening)
  }
  return byFirst
}

const BRACKETS: Record<string, string> = { '[': ']', '(': ')', '{': '}' }

function closerOf(marker: string): string | undefined {
  const tag = /<([A-Za-z][\w-]{0,60})>\s{0,20}$/.exec(marker)
  return tag === null ? BRACKETS[marker.at(-1) ?? ''] : `</${tag[1]}>`
}
