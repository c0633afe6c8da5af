import { isBlank } from '../lines.ts'
import { markReact } from '../markers.ts'
import { agentPieces, answerPieces, unmarkedPiece } from '../turns.ts'
import type { Format, Piece } from './format.ts'

/**
 * OpenAI chat messages whose assistant text holds Thought and Action: `{"messages": [{"role", "content"}]}` or the
 * bare array. The linear text is the contents one after another, each ended by a newline where it has none; roles are
 * not written, empty messages leave no trace. So the student learns the assistant's text and the newline after it.
 *
 * What comes before the assistant's first turn is the prompt; later turns of others are observations. Conversations
 * with tool calls are left alone here: their actions are not in the text.
 */
export const openaiMessages: Format = {
  id: 'openai-messages',
  title: 'OpenAI messages with Thought/Action in the text',
  readJson(value) {
    const messages = messagesOf(value)
    if (messages === null) return null
    const pieces = messages.some((message) => callsTools(message)) ? null : piecesOf(messages)
    return pieces === null ? [] : [{ pieces }]
  },
}

interface Message {
  role: string
  text: string
  source: Record<string, unknown>
}

const MODEL_ROLES = new Set(['assistant', 'gpt', 'agent', 'model'])
const MOST_MESSAGES_CHECKED = 4

function messagesOf(value: object): Message[] | null {
  const list = Array.isArray(value) ? value : (value as { messages?: unknown }).messages
  if (!Array.isArray(list) || list.length === 0) return null
  if (!list.slice(0, MOST_MESSAGES_CHECKED).every(isMessage)) return null
  return list.filter(isMessage).map((source) => ({
    role: source.role.toLowerCase(),
    text: textOf(source.content),
    source,
  }))
}

function isMessage(value: unknown): value is { role: string; content: unknown } & Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'content' in value &&
    'role' in value &&
    typeof value.role === 'string'
  )
}

/** A string, null, or a list of text parts. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content
    .map((part: unknown) => {
      if (typeof part === 'string') return part
      const text = typeof part === 'object' && part !== null && 'text' in part ? part.text : ''
      return typeof text === 'string' ? text : ''
    })
    .join('')
}

function callsTools({ source }: Message): boolean {
  const calls = source.tool_calls
  return (
    (Array.isArray(calls) && calls.length > 0) ||
    (source.function_call !== undefined && source.function_call !== null)
  )
}

function piecesOf(messages: Message[]): Piece[] | null {
  const turns = messages
    .filter(({ text }) => !isBlank(text))
    .map(({ role, text }) => ({
      model: MODEL_ROLES.has(role),
      role,
      text: text.endsWith('\n') ? text : `${text}\n`,
    }))
  const first = turns.findIndex((turn) => turn.model)
  if (first < 0) return null
  const marked = turns.map(({ text }) => markReact(text, false))
  const steps = marked.map((marks) => marks.some((mark) => mark.kind === 'reason' || mark.kind === 'act'))
  if (!turns.some((turn, i) => turn.model && steps[i])) {
    const others = turns.flatMap(({ model, role }, i) =>
      i > first && !model && role !== 'system' ? [i] : [],
    )
    // Only turns that open with a marker: a tool's answer may well hold a line like "Answer:" somewhere.
    const acting = others.filter(
      (i) => steps[i] && marked[i]![0]!.start === 0 && marked[i]![0]!.kind !== 'observation',
    )
    return acting.length > 0 && acting.length * 2 >= others.length ? wrongRole(turns, first) : null
  }
  return turns.flatMap(({ model, text }, i): Piece[] => {
    if (i < first) return [{ kind: 'prompt', text }]
    return model ? (agentPieces(text) ?? [unmarkedPiece(text)]) : answerPieces(text)
  })
}

function wrongRole(turns: { text: string }[], first: number): Piece[] {
  const message =
    'Thoughts and actions stand in turns that are not the assistant’s, so nothing is supervised; swap the roles to train on it.'
  return turns.map(({ text }, i) =>
    i < first
      ? { kind: 'prompt', text }
      : { kind: 'other', text, warnings: i === first ? [{ code: 'wrong-role', message }] : undefined },
  )
}
