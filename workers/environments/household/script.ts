import { LabError } from '../../errors.ts'
import type { Script } from '../environment.ts'
import { NOTHING_HAPPENS } from './sentences.ts'

const THOUGHT = /^>[ \t]*think:/i
const TURN = /^>[ \t]*(?=\S)/

/**
 * ALFWorld as ReAct's prompts write it: a turn is one line behind "> ", a thought ("> think: ...") a turn of its own that
 * is answered by "OK.". What a model writes below its line is not its turn.
 */
export const householdScript: Script = {
  read(written, _turn, ended) {
    const lineEnd = written.indexOf('\n')
    if (lineEnd < 0 && !ended) return null
    const line = lineEnd < 0 ? written : written.slice(0, lineEnd)
    const end = lineEnd < 0 ? written.length : lineEnd + 1
    const thought = THOUGHT.exec(line)
    if (thought) return { kind: 'thought', reasoning: line.slice(thought[0].length).trim(), end }
    const turn = TURN.exec(line)
    if (turn) return { kind: 'act', reasoning: null, action: line.slice(turn[0].length).trim(), end }
    return { kind: 'malformed', text: line, end }
  },

  write(turn) {
    if (!('action' in turn)) return `> think: ${turn.reasoning}\n`
    if (turn.reasoning === null) return `> ${turn.action}\n`
    throw new LabError(
      'usage',
      'In the household a thought is a turn of its own: write it before the action.',
    )
  },

  answer: (observation) => `${observation}\n`,

  refusal: () => NOTHING_HAPPENS,
}
