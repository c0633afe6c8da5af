import { isBlank } from './lines.ts'
import type { Mark } from './markers.ts'

/**
 * The tags in which agents write thoughts, actions and, in running text, what they were answered:
 * `<think>…</think><tool_call>…</tool_call>`. A tag counts by its name, attributes and all; everything inside an
 * element is its content, other tags included.
 */
export type TagKind = 'reason' | 'act' | 'observation' | 'other'

export interface Element {
  kind: TagKind
  /** Offset of the opening tag; of the text that a closing tag without its opening one ends. */
  start: number
  /** One past the opening tag: where the content begins. */
  contentStart: number
  /** One past the closing tag, or where an element that is never closed stops. */
  end: number
  /** The closing tag as written; missing when it is. */
  closer?: string
  name: string
  /** Its name is one that ordinary text and HTML use, too. */
  common: boolean
  /** Only blanks stand before it on its line, or the tag before it. */
  leads: boolean
}

const KINDS = new Map<string, TagKind>()
/** Names that ordinary text and HTML use too: read only when closed and at the start of a line. */
const COMMON = new Set<string>()

function know(kind: TagKind, names: string, common = false): void {
  for (const one of names.split(' ')) {
    KINDS.set(one, kind)
    if (common) COMMON.add(one)
  }
}
know('reason', 'think thinking thought thoughts reasoning antthinking scratchpad inner_monologue discussion')
know('reason', 'reason plan planning analysis', true)
know(
  'act',
  'tool_call tool_calls toolcall action actions execute execute_bash execute_ipython execute_python',
)
know('act', 'execute_browse answer final_answer solution command search function_call function_calls')
know('act', 'functioncall invoke tool_use tool_code finish')
know('act', 'act code python bash shell sql query tool function attempt_completion', true)
know('observation', 'tool_response tool_result tool_results observation observations information')
know('observation', 'function_response function_result function_results execution_result execution_output')
know('observation', 'output outputs result results response interpreter documents environment', true)
// What a critic, or the agent of a later trial, says about the run.
know('other', 'reflection reflections feedback', true)

// Name, then `=value` (`<function=search>`) or attributes; every repetition is bounded.
const TAG = /<(\/?)([A-Za-z][\w-]{1,30})(=[^<>\n]{1,120}|\s[^<>]{0,300})?>/y

/**
 * Special tokens in place of tags: `<|begin_of_query|> … <|end_of_query|>` and `<|begin_search_result|> …` as R1-Searcher,
 * Search-o1 and their like write them, also in the middle of a thought.
 */
const TOKEN =
  /<\|(begin|end)_(?:of_)?((?:search_)?(?:query|documents?|results?)|thought|solution|tool_(?:call|response))\|>/y

function tokenKind(name: string): TagKind {
  if (/quer|solution|call/.test(name)) return 'act'
  return name === 'thought' ? 'reason' : 'observation'
}

interface Tag {
  kind: TagKind
  name: string
  closes: boolean
  start: number
  end: number
  /** `<function=search>`: what it does stands in the tag itself. */
  named: boolean
  /** Only blanks before it on its line. */
  leads: boolean
  common: boolean
  /** A special token, which no ordinary text holds. */
  token?: boolean
}

function tagsOf(text: string): Tag[] {
  const tags: Tag[] = []
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    if (text.charCodeAt(at + 1) === 124) {
      const token = tokenAt(text, at, tags.at(-1)?.end ?? 0)
      if (token !== null) tags.push(token)
      continue
    }
    TAG.lastIndex = at
    const match = TAG.exec(text)
    if (match === null) continue
    const spelt = match[2]!.toLowerCase()
    const kind = KINDS.get(spelt)
    // "`<think>`" and "'<answer>'" speak about tags.
    if (kind === undefined || isQuote(text.charCodeAt(at - 1))) continue
    const named = match[3]?.startsWith('=') === true
    const leads = leadsLine(text, at, tags.at(-1)?.end ?? 0)
    const end = TAG.lastIndex
    const common = COMMON.has(spelt) && !named
    tags.push({ kind, name: spelt, closes: match[1] !== '', start: at, end, named, leads, common })
    at = TAG.lastIndex - 1
  }
  return tags
}

function tokenAt(text: string, at: number, from: number): Tag | null {
  TOKEN.lastIndex = at
  const match = TOKEN.exec(text)
  if (match === null || isQuote(text.charCodeAt(at - 1))) return null
  const name = match[2]!
  const place = { start: at, end: TOKEN.lastIndex, leads: leadsLine(text, at, from) }
  return {
    kind: tokenKind(name),
    name,
    closes: match[1] === 'end',
    ...place,
    named: false,
    common: false,
    token: true,
  }
}

function isQuote(code: number): boolean {
  return code === 34 || code === 39 || code === 96 || code === 0x201c
}

