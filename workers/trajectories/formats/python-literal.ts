import { isRecord } from '../../isRecord.ts'
import { plainly } from '../notation/ansi.ts'
import { lineEnd } from '../notation/lines.ts'
import { type PythonNode, readPython } from '../records/pythonLiteral.ts'
import { jsonOf, plainValue } from '../records/pythonValue.ts'
import type { Draft, Format } from './format.ts'
import { intermediateSteps } from './intermediate-steps.ts'
import { openaiMessages } from './openai-messages.ts'
import { sharegpt } from './sharegpt.ts'
import { stepRecords } from './step-records.ts'

/**
 * What Python prints of the structures that other formats read as JSON: DSPy's `Prediction(trajectory={…})`,
 * LangChain's `[(AgentAction(tool=…, log=…), '…'), …]`, lists of messages. Results that are no strings are kept as
 * printed.
 */
export const pythonLiterals: Format = {
  id: 'python-literal',
  title: 'Python repr of steps or messages (Prediction(trajectory=…), AgentAction(…))',
  readText: plainly((text) => {
    if (!TELLTALES.some((word) => text.includes(word))) return null
    const drafts: Draft[] = []
    // A literal that breaks off is looked at again from the next line on, but not without end.
    let budget = text.length * 4
    for (let at = 0; at < text.length && budget > 0; ) {
      const from = literalStart(text, at)
      if (from < 0) {
        at = lineEnd(text, at)
        continue
      }
      const { node, looked } = readPython(text, from)
      const found = node === null ? [] : draftsOf(text, node)
      for (const draft of found) drafts.push({ ...draft, start: at })
      budget -= looked
      at = lineEnd(text, found.length > 0 ? Math.max(at, node!.end - 1) : at)
    }
    return drafts.length > 0 ? drafts : null
  }),
}

/** One of these stands in every text that is read; looking for them is cheap. */
const TELLTALES = ["'thought_0'", "'intermediate_steps'", "'role'", 'AgentAction', 'Message(content=']
const OPENS = /[ \t]*(?:[A-Za-z_][\w.[\]'"]{0,80}[ \t]{0,4}[=:][ \t]{0,4})?(?=[[({]|[A-Za-z_][\w.]{0,80}\()/y

/** Where a line holds the beginning of a literal, perhaps behind `name =`; -1 when it does not. */
function literalStart(text: string, line: number): number {
  OPENS.lastIndex = line
  return OPENS.test(text) ? OPENS.lastIndex : -1
}

/** Formats that are asked, in this order. */
const ASKED: readonly Format[] = [intermediateSteps, openaiMessages, sharegpt, stepRecords]

function draftsOf(text: string, root: PythonNode): Draft[] {
  const value = withRoles(plainValue(text, root, (node, name, before) => special(text, node, name, before)))
  const whole = firstReading(value)
  if (whole !== null) return whole
  return Array.isArray(value) ? value.flatMap((item) => firstReading(item) ?? []) : []
}

function firstReading(value: unknown): Draft[] | null {
  if (typeof value !== 'object' || value === null) return null
  for (const format of ASKED) {
    const drafts = format.readJson?.(value) ?? null
    if (drafts !== null && drafts.length > 0) return drafts
  }
  return null
}

const ARGUMENTS = /^(?:tool_args(?:_\d{1,6})?|tool_input|arguments|args)$/
const OBSERVED = /^observation(?:_\d{1,6})?$/
const ACTION = /Action(?:MessageLog)?$/

/** Arguments keep their digits as JSON; what the world answered is kept as it was printed. */
function special(text: string, node: PythonNode, name?: string, before?: PythonNode): unknown {
  if (name !== undefined && ARGUMENTS.test(name) && node.kind === 'dict') return jsonOf(node) ?? undefined
  const answer =
    name === undefined ? before?.kind === 'object' && ACTION.test(before.name) : OBSERVED.test(name)
  if (!answer || node.kind === 'string' || node.kind === 'constant') return undefined
  // In a list of actions, the next one is no answer.
  if (name === undefined && node.kind === 'object' && ACTION.test(node.name)) return undefined
  return text.slice(node.start, node.end)
}

/** LangChain's message classes and the roles they stand for. */
const ROLES = new Map([
  ['HumanMessage', 'user'],
  ['UserMessage', 'user'],
  ['AIMessage', 'assistant'],
  ['AIMessageChunk', 'assistant'],
  ['AssistantMessage', 'assistant'],
  ['SystemMessage', 'system'],
  ['ToolMessage', 'tool'],
  ['FunctionMessage', 'function'],
])

/** Gives messages that are objects the role that their class says; at the levels where lists of messages stand. */
function withRoles(value: unknown, depth = 0): unknown {
  if (Array.isArray(value)) return value.map((item) => withRoles(item, depth + 1))
  if (!isRecord(value)) return value
  const role = typeof value.$class === 'string' ? ROLES.get(value.$class) : undefined
  if (role !== undefined) return { role, ...value }
  if (depth > 3) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withRoles(item, depth + 1)]))
}
