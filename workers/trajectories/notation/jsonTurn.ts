import type { Mark } from './markers.ts'

/**
 * A turn that is a JSON object with the agent's thought and its act as members: `{"thought": "...", "action": ...}`,
 * bare or in a fence, as agents write that are told to answer in JSON. The members stay as they were written.
 */

const KINDS = new Map<string, Mark['kind']>()
function know(kind: Mark['kind'], names: string): void {
  for (const name of names.split(' ')) KINDS.set(name, kind)
}
know(
  'reason',
  'thought thoughts thinking think reasoning rationale analysis plan current_state chain_of_thought',
)
know('act', 'action actions action_input command next_action tool tool_name tool_input tool_args tool_calls')
know('act', 'function function_call arguments args parameters answer final_answer')
know('observation', 'observation')

const FRAME = /^\s*(?:```(?:json)?[ \t]*\r?\n\s*)?(?=\{)/
const END = /\}\s*(?:```\s*)?$/
/** A string, a number or word, or a sign of valid JSON. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[^\s"{}[\]:,]+|[{}[\]:,]/gs

interface Member {
  key: string
  start: number
  valueStart: number
  valueEnd: number
}

/** The marks of such a turn; null for any other turn. */
export function jsonMarks(text: string): Mark[] | null {
  const opening = FRAME.exec(text)?.[0].length
  if (opening === undefined) return null
  const ending = END.exec(text)
  if (ending === null) return null
  const members = membersOf(text, opening, ending.index + 1)
  const kinds = members?.map(({ key }) => KINDS.get(key.toLowerCase()) ?? 'other')
  if (!members || !kinds?.includes('reason') || !kinds.includes('act')) return null
  const marks: Mark[] = []
  for (let i = 0; i < members.length; ) {
    const kind = kinds[i]!
    let last = i
    // `"tool": …, "tool_input": …` is one act, names and all.
    while (kind !== 'reason' && kinds[last + 1] === kind) last++
    const { start, valueStart } = members[i]!
    const { valueEnd } = members[last]!
    const quoted = last === i && text[valueStart] === '"' ? 1 : 0
    const closer = text.slice(valueEnd - quoted, members[last + 1]?.start ?? text.length).trimEnd()
    const markerEnd = last === i ? valueStart + quoted : start
    marks.push({ kind, start, markerEnd, closer })
    i = last + 1
  }
  marks[0]!.start = 0
  return marks
}

/** The members of the object in [from, to); null when there is no valid object. */
function membersOf(text: string, from: number, to: number): Member[] | null {
  const json = text.slice(from, to)
  try {
    JSON.parse(json)
  } catch {
    return null
  }
  const members: Member[] = []
  let depth = 0
  let open: Member | undefined
  let end = from
  for (const { 0: token, index } of json.matchAll(TOKEN)) {
    const at = from + index
    if (open !== undefined && depth === 1 && (token === ',' || token === '}')) {
      members.push({ ...open, valueEnd: end })
      open = undefined
    } else if (depth === 1 && open === undefined && token.startsWith('"')) {
      open = { key: token.slice(1, -1), start: at, valueStart: -1, valueEnd: at }
    } else if (open !== undefined && open.valueStart < 0 && token !== ':') open.valueStart = at
    if (token === '{' || token === '[') depth++
    else if (token === '}' || token === ']') depth--
    end = at + token.length
  }
  return members
}
