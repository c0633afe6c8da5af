import { conversationDrafts, conversationsOf } from '../records/conversationRecord.ts'
import { recordOf } from '../records/fields.ts'
import { isMessageList } from '../records/message.ts'
import type { Format } from './format.ts'

/**
 * ToolBench's answer files: a search tree, and the way to its answer as `answer_generation.train_messages`, one list of
 * messages for every step of it. The longest holds them all.
 */
export const toolbench: Format = {
  id: 'toolbench',
  title: 'ToolBench answers (answer_generation.train_messages)',
  readJson(value) {
    const record = value as Record<string, unknown>
    const answer = recordOf(record.answer_generation)
    if (answer === undefined || !Array.isArray(answer.train_messages)) return null
    const lists = answer.train_messages.filter(isMessageList)
    const longest = lists.reduce((best, list) => (list.length >= best.length ? list : best), lists[0] ?? [])
    const conversations = conversationsOf(longest, () => true) ?? []
    const drafts = conversationDrafts(conversations.map((one) => ({ ...one, tools: true })))
    return typeof record.win === 'boolean'
      ? drafts.map((draft) => ({ ...draft, success: record.win === true }))
      : drafts
  },
}
