import type { SpanKind } from '../trajectory.ts'
import { lineStart, skipSpace } from './lines.ts'

/** One turn of a conversation in a model's template, as offsets. */
export interface TemplateTurn {
  speaker: 'agent' | 'user' | 'tool' | 'system'
  /** What the template itself says about the turn (a channel); undefined to read its content. */
  kind?: SpanKind
  /** The template's opening token; what is said; one past the closing token and the newline behind it. */
  start: number
  contentStart: number
  contentEnd: number
  end: number
  /** A token that begins a conversation stands before it. */
  begins: boolean
}

interface Template {
  /** A text that must stand in a conversation of this kind, and is quick to look for. */
  telltale: string
  /** Matches an opening; group 1 is the role, 2 a channel. */
  opening: RegExp
  /** The closing tokens; without one a turn ends where the next one opens. */
  closers: string[]
  /** Openings stand at the beginning of a line only. */
  atLineStart?: boolean
}

const TEMPLATES: Template[] = [
  {
    telltale: '<|im_start|>',
    opening: /<\|im_start\|>[ \t]?([\w-]{1,30})[^\n<]{0,60}(?:\n|<\|im_sep\|>)/g,
    closers: ['<|im_end|>'],
  },
  {
    telltale: '<|start_header_id|>',
    opening: /<\|start_header_id\|>\s{0,2}([\w-]{1,30})\s{0,2}<\|end_header_id\|>\s{0,2}/g,
    closers: ['<|eot_id|>', '<|eom_id|>', '<|end_of_text|>'],
  },
  {
    telltale: '<start_of_turn>',
    opening: /<start_of_turn>([\w-]{1,30})\r?\n/g,
    closers: ['<end_of_turn>'],
  },
  {
    telltale: '<|channel|>',
    opening:
      /<\|start\|>(assistant|user|system|developer|functions?[\w.]{0,80})[^<]{0,80}(?:<\|channel\|>([a-z]{1,20}(?: to=[\w.]{1,80})?)[^<]{0,40})?(?:<\|constrain\|>[^<]{0,20})?<\|message\|>/g,
    closers: ['<|end|>', '<|call|>', '<|return|>'],
  },
  {
    telltale: '<|assistant|>',
    opening: /<\|(system|user|assistant|observation|tool)\|>[^\n<]{0,40}\n?/g,
    closers: ['<|end|>', '</s>', '<|endoftext|>'],
  },
  {
    telltale: '[/INST]',
    opening: /(?:<s>\s?)?\[(INST|\/INST|AVAILABLE_TOOLS|TOOL_RESULTS|\/TOOL_RESULTS)\]/g,
    closers: ['</s>'],
  },
  {
    telltale: '<｜Assistant｜>',
    opening: /(?:<｜begin▁of▁sentence｜>[^<]{0,20000})?<｜(User|Assistant|tool▁outputs▁begin)｜>/g,
    closers: ['<｜end▁of▁sentence｜>', '<｜tool▁outputs▁end｜>'],
  },
  {
    telltale: '<|start_of_role|>',
    opening: /<\|start_of_role\|>([\w-]{1,30})[^<]{0,60}<\|end_of_role\|>/g,
    closers: ['<|end_of_text|>'],
  },
  {
    telltale: '<|CHATBOT_TOKEN|>',
    opening: /<\|START_OF_TURN_TOKEN\|><\|(USER|CHATBOT|SYSTEM)_TOKEN\|>/g,
    closers: ['<|END_OF_TURN_TOKEN|>'],
  },
  {
    telltale: 'FUNCTION RESPONSE:',
    opening: /(SYSTEM|USER|ASSISTANT|FUNCTION RESPONSE): {0,2}/g,
    closers: ['<|endoftext|>'],
    atLineStart: true,
  },
  {
    telltale: ' Message ====',
    opening: /={10,60} (System|Human|Ai|AI|Tool) Message ={10,60}\s{0,4}/g,
    closers: [],
    atLineStart: true,
  },
  {
    telltale: '### Response:',
    opening:
      /(?:Below is [^\n]{1,300}\n(?:\r?\n){0,2})?#{2,3} (Instruction|Input|Response|Observation):[ \t]{0,4}\r?\n?/g,
    closers: ['</s>', '<|endoftext|>'],
    atLineStart: true,
  },
]

