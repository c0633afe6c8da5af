import { agentPieces } from '../notation/turns.ts'
import { conversationPieces } from '../records/conversation.ts'
import type { Format } from './format.ts'

/**
 * A run as a bare list of texts that take turns, as AgentBench's prompts keep them: the room and the task, the agent's
 * action, the answer, the next action. Nothing but the task tells such a list from any other, so it must be stated.
 */
export const turnStrings: Format = {
  id: 'turn-strings',
  title: 'a list of texts that take turns: task, action, answer, action',
  readJson(value) {
    if (!Array.isArray(value) || value.length < FEWEST_TURNS) return null
    const turns = value as unknown[]
    if (!turns.every((turn) => typeof turn === 'string')) return null
    // Several tasks are several transcripts, and a task with steps below it is one already.
    const tasks = turns.filter((turn) => TASK.test(turn.slice(0, LONGEST_TASK)))
    if (tasks.length !== 1 || tasks[0] !== turns[0] || agentPieces(`${turns[0]}\n`) !== null) return null
    const pieces = conversationPieces(
      turns.map((text, i) => {
        return { speaker: i % 2 === 0 ? 'user' : 'agent', parts: [{ kind: 'text', text }] }
      }),
      true,
    )
    return pieces === null ? [] : [{ pieces }]
  },
}

const FEWEST_TURNS = 4
const LONGEST_TASK = 20_000
const TASK = /\byour task is to\b|^\s{0,9}(?:task|instruction|question|goal)\s?:/im
