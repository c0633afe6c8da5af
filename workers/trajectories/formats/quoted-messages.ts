import { isRecord } from '../../isRecord.ts'
import { skipSpace } from '../notation/lines.ts'
import { conversationDrafts } from '../records/conversationRecord.ts'
import { isMessage, isMessageList, turnsOf } from '../records/message.ts'
import type { Draft, Format, PieceWarning } from './format.ts'

/**
 * Conversations in JSON that is not valid, as pages and articles quote them and broken downloads leave them: turns left
 * out (`...(more interactions)`), commas too many, the record cut off. The messages that are whole are read, ShareGPT's
 * and OpenAI's, and what is missing between them is said.
 */
export const quotedMessages: Format = {
  id: 'quoted-messages',
  title: 'JSON conversations quoted with gaps ({from, value} or {role, content})',
  readText(text) {
    const first = text[skipSpace(text, 0)]
    if ((first !== '{' && first !== '[') || !SPEAKER.test(text)) return null
    const drafts = conversationsIn(text, messagesIn(text)).flatMap(draftsOf)
    return drafts.length > 0 ? drafts : null
  },
}

const SPEAKER = /"(?:from|role)"\s{0,9}:/
const LEFT_OUT: PieceWarning = {
  code: 'turns-left-out',
  message: 'Turns are missing before this one: the file leaves them out, or they are no valid JSON.',
}

interface Found {
  message: Record<string, unknown>
  start: number
  end: number
  /** Something else than a comma stands between this message and the one before. */
  afterGap?: boolean
}

function draftsOf(found: Found[]): Draft[] {
  const messages = found.map(({ message }) => message)
  if (messages.length < 2 || !isMessageList(messages)) return []
  const turns = turnsOf(messages)
  found.forEach(({ afterGap }, i) => {
    if (afterGap) turns[i]!.warnings = [LEFT_OUT]
  })
  return conversationDrafts([{ turns, tools: false }])
}

const JOINT = /[\s,]*/y
/** A list ends, or the fields of another record begin; `[...]` is a gap. */
const NEXT_RECORD = /\]|"(?:conversations?|messages|id|item_id)"\s{0,9}:/
const ELLIPSIS = /\[\s{0,9}(?:\.{3}|…)[^\]\n]{0,80}\]/g

/** Messages that follow each other, with or without a gap, until a list ends or another record begins. */
function conversationsIn(text: string, messages: Found[]): Found[][] {
  const conversations: Found[][] = []
  for (const found of messages) {
    const before = conversations.at(-1)?.at(-1)
    const from = before?.end ?? found.start
    JOINT.lastIndex = from
    JOINT.test(text)
    const joined = JOINT.lastIndex >= found.start
    if (
      before === undefined ||
      (!joined && NEXT_RECORD.test(text.slice(from, found.start).replace(ELLIPSIS, '')))
    ) {
      conversations.push([found])
    } else conversations.at(-1)!.push({ ...found, afterGap: !joined })
  }
  return conversations
}

/** Objects inside an object that may still be a message: its calls, their arguments. */
const HIGHEST = 6

/** Every object of a text that parses as a message and lies in no other one. */
function messagesIn(text: string): Found[] {
  const messages: Found[] = []
  const open: { start: number; height: number }[] = []
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) at = stringEnd(text, at)
    else if (code === 123) open.push({ start: at, height: 0 })
    else if (code === 125) {
      const object = open.pop()
      if (object === undefined) continue
      const parent = open.at(-1)
      if (parent !== undefined) parent.height = Math.max(parent.height, object.height + 1)
      const message = object.height <= HIGHEST ? messageFrom(text.slice(object.start, at + 1)) : null
      if (message === null) continue
      while (messages.length > 0 && messages.at(-1)!.start > object.start) messages.pop()
      messages.push({ message, start: object.start, end: at + 1 })
    }
  }
  return messages
}

/** Offset of the quote that ends the string which begins at `at`; of the line break or the end where none does. */
function stringEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 92) i++
    else if (code === 34 || code === 10) return i
  }
  return text.length
}

function messageFrom(json: string): Record<string, unknown> | null {
  if (!SPEAKER.test(json)) return null
  try {
    const value: unknown = JSON.parse(json)
    return isRecord(value) && isMessage(value) ? value : null
  } catch {
    return null
  }
}