const ROLE_BEFORE = /^[ \t]*(?:assistant|agent|ai|bot|gpt)[ \t]?(?:[:：]|<\|\w{1,20}\|>)[ \t]*$/i
const LONGEST_ROLE = 60

/** True when only blanks, or a role's name, stand between `at` and its line's start, or the tag that ended at `from`. */
function leadsLine(text: string, at: number, from: number): boolean {
  let i = at - 1
  while (i >= from && (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9)) i--
  if (i < from || text.charCodeAt(i) === 10) return true
  if (text[i] !== ':' && text[i] !== '：' && text[i] !== '>') return false
  const line = text.slice(Math.max(from, at - LONGEST_ROLE), at)
  return ROLE_BEFORE.test(line.slice(line.lastIndexOf('\n') + 1))
}

/**
 * The outermost known elements of a text, in order. One that is never closed stops at the next known tag that opens a
 * line, or at the end. Takes linear time.
 *
 * @param prefilled true for a turn of an agent, whose first `<think>` may stand in the prompt: what a lone `</think>`
 *   ends is then a thought from the turn's start
 */
export function elementsOf(text: string, prefilled: boolean): Element[] {
  const tags = tagsOf(text)
  const closing = nextOfSameName(tags)
  const elements: Element[] = []
  let at = 0
  for (let i = 0; i < tags.length; i++) {
    const { kind, name, start, end, closes, named, leads, common } = tags[i]!
    if (start < at) continue
    if (closes) {
      if (!prefilled || kind !== 'reason' || common || elements.length > 0) continue
      elements.push({
        kind,
        name,
        common,
        leads,
        start: 0,
        contentStart: 0,
        end,
        closer: text.slice(start, end),
      })
      at = end
      continue
    }
    if (common && !leads) continue
    // The name of the function is part of the call.
    const contentStart = named ? start : end
    const close = tags[closing[i]!]
    if (close !== undefined) {
      const closer = named ? undefined : text.slice(close.start, close.end)
      const element = { kind, name, common, leads, start, contentStart, end: close.end, closer }
      elements.push(...(kind === 'reason' ? aroundAnswers(text, element, tags, closing, i) : [element]))
      at = close.end
    } else if (leads && !common) {
      let next = i + 1
      while (next < tags.length && !opensAnew(tags[next]!, closing[next]!)) next++
      at = tags[next]?.start ?? text.length
      elements.push({ kind, name, common, leads, start, contentStart, end: at })
      i = next - 1
    }
  }
  return elements
}

/**
 * A thought in which the world answers: what the world says is no thought, and where it answers, somebody asked. The
 * thought goes on behind each answer.
 *
 * @param i the thought's tag
 */
function aroundAnswers(text: string, thought: Element, tags: Tag[], closing: number[], i: number): Element[] {
  const inner: Element[] = []
  for (let k = i + 1; k < closing[i]!; k++) {
    const { kind, name, common, leads, start, end, closes, token, named } = tags[k]!
    const close = tags[closing[k]!]
    const marked = kind === 'act' || kind === 'observation'
    if (closes || !marked || close === undefined || closing[k]! > closing[i]! || !(leads || token)) continue
    const closer = named ? undefined : text.slice(close.start, close.end)
    const contentStart = named ? start : end
    inner.push({ kind, name, common, leads, start, contentStart, end: close.end, closer })
    k = closing[k]!
  }
  if (!inner.some(({ kind }) => kind === 'observation')) return [thought]
  const { closer, ...open } = thought
  const elements: Element[] = []
  let from = open
  for (const element of inner) {
    if (!isBlank(text, from.contentStart, element.start)) elements.push({ ...from, end: element.start })
    else if (elements.length === 0) element.start = thought.start
    elements.push(element)
    from = { ...open, start: element.end, contentStart: element.end }
  }
  // Behind the last answer stands the rest of the thought, or only its closing tag.
  const over = isBlank(text, from.start, thought.end - (closer?.length ?? 0))
  elements.push(over ? { ...from, kind: 'other' } : { ...from, closer })
  return elements
}

function opensAnew(tag: Tag, closing: number): boolean {
  return !tag.closes && (tag.common ? tag.leads && closing >= 0 : tag.leads || closing >= 0)
}

/** For every opening tag, the index of the tag that closes it; -1 when the next one of its name opens a line. */
function nextOfSameName(tags: Tag[]): number[] {
  const closing = new Array<number>(tags.length).fill(-1)
  const next = new Map<string, number>()
  for (let i = tags.length - 1; i >= 0; i--) {
    const { name: spelt, closes, leads } = tags[i]!
    if (closes) next.set(spelt, i)
    else {
      closing[i] = next.get(spelt) ?? -1
      if (leads) next.delete(spelt)
    }
  }
  return closing
}

/** An element as a mark. */
export function markOf({ kind, start, contentStart, end, closer }: Element): Mark {
  return { kind, start, markerEnd: contentStart, end, closer }
}
