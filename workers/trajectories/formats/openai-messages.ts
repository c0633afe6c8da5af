import { isRecord } from '../../isRecord.ts'
import { conversationDrafts, conversationsOf } from '../records/conversationRecord.ts'
import { firstOf } from '../records/fields.ts'
import { isMessageList } from '../records/message.ts'
import type { Format } from './format.ts'

/** What the messages of one conversation share, where each is a record of its own. */
const CONVERSATION_KEYS = [
  'conversation_id',
  'conversationId',
  'session_id',
  'sessionId',
  'thread_id',
  'trajectory_id',
  'episode_id',
  'dialog_id',
  'task_id',
] as const

/**
 * Chat messages, as OpenAI, Anthropic, Inspect AI, LangChain, tau-bench and most agents store them: a record with the
 * list, the bare list, or one message per row. Calls stand in the text, in fields (`tool_calls`, `function_call`) or in
 * content blocks; reasoning in the text, in a field or in blocks.
 */
export const openaiMessages: Format = {
  id: 'openai-messages',
  title: 'chat messages {role, content}, with Thought/Action in the text or with tool calls',
  readJson(value) {
    const conversations = conversationsOf(value, isOwn)
    return conversations === null ? null : conversationDrafts(conversations)
  },
  rowKey(record) {
    if (!isRecord(record) || !isMessageList([record]) || !isOwn(record)) return null
    if (conversationsOf(record, isOwn) !== null) return null
    const id = firstOf(record, CONVERSATION_KEYS)
    return typeof id === 'string' || typeof id === 'number' ? String(id) : ''
  },
}

/** Messages by `from` are ShareGPT's. */
function isOwn(message: Record<string, unknown>): boolean {
  return !('from' in message)
}
