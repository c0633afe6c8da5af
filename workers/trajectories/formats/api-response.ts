import { isRecord } from '../../isRecord.ts'
import { conversationPieces, type Turn } from '../records/conversation.ts'
import { recordOf, unpacked, wordsOf } from '../records/fields.ts'
import { tokensOf } from '../records/logprobs.ts'
import { isMessage, isMessageList, turnOf, turnsOf } from '../records/message.ts'
import type { Draft, Format } from './format.ts'

/**
 * What an API answered, with the request where the record has it: chat completions (`choices[].message`), legacy and
 * vLLM completions (`choices[].text`), Anthropic's and Ollama's single messages. What the model says there is an act;
 * several choices are several trajectories.
 */
export const apiResponse: Format = {
  id: 'api-response',
  title: 'a response of a chat or completion API (choices[].message or choices[].text)',
  readJson(value) {
    if (Array.isArray(value)) return null
    const record = value as Record<string, unknown>
    const answers = answersIn(record)
    if (answers === null) return null
    const requests = [...REQUEST_KEYS.map((key) => bodyOf(record[key])), record]
    const asked = requests.map(askedIn).find((turns) => turns.length > 0) ?? []
    return answers.flatMap((answer): Draft[] => {
      const pieces = conversationPieces([...asked, answer], true)
      return pieces === null ? [] : [{ pieces }]
    })
  },
}

const RESPONSE_KEYS = ['response', 'completion', 'output', 'outputs', 'raw_response', 'result'] as const
const REQUEST_KEYS = ['request', 'input', 'inputs', 'params', 'kwargs'] as const

/** The answers of a record that is a response, or holds one. */
function answersIn(record: Record<string, unknown>): Turn[] | null {
  const own = answersOf(record)
  if (own !== null) return own
  for (const key of RESPONSE_KEYS) {
    const found = record[key] === undefined ? null : answersOf(bodyOf(record[key]))
    if (found !== null) return found
  }
  return null
}

/** What was sent or received, where it is packed as JSON in a string or inside `body`. */
function bodyOf(value: unknown): Record<string, unknown> {
  const record = recordOf(unpacked(value)) ?? {}
  return recordOf(unpacked(record.body)) ?? record
}

function answersOf(record: Record<string, unknown>): Turn[] | null {
  const { choices, message } = record
  if (Array.isArray(choices) && choices.length > 0) {
    const turns = choices.map((choice) => (isRecord(choice) ? choiceTurn(choice) : null))
    return turns.every((turn) => turn !== null) ? turns : null
  }
  // LangChain, for each of the prompts of one call the answers.
  const generations = Array.isArray(record.generations) ? record.generations.flat() : []
  if (generations.length > 0 && generations.every(isRecord)) {
    const turns = generations.map(choiceTurn)
    return turns.every((turn) => turn !== null) ? turns : null
  }
  // Ollama, and Anthropic.
  if ('done' in record && isRecord(message) && isMessage(message)) return [turnOf(message)]
  const single = record.type === 'message' && 'stop_reason' in record && record.role === 'assistant'
  return single && isMessage(record) ? [turnOf(record)] : null
}

function choiceTurn(choice: Record<string, unknown>): Turn | null {
  const { message, text } = choice
  const tokens = tokensOf(choice)
  if (isRecord(message) && isMessage(message)) {
    const turn = turnOf(message)
    return { ...turn, speaker: 'agent', tokens: turn.tokens ?? tokens ?? undefined }
  }
  // The choices of a multiple-choice question have texts as well.
  const ofApi = 'finish_reason' in choice || 'logprobs' in choice || 'generation_info' in choice
  if (typeof text !== 'string' || !ofApi) return null
  return { speaker: 'agent', parts: [{ kind: 'text', text }], tokens: tokens ?? undefined }
}

function askedIn(request: Record<string, unknown>): Turn[] {
  const given = unpacked(request.messages ?? request.prompt)
  const messages: unknown =
    Array.isArray(given) && given.length === 1 && Array.isArray(given[0]) ? given[0] : given
  if (isMessageList(messages)) return turnsOf(messages)
  const prompt = wordsOf(request.prompt)
  return prompt === undefined ? [] : [{ speaker: 'user', parts: [{ kind: 'text', text: prompt }] }]
}
