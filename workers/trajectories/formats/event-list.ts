import { isRecord } from '../../isRecord.ts'
import { outcomeOf } from '../records/outcome.ts'
import { type StepValue, textOf, valuePieces } from '../records/values.ts'
import type { Draft, Format } from './format.ts'

/**
 * Lists of events that say who they come from: OpenHands (`{source, action, args}` and `{source, observation,
 * content}`, and the typed events of its SDK), AutoGen's messages and events (`{source, type, content}`), and Harbor's
 * trajectory format (`{source, message, tool_calls, observation}`). Events that only report a change of state leave
 * no trace.
 */
export const eventList: Format = {
  id: 'event-list',
  title: 'lists of events by source (OpenHands, AutoGen, Harbor)',
  readJson(value) {
    if (Array.isArray(value)) return draftsOf(value, {})
    for (const key of LIST_KEYS) {
      const list = (value as Record<string, unknown>)[key]
      const drafts = Array.isArray(list) ? draftsOf(list, value) : null
      if (drafts !== null) return drafts
    }
    return null
  },
}

const LIST_KEYS = ['events', 'history', 'trajectory', 'messages', 'steps', 'items']
const EVENTS_LOOKED_AT = 8

function draftsOf(list: readonly unknown[], record: object): Draft[] | null {
  // Older OpenHands keeps an action and its observation as a pair.
  const sample = list.slice(0, EVENTS_LOOKED_AT).flat()
  if (sample.length === 0 || !sample.every(isEvent)) return null
  const events = list.flat()
  const pieces = valuePieces(events.flatMap((event) => (isEvent(event) ? valuesOf(event) : [])))
  return pieces.some(({ kind }) => kind === 'act') ? [{ pieces, ...outcomeOf(record) }] : []
}

type Event = Record<string, unknown> & { source: string }

function isEvent(value: unknown): value is Event {
  if (!isRecord(value) || typeof value.source !== 'string' || 'role' in value) return false
  return isReport(value) || isTyped(value) || isSaid(value)
}

function isReport(event: Record<string, unknown>): boolean {
  return (
    (typeof event.action === 'string' && isRecord(event.args)) ||
    (typeof event.observation === 'string' && 'content' in event)
  )
}

/** AutoGen's `TextMessage`, OpenHands' `ActionEvent`. */
function isTyped(event: Record<string, unknown>): boolean {
  const type = event.type ?? event.kind
  return typeof type === 'string' && /^[A-Z]\w{0,60}(?:Event|Message|Condensation)$/.test(type)
}

function isSaid(event: Record<string, unknown>): boolean {
  return typeof event.message === 'string' && ('step_id' in event || 'tool_calls' in event)
}

function valuesOf(event: Event): StepValue[] {
  if (isReport(event)) return reported(event)
  if (isTyped(event)) return typed(event)
  return isSaid(event) ? said(event) : []
}

const OTHERS = new Set(['user', 'system', 'environment', 'human', 'tool'])

function isAgent({ source }: Event): boolean {
  return !OTHERS.has(source.toLowerCase())
}

/** What the agent says to others is an act; what others say is what it sees. */
function words(event: Event, value: unknown): StepValue {
  return { kind: isAgent(event) ? 'act' : 'observation', value }
}

const STATE_CHANGES =
  /^(?:agent_state_changed|change_agent_state|null|condense|condensation\w{0,20}|condensation|recall|pause|resume|start)$/
/** Arguments of OpenHands' actions that the model did not write. */
const HOUSEKEEPING = new Set([
  ...['thought', 'blocking', 'hidden', 'confirmation_state', 'security_risk', 'is_input', 'is_static', 'cwd'],
  ...['keep_prompt', 'kernel_init_code', 'include_extra', 'wait_for_response', 'image_urls', 'file_urls'],
  ...['translated_ipython_code', 'impl_source', 'return_axtree', 'task_completed'],
])

