import { isRecord } from '../../isRecord.ts'
import { agentPieces, unmarkedPiece } from '../notation/turns.ts'
import { outcomeOf } from '../records/outcome.ts'
import { ended, type StepValue, textOf, valuePieces } from '../records/values.ts'
import type { Draft, Format, Piece } from './format.ts'

/**
 * What LangChain's AgentExecutor returns: `{input, output, intermediate_steps: [[action, observation], ...]}` with an
 * action `{tool, tool_input, log}`, also as pairs by name, as serialised constructors, or the bare list. The log is
 * what the model wrote; where it cannot be told apart (tool-calling agents), the call is written instead.
 */
export const intermediateSteps: Format = {
  id: 'intermediate-steps',
  title: 'LangChain intermediate_steps (tool, tool_input, log)',
  readJson(value) {
    if (Array.isArray(value)) {
      const steps = stepsOf(value)
      return steps === null || steps.length === 0 ? null : [{ pieces: steps }]
    }
    const record = value as Record<string, unknown>
    // LangSmith keeps what went in and what came out apart.
    for (const body of [record, record.outputs]) {
      if (!isRecord(body)) continue
      const own = body.intermediate_steps ?? body.intermediateSteps
      const steps = stepsOf(own ?? body.steps)
      // Without any step, only the list's name tells what it is.
      if (steps === null || (steps.length === 0 && own === undefined)) continue
      const asked = promptOf(body) ?? promptOf(record) ?? promptOf(record.inputs)
      const prompt: StepValue[] = asked === undefined ? [] : [{ kind: 'prompt', value: asked }]
      const draft: Draft = {
        pieces: [...valuePieces(prompt), ...steps, ...finalPieces(body)],
        ...outcomeOf(record),
      }
      return draft.pieces.some(({ kind }) => kind === 'reason' || kind === 'act') ? [draft] : []
    }
    return null
  },
}

interface Action {
  tool: string
  input: unknown
  log: string
  /** What the model said beside its call. */
  said: string
}

/** The pieces of a list of steps; null when it is none. */
function stepsOf(list: unknown): Piece[] | null {
  if (!Array.isArray(list)) return null
  const steps = list.map(stepOf)
  if (!steps.every((step) => step !== null)) return null
  return steps.flatMap(({ action, observation }) => [...actionPieces(action), ...observed(observation)])
}

function observed(value: unknown): Piece[] {
  const text = textOf(value)
  return text.trim() === '' ? [] : [{ kind: 'observation', text: ended(text) }]
}

function stepOf(step: unknown): { action: Action; observation: unknown } | null {
  if (Array.isArray(step)) {
    const action = step.length === 2 ? actionOf(step[0]) : null
    return action && { action, observation: step[1] }
  }
  if (!isRecord(step)) return null
  const action = actionOf(step.action ?? step)
  const observation = step.observation ?? (isRecord(step.action) ? step.result : undefined)
  return action && ('action' in step || 'observation' in step) ? { action, observation } : null
}

function actionOf(value: unknown): Action | null {
  // As JSON writes a named tuple.
  if (Array.isArray(value) && value.length === 3) {
    const [tool, tool_input, log] = value as unknown[]
    return typeof log === 'string' ? actionOf({ tool, tool_input, log }) : null
  }
  if (!isRecord(value)) return null
  const fields = isRecord(value.kwargs) && Array.isArray(value.id) ? value.kwargs : value
  const { tool, log } = fields
  const input = fields.tool_input ?? fields.toolInput
  if (typeof tool !== 'string' || (input === undefined && typeof log !== 'string')) return null
  const messages = fields.message_log ?? fields.messageLog
  const last: unknown = Array.isArray(messages) ? messages.at(-1) : undefined
  const message = isRecord(last) && isRecord(last.kwargs) ? last.kwargs : last
  const said = isRecord(message) && typeof message.content === 'string' ? message.content : ''
  return { tool, input, log: typeof log === 'string' ? log : '', said }
}

/** The tool that LangChain names when it could not read what the model wrote. */
const UNREAD = '_Exception'

function actionPieces({ tool, input, log, said }: Action): Piece[] {
  const written = log.trim() === '' ? null : agentPieces(ended(log))
  if (written?.some(({ kind }) => kind === 'act')) return written
  if (tool === UNREAD) return [unmarkedPiece(ended(log))]
  const thought = written ?? valuePieces([{ kind: 'reason', value: said }])
  return [...thought, ...valuePieces([{ kind: 'act', value: { name: tool, arguments: input ?? null } }])]
}

/** The final answer, as the model wrote it or as the executor returned it. */
function finalPieces(body: Record<string, unknown>): Piece[] {
  const values = isRecord(body.return_values) ? body.return_values : body
  const log = typeof body.log === 'string' ? agentPieces(ended(body.log)) : null
  if (log?.some(({ kind }) => kind === 'act')) return log
  const answer = [values.output, values.answer, values.result].find((found) => typeof found === 'string')
  return valuePieces([{ kind: 'act', value: answer }])
}

function promptOf(body: unknown): string | undefined {
  if (!isRecord(body)) return undefined
  const asked = [body.input, body.question, body.query, body.task].map((value) => {
    return isRecord(value) ? (value.input ?? value.question) : value
  })
  return asked.find((value): value is string => typeof value === 'string' && value.trim() !== '')
}
