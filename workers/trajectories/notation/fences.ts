import { isBlank, lineEnd, lineStart, skipSpace, trimSpace } from './lines.ts'
import type { Mark } from './markers.ts'

/** Languages of blocks that an agent runs; a block in another language is something it shows. */
const RUNNABLE = new Set(
  `bash sh shell zsh console terminal cmd powershell ps1 python python3 py ipython tool_code tool_call tool action
  command execute json sql mysql postgresql sqlite javascript js typescript ts mswea_bash_command function_call`.split(
    /\s+/,
  ),
)
const FENCE = /[ \t]{0,3}(`{3,8}|~{3,8}|\{\{code_block_(?:opening|closing)_tag\}\})([^\n`]{0,60})(?:\n|$)/y
/** smolagents' prompts before they are filled in. */
const TEMPLATE_OPENS = '{{code_block_opening_tag}}'
const TEMPLATE_CLOSES = '{{code_block_closing_tag}}'
/** What may stand behind the last block of a turn: end signs that some prompts ask for. */
const END_SIGN = /^(?:<end_(?:code|action)>)?$/
const CODE_MARKER = /[ \t]{0,3}(?:\*\*)?Code:(?:\*\*)?[ \t\r]*\n/y

interface Block {
  start: number
  contentStart: number
  end: number
  closer?: string
  language: string
}

/**
 * The command of a turn that writes prose and then one fenced block: the last block of [from, to), where that is of no
 * language or of one that is run. A line `Code:` above it belongs to it.
 *
 * @param from start of a line
 * @param marked true when the turn says what its prose is (`Thought:`): then text may follow the block, and a language
 *   is no condition
 */
export function commandBlock(text: string, from: number, to: number, marked: boolean): Mark | null {
  const block = blocksIn(text, from, to).findLast(({ language }) => !PRINTED.has(language.toLowerCase()))
  if (block === undefined) return null
  const { contentStart, end, closer, language } = block
  if (!marked) {
    if (!END_SIGN.test(text.slice(end, trimSpace(text, end, to)).trim())) return null
    if (language !== '' && !RUNNABLE.has(language.toLowerCase())) return null
  }
  if (isBlank(text, contentStart, end - (closer === undefined ? 0 : closer.length + 1))) return null
  let start = block.start
  if (start > from) {
    const above = Math.max(from, lineStart(text, start - 1))
    CODE_MARKER.lastIndex = above
    if (CODE_MARKER.test(text) && CODE_MARKER.lastIndex === start) start = above
  }
  return { kind: 'act', start, markerEnd: contentStart, end, closer }
}

/** A command in three backticks at the end of the prose that leads to it, as WebArena's agents write it. */
const INLINE = /```([^`\n]{1,2000})```[.\s]*$/

/** The command that ends the last line of a text; null when there is none. */
export function inlineCommand(text: string, from: number): Mark | null {
  const end = trimSpace(text, from, text.length)
  const line = Math.max(from, lineStart(text, end))
  const match = INLINE.exec(text.slice(line, end))
  if (match === null || isBlank(match[1]!)) return null
  const start = line + match.index
  return { kind: 'act', start, markerEnd: start + 3, end: start + match[1]!.length + 6, closer: '```' }
}

/** Languages under which blocks show what running the one before them printed. */
const PRINTED = new Set('output outputs result results stdout stderr observation response logs'.split(' '))

/**
 * Code and what it printed, in blocks by turns, as models write them that run code while they answer; none where
 * nothing was printed.
 */
export function printedBlocks(text: string, from: number): Mark[] {
  const blocks = blocksIn(text, from, text.length)
  const printed = ({ language }: Block) => PRINTED.has(language.toLowerCase())
  if (!blocks.some((block, i) => i > 0 && printed(block) && !printed(blocks[i - 1]!))) return []
  return blocks.flatMap((block, i): Mark[] => {
    const { start, contentStart, end, closer } = block
    const kind = printed(block) ? 'observation' : 'act'
    const ran = kind === 'observation' || (blocks[i + 1] !== undefined && printed(blocks[i + 1]!))
    return ran ? [{ kind, start, markerEnd: contentStart, end, closer }] : []
  })
}

/** The fenced blocks of [from, to); one that is never closed ends there. */
function blocksIn(text: string, from: number, to: number): Block[] {
  const blocks: Block[] = []
  let open: { start: number; fence: Fence } | null = null
  for (let at = from; at < to; at = lineEnd(text, at)) {
    const fence = fenceAt(text, at)
    if (fence === null) continue
    if (open === null) open = { start: at, fence }
    else if (closes(fence, open.fence)) {
      const closer = fence.info.startsWith('<end_') ? fence.sign + fence.info : fence.sign
      const { start, fence: opening } = open
      blocks.push({
        start,
        contentStart: opening.end,
        end: Math.min(fence.end, to),
        closer,
        language: opening.info,
      })
      open = null
    }
  }
  if (open !== null) {
    const contentStart = Math.min(open.fence.end, to)
    blocks.push({ start: open.start, contentStart, end: to, language: open.fence.info })
  }
  return blocks
}

/** A line that opens or closes a block. */
export interface Fence {
  sign: string
  info: string
  end: number
}

/** The fence that stands at an offset; null when there is none. */
export function fenceAt(text: string, at: number): Fence | null {
  const code = text.charCodeAt(skipSpace(text, at, Math.min(at + 4, text.length)))
  if (code !== 96 && code !== 126 && code !== 123) return null
  FENCE.lastIndex = at
  const match = FENCE.exec(text)
  return match === null ? null : { sign: match[1]!, info: match[2]!.trim(), end: FENCE.lastIndex }
}

/** Whether one fence ends the block that another opens. */
export function closes(fence: Fence, opening: Fence): boolean {
  if (opening.sign === TEMPLATE_OPENS) return fence.sign === TEMPLATE_CLOSES
  return fence.sign.startsWith(opening.sign) && (fence.info === '' || fence.info.startsWith('<end_'))
}

/**
 * Where an act is written as a block right behind its marker (`Action:` and then a fence), the block's own fences:
 * the offset at which the content begins, the closing fence, and one past it. Null for any other act.
 */
export function blockAfter(
  text: string,
  from: number,
  limit: number,
): { contentStart: number; closer: string; end: number } | null {
  const first = skipSpace(text, from, limit)
  if (first === limit) return null
  const opening = fenceAt(text, first)
  if (opening === null || opening.end >= limit) return null
  for (let at = opening.end; at < limit; at = lineEnd(text, at)) {
    const fence = fenceAt(text, at)
    if (fence !== null && closes(fence, opening)) {
      return { contentStart: opening.end, closer: fence.sign, end: Math.min(limit, fence.end) }
    }
  }
  return null
}
