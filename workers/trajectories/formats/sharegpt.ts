import { conversationDrafts, conversationsOf } from '../records/conversationRecord.ts'
import type { Format } from './format.ts'

/**
 * ShareGPT conversations: `{"conversations": [{"from": "human", "value": "..."}]}` or the bare list. What the model
 * says holds Thought and Action, or its calls are turns of their own (`function_call`, answered by `observation`). A
 * turn with `"loss": false` is not learnt.
 */
export const sharegpt: Format = {
  id: 'sharegpt',
  title: 'ShareGPT conversations {from, value}, with Thought/Action or function_call turns',
  readJson(value) {
    const conversations = conversationsOf(value, (first) => 'from' in first)
    return conversations === null ? null : conversationDrafts(conversations)
  },
}
