import { isRecord } from '../../isRecord.ts'
import { partsOf } from '../records/contentParts.ts'
import { conversationPieces, type Turn } from '../records/conversation.ts'
import { firstOf, recordOf, unpacked } from '../records/fields.ts'
import { isMessage, turnOf } from '../records/message.ts'
import type { Draft, Format } from './format.ts'

/**
 * Gemini's contents: `[{"role": "user" | "model", "parts": [{"text"}, {"functionCall"}, {"functionResponse"}]}]`, as a
 * request, a fine-tuning record, a bare list, or with the candidates that answered it.
 */
export const gemini: Format = {
  id: 'gemini-contents',
  title: 'Gemini contents {role, parts} with functionCall and functionResponse',
  readJson(value) {
    if (Array.isArray(value)) return isContents(value) ? draftsOf(value.map(turnOf), false) : null
    const record = value as Record<string, unknown>
    const request = recordOf(unpacked(record.request)) ?? record
    const response = recordOf(unpacked(record.response)) ?? record
    const contents = unpacked(request.contents)
    const candidates = Array.isArray(response.candidates) ? response.candidates.filter(isRecord) : []
    const answer = candidates.map(({ content }) => content).find((content) => isContents([content]))
    if (!isContents(contents) && answer === undefined) return null
    const asked = isContents(contents) ? contents.map(turnOf) : []
    const answered = isRecord(answer) ? [turnOf({ role: 'model', ...answer })] : []
    const system = recordOf(firstOf(request, ['systemInstruction', 'system_instruction']))
    const told: Turn[] = system === undefined ? [] : [{ speaker: 'system', parts: partsOf(system.parts) }]
    const tools = Array.isArray(request.tools) && request.tools.length > 0
    return draftsOf([...told, ...asked, ...answered], tools || answered.length > 0)
  },
}

function draftsOf(turns: Turn[], tools: boolean): Draft[] {
  const pieces = conversationPieces(turns, tools)
  return pieces === null ? [] : [{ pieces }]
}

function isContents(value: unknown): value is Record<string, unknown>[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every(
      (content) =>
        isMessage({ role: 'model', ...recordOf(content) }) && Array.isArray(recordOf(content)?.parts),
    )
  )
}
