import { isRecord } from '../../isRecord.ts'
import { partsOf } from '../records/contentParts.ts'
import { conversationPieces, type Turn } from '../records/conversation.ts'
import { recordOf, wordsOf } from '../records/fields.ts'
import { isMessage, turnOf } from '../records/message.ts'
import type { Draft, Format } from './format.ts'
import { turnOfItem } from './openai-responses.ts'

/**
 * Session logs of coding agents, one line per event: Claude Code (`{"type": "assistant", "sessionId", "message"}`,
 * every content block on a line of its own) and Codex (`{"type": "response_item", "payload"}`). Lines that only keep
 * books (summaries, snapshots, token counts) hold no text of the trajectory, nor do the side talks of subagents.
 */
export const sessionLog: Format = {
  id: 'session-log',
  title: 'session logs of Claude Code or Codex, one event per line',
  readJson(value) {
    if (!Array.isArray(value) || !isRecord(value[0])) return null
    const rows = value.filter(isRecord)
    if (isClaudeLine(value[0])) return [...sessions(rows).values()].flatMap(draftsOf)
    return isCodexLine(value[0]) ? rollouts(rows).flatMap(draftsOf) : null
  },
  rowKey(record) {
    if (!isRecord(record)) return null
    if (isClaudeLine(record)) return 'claude-code'
    return isCodexLine(record) ? 'codex' : null
  },
}

function draftsOf(turns: Turn[]): Draft[] {
  const pieces = conversationPieces(turns, true)
  return pieces === null ? [] : [{ pieces }]
}

function isClaudeLine(row: Record<string, unknown>): boolean {
  if (typeof row.type !== 'string') return false
  const event = typeof row.sessionId === 'string' && ('uuid' in row || 'message' in row || 'operation' in row)
  return event || typeof row.leafUuid === 'string' || ('messageId' in row && isRecord(row.snapshot))
}

/** The turns of each session, in the order of the file. */
function sessions(rows: Record<string, unknown>[]): Map<string, Turn[]> {
  const found = new Map<string, Turn[]>()
  for (const row of rows) {
    const message = recordOf(row.message)
    // "<synthetic>" is what the program itself says in the model's place.
    if (message === undefined || row.isSidechain === true || message.model === '<synthetic>') continue
    if (!isMessage(message)) continue
    const id = String(row.sessionId)
    const turns = found.get(id)
    if (turns === undefined) found.set(id, [turnOf(message)])
    else turns.push(turnOf(message))
  }
  return found
}

const CODEX_TYPES = new Set(['session_meta', 'response_item', 'event_msg', 'turn_context', 'compacted'])

function isCodexLine(row: Record<string, unknown>): boolean {
  return typeof row.type === 'string' && CODEX_TYPES.has(row.type) && isRecord(row.payload)
}

/** The turns of each rollout; a line of meta data begins one. */
function rollouts(rows: Record<string, unknown>[]): Turn[][] {
  const found: Turn[][] = [[]]
  for (const { type, payload } of rows) {
    const item = recordOf(payload)
    if (item === undefined) continue
    if (type === 'session_meta') {
      const told = wordsOf(item.instructions) ?? wordsOf(recordOf(item.base_instructions)?.text)
      found.push(told === undefined ? [] : [{ speaker: 'system', parts: partsOf(told) }])
    } else if (type === 'response_item') found.at(-1)!.push(turnOfItem(item))
  }
  return found
}
