import type { Script, Turn } from '../environment.ts'
import { invalidAction } from './wording.ts'

/** ReAct's numbered notation (Yao et al., arXiv 2210.03629): "Thought 1: …", "Action 1: …", "Observation 1: …". */
const MARKER = /^[ \t]*(Thought|Action|Observation|Question)(?: ?\d+)?[ \t]*:[ \t]*/

/**
 * The wiki's transcripts. A turn is a thought of one or more lines and an action of one line; the thought may be
 * missing, the action may not. A number that is missing or wrong does no harm.
 */
export const wikiScript: Script = {
  read(written, _turn, ended) {
    let reasoning: string[] | null = null
    for (let at = 0; at < written.length; ) {
      const newline = written.indexOf('\n', at)
      if (newline < 0 && !ended) return null
      const end = newline < 0 ? written.length : newline + 1
      const line = written.slice(at, newline < 0 ? end : newline)
      const marker = MARKER.exec(line)
      const content = marker ? line.slice(marker[0].length) : line
      const blank = line.trim() === ''
      if (marker?.[1] === 'Action') {
        const thought = reasoning?.join('\n').trim() ?? ''
        return { end, kind: 'act', reasoning: thought === '' ? null : thought, action: content.trim() }
      }
      if (reasoning === null) {
        if (marker?.[1] === 'Thought') reasoning = [content]
        else if (!blank) return malformed(written, end)
      } else {
        // The agent goes on without an action of its own: what follows is not read as one.
        if (marker) return malformed(written, at)
        reasoning.push(line)
      }
      at = end
    }
    return ended ? malformed(written, written.length) : null
  },

  write(turn, number) {
    const thought = turn.reasoning === null ? '' : `Thought ${number}: ${turn.reasoning}\n`
    return 'action' in turn ? `${thought}Action ${number}: ${turn.action}\n` : thought
  },

  answer(observation, number) {
    return `Observation ${number}: ${observation}\n`
  },

  refusal: invalidAction,
}

function malformed(written: string, end: number): Turn {
  return { end, kind: 'malformed', text: written.slice(0, end).trim() }
}