/** `{action, args}` and `{observation, content}` of OpenHands. */
function reported(event: Event): StepValue[] {
  const { action, observation } = event
  if (typeof observation === 'string') {
    return STATE_CHANGES.test(observation) ? [] : [{ kind: 'observation', value: event.content }]
  }
  const args = event.args as Record<string, unknown>
  if (typeof action !== 'string' || STATE_CHANGES.test(action)) return []
  if (action === 'system') return [{ kind: 'prompt', value: args.content }]
  if (action === 'message') return [words(event, args.content)]
  if (action === 'think') return [{ kind: 'reason', value: args.thought }]
  const written = writtenCall(event)
  const given = Object.entries(args).filter(
    ([key, value]) => !HOUSEKEEPING.has(key) && value !== null && value !== '',
  )
  const call = written?.call ?? { name: action, arguments: Object.fromEntries(given) }
  return [
    { kind: 'reason', value: args.thought },
    { kind: 'act', value: call, group: written?.response ?? event },
  ]
}

/** The call as the model wrote it, where the event keeps the model's response. */
function writtenCall(event: Event): { call: unknown; response: unknown } | undefined {
  const { model_response: response, tool_call_id: id } = recordOf(event.tool_call_metadata)
  const choices = recordOf(response).choices
  const message = recordOf(recordOf(Array.isArray(choices) ? choices[0] : undefined).message)
  const calls: unknown[] = Array.isArray(message.tool_calls) ? message.tool_calls : []
  const call = calls.find((one) => recordOf(one).id === id)
  return call === undefined ? undefined : { call, response: recordOf(response).id }
}

/** Events with a type of their own. */
function typed(event: Event): StepValue[] {
  const type = (event.type ?? event.kind) as string
  const content = event.content
  const list: unknown[] = Array.isArray(content) ? content : []
  switch (type) {
    case 'ToolCallRequestEvent':
    case 'ToolCallMessage':
      return list.map((value): StepValue => ({ kind: 'act', value, group: event }))
    case 'ToolCallExecutionEvent':
    case 'ToolCallResultMessage':
      return list.map((result): StepValue => ({ kind: 'observation', value: recordOf(result).content }))
    case 'ThoughtEvent':
      return [{ kind: 'reason', value: content }]
    case 'CodeGenerationEvent':
      return [{ kind: 'act', value: content }]
    case 'CodeExecutionEvent':
      return [{ kind: 'observation', value: recordOf(event.result).output }]
    case 'ToolCallSummaryMessage':
      // The results once more.
      return [{ kind: 'other', value: content }]
    case 'SystemPromptEvent':
      return [{ kind: 'prompt', value: recordOf(event.system_prompt).text ?? event.system_prompt }]
    case 'MessageEvent':
      return [words(event, recordOf(event.llm_message).content)]
    case 'ActionEvent':
      return [
        { kind: 'reason', value: event.reasoning_content },
        { kind: 'reason', value: event.thought },
        { kind: 'act', value: event.tool_call ?? event.action, group: event.llm_response_id ?? event },
      ]
    case 'ObservationEvent':
      return [{ kind: 'observation', value: recordOf(event.observation).content ?? event.observation }]
    case 'AgentErrorEvent':
      return [{ kind: 'observation', value: event.error }]
    default:
      return type.endsWith('Message') && textOf(content) !== '' ? [words(event, content)] : []
  }
}

/** A step of Harbor's format: what was said, thought and called, and the results. */
function said(event: Event): StepValue[] {
  if (!isAgent(event)) {
    return [{ kind: event.source === 'system' ? 'prompt' : 'observation', value: event.message }]
  }
  const calls: unknown[] = Array.isArray(event.tool_calls) ? event.tool_calls : []
  const results = recordOf(event.observation).results
  const seen: unknown[] = Array.isArray(results) ? results : []
  return [
    { kind: 'reason', value: event.reasoning_content },
    { kind: calls.length > 0 ? 'reason' : 'act', value: event.message },
    ...calls.map((value): StepValue => ({ kind: 'act', value, group: event })),
    ...seen.map((result): StepValue => ({ kind: 'observation', value: recordOf(result).content })),
  ]
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}