const SPEAKERS = new Map<string, TemplateTurn['speaker']>([
  ...['assistant', 'model', 'gpt', 'ai', 'response', '/inst', '/tool_results', 'agent', 'bot', 'chatbot'].map(
    (name) => [name, 'agent'] as [string, TemplateTurn['speaker']],
  ),
  ...[
    'tool',
    'ipython',
    'observation',
    'function',
    'functions',
    'environment',
    'function response',
    'tool_results',
    'tool▁outputs▁begin',
  ].map((name) => [name, 'tool'] as [string, TemplateTurn['speaker']]),
  ...['system', 'developer', 'available_tools'].map(
    (name) => [name, 'system'] as [string, TemplateTurn['speaker']],
  ),
])
const BEGINNINGS = /(?:<\|begin_of_text\|>|<s>|<bos>|<\|endoftext\|>|<\|startoftext\|>)\s{0,4}$/
const LONGEST_BEGINNING = 40

/** The turns of a text in the first template that it uses; null when it uses none, or the agent has no turn. */
export function templateTurns(text: string): TemplateTurn[] | null {
  const piped = text.includes('<|')
  for (const template of TEMPLATES) {
    const { telltale } = template
    if (telltale.startsWith('<|') ? !piped || !text.includes(telltale) : !text.includes(telltale)) continue
    const turns = turnsIn(text, template)
    if (turns.length > 1 && turns.some(({ speaker }) => speaker === 'agent')) return turns
  }
  return null
}

function turnsIn(text: string, { opening, closers, atLineStart }: Template): TemplateTurn[] {
  const turns: TemplateTurn[] = []
  for (const match of text.matchAll(opening)) {
    const { index } = match
    if (atLineStart && lineStart(text, index) !== index) continue
    const before = turns.at(-1)
    if (before !== undefined) close(text, before, index, closers)
    const role = (match[1] ?? match[2]!).toLowerCase()
    const speaker = SPEAKERS.get(role.split('.')[0]!) ?? 'user'
    // A token that begins a conversation is part of its first turn.
    const lead = BEGINNINGS.exec(text.slice(Math.max(before?.end ?? 0, index - LONGEST_BEGINNING), index))
    const start = index - (lead?.[0].length ?? 0)
    const contentStart = index + match[0].length
    const begins =
      lead !== null || role === 'instruction' || text.startsWith('<<SYS>>', skipSpace(text, contentStart))
    const channel = match[1] === undefined ? undefined : match[2]
    const kind = channel === undefined || speaker !== 'agent' ? undefined : channelKind(channel)
    turns.push({ speaker, kind, start, contentStart, contentEnd: text.length, end: text.length, begins })
  }
  const last = turns.at(-1)
  if (last !== undefined) close(text, last, text.length, closers)
  return turns
}

/** OpenAI's harmony: the analysis is reasoning, calls and the final words are acts. */
function channelKind(channel: string): SpanKind {
  return channel.startsWith('analysis') ? 'reason' : 'act'
}

/** Ends a turn at its closing token, or at the next turn's opening. */
function close(text: string, turn: TemplateTurn, next: number, closers: string[]): void {
  turn.contentEnd = next
  turn.end = next
  const content = text.slice(turn.contentStart, next)
  for (const closer of closers) {
    const at = content.indexOf(closer)
    if (at < 0 || turn.contentStart + at >= turn.contentEnd) continue
    turn.contentEnd = turn.contentStart + at
    turn.end = turn.contentEnd + closer.length
  }
  // White space behind the token belongs to it; anything else stands between the turns.
  if (turn.end < next) turn.end = skipSpace(text, turn.end, next)
}
