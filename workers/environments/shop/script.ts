import { type Script, THOUGHT_TAKEN, type Turn } from '../environment.ts'
import { INVALID_ACTION } from './pages.ts'

const ACTION = /^Action:[ \t]*/
const THINK = 'think['

/**
 * How ReAct's authors wrote WebShop: every turn is one line `Action: …`, a thought is the action `think[…]`, which the
 * shop answers with "OK.". A turn ends with its line; blank lines before it are passed over.
 */
export const shopScript: Script = {
  read(written, _turn, ended) {
    const start = written.search(/\S/)
    if (start < 0) return ended ? { end: written.length, kind: 'malformed', text: '' } : null
    const newline = written.indexOf('\n', start)
    if (newline < 0 && !ended) return null
    const end = newline < 0 ? written.length : newline + 1
    return turnOf(written.slice(start, end), end)
  },

  /** Reasoning and action at once become the two turns that they are here, the answer to the thought between them. */
  write(turn, number) {
    const thought = turn.reasoning === null ? '' : `Action: ${THINK}${turn.reasoning}]\n`
    if (!('action' in turn)) return thought
    const act = `Action: ${turn.action}\n`
    return thought === '' ? act : `${thought}${shopScript.answer(THOUGHT_TAKEN, number)}${act}`
  },

  /** A page begins on the line below. */
  answer(observation) {
    return `Observation: ${observation.includes('\n') ? '\n' : ''}${observation}\n\n`
  },

  refusal: () => INVALID_ACTION,
}

function turnOf(line: string, end: number): Turn {
  const marker = ACTION.exec(line)
  const action = marker ? line.slice(marker[0].length).trim() : ''
  if (action === '') return { end, kind: 'malformed', text: line.trim() }
  if (!action.toLowerCase().startsWith(THINK)) return { end, kind: 'act', reasoning: null, action }
  const reasoning = action.slice(THINK.length, action.endsWith(']') ? -1 : undefined).trim()
  return { end, kind: 'thought', reasoning }
}
