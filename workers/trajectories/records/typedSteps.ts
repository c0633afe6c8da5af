import type { SpanKind } from '../trajectory.ts'
import type { Fields, Step } from './steps.ts'

/**
 * Records that are one part of a step and say of which kind: `{"type": "thought", "content": "..."}`, then one of type
 * "action", then one of type "observation".
 */

const TYPE_KEYS = ['type', 'steptype', 'eventtype', 'kind', 'event', 'label']
const WORD_KEYS = ['content', 'text', 'value', 'message', 'data', 'output', 'body']
const NAME_KEYS = ['tool', 'toolname', 'name', 'function']
const ARGUMENT_KEYS = ['toolinput', 'toolargs', 'actioninput', 'arguments', 'args', 'parameters', 'input']

const KINDS = new Map<string, SpanKind>()
function know(kind: SpanKind, names: string): void {
  for (const name of names.split(' ')) KINDS.set(name, kind)
}
know('prompt', 'question task instruction goal')
know('reason', 'thought thoughts thinking think reasoning plan')
know('act', 'action act toolcall functioncall command finalanswer answer finish')
know('observation', 'observation obs toolresult tooloutput toolresponse functionresult environment')

/** The part of a step that a record is; null when it names none, or holds nothing of it. */
export function typedStep(fields: Fields): Step | null {
  const type = TYPE_KEYS.map((key) => fields.get(key)?.value).find((value) => typeof value === 'string')
  const kind = type === undefined ? undefined : KINDS.get(named(type))
  if (kind === undefined) return null
  const field = (keys: readonly string[]) =>
    keys.map((key) => fields.get(key)?.value).find((value) => value !== undefined)
  const name = kind === 'act' ? field(NAME_KEYS) : undefined
  const given = field(ARGUMENT_KEYS)
  const call = typeof name === 'string' && given !== undefined ? { name, arguments: given } : undefined
  const value = call ?? field([...WORD_KEYS, named(type!)])
  if (value === undefined) return null
  const has = { reason: kind === 'reason', act: kind === 'act', observation: kind === 'observation' }
  return { values: [{ kind, value }], strong: true, has }
}

function named(type: string): string {
  return type.length > 40 ? '' : type.toLowerCase().replace(/[^a-z]/g, '')
}
