import { labelTokens } from '../dataset/label.ts'
import { KIND_CODES } from '../dataset/row.ts'
import type { Recipe } from '../recipe.ts'
import type { Tokenizer } from '../tokenizer/tokenizer.ts'
import type { EnvironmentName, Span, SpanKind, Trajectory, Warning } from './trajectory.ts'

/**
 * What leaves the lab, one JSON object for each trajectory, so that sets of any size are written line by line.
 */

/** One line of `lab segment`, and of the export of spans. */
export interface SpanLine {
  file: string
  index: number
  format: string
  environment: EnvironmentName
  /** Where the file told it. */
  success?: boolean
  reward?: number
  taskType?: string
  /**
   * The texts concatenated are the trajectory; `content` is the text without its marker and outer white space, and
   * begins in it at the UTF-16 offset `contentAt`. `step` is counted from 0; -1 is what stands before the first.
   */
  spans: { kind: SpanKind; text: string; content: string; step: number; contentAt: number }[]
  /** How many tokens came with log-probabilities; left out where none did. */
  logprobs?: number
  warnings: Warning[]
}

/** A trajectory as `lab segment` prints it. */
export function spanLine(trajectory: Trajectory): SpanLine {
  const { file, index, format, environment, text, spans, warnings, logprobs } = trajectory
  const { success, reward, taskType } = trajectory
  return {
    file,
    index,
    format,
    environment,
    // JSON leaves out what is undefined.
    success,
    reward,
    taskType,
    spans: spans.map((span) => ({
      kind: span.kind,
      text: text.slice(span.start, span.end),
      content: text.slice(span.contentStart, span.contentEnd),
      step: span.step,
      contentAt: span.contentStart - span.start,
    })),
    logprobs: logprobs?.length,
    warnings,
  }
}

type Lambda = Recipe['objective']['lambda']

/** One line of the export of tokens; the three lists are of one length. */
export interface TokenLine {
  file: string
  index: number
  /** Ids of the tokenizer, end-of-text included at the end; decoded, they are the trajectory's text. */
  ids: number[]
  /** The kind of the span that each token stands in: 0 prompt, 1 reason, 2 act, 3 observation, 4 other. */
  kinds: number[]
  /**
   * λ of each token's kind under the recipe's objective: what it counts as a target, before the normaliser. 0 is a
   * token that is only read; 4 (other) counts as an observation, as in training.
   */
  weights: number[]
}

/** A trajectory as labelled tokens, as the dataset of a run labels them, before windows are cut. */
export function tokenLine(trajectory: Trajectory, tokenizer: Tokenizer, lambda: Lambda): TokenLine {
  const { ids, kinds } = labelTokens(trajectory, trajectory.index, tokenizer)
  const weights: number[] = []
  for (const kind of Object.keys(KIND_CODES) as SpanKind[]) weights[KIND_CODES[kind]] = weightOf(kind, lambda)
  return {
    file: trajectory.file,
    index: trajectory.index,
    ids: Array.from(ids),
    kinds: Array.from(kinds),
    weights: Array.from(kinds, (kind) => weights[kind]!),
  }
}

function weightOf(kind: SpanKind, lambda: Lambda): number {
  if (kind === 'prompt') return 0
  return kind === 'reason' || kind === 'act' ? lambda[kind] : lambda.observation
}

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant'
  content: string
  /** On the assistant's messages only: 1 where something in it is to be learnt. */
  weight?: 0 | 1
}

/** One line of the export as chat, in the form in which fine-tuning services take conversations. */
export interface ChatLine {
  messages: ChatMessage[]
}

/**
 * A trajectory as a conversation; the contents one after another are its text, markers and line ends included.
 *
 * The prompt is the user's; where it is of several spans, the first of them is the system's. Then the thought and the
 * act of a step are one message of the assistant, and everything that somebody else wrote until it speaks again is one
 * of the user. A message of the assistant has the weight 0 where the recipe's λ of all that it holds is 0.
 */
export function chatLine({ text, spans }: Trajectory, lambda: Lambda): ChatLine {
  const prompts = spans.filter(({ kind }) => kind === 'prompt').length
  const messages: ChatMessage[] = []
  let before: Span | undefined
  for (const span of spans) {
    const role = isAgents(span) ? 'assistant' : span === spans[0] && prompts > 1 ? 'system' : 'user'
    const content = text.slice(span.start, span.end)
    const last = messages.at(-1)
    if (last?.role === role && (role === 'user' || span.step === before?.step)) last.content += content
    else messages.push(role === 'assistant' ? { role, content, weight: 0 } : { role, content })
    if (role === 'assistant' && weightOf(span.kind, lambda) > 0) messages.at(-1)!.weight = 1
    before = span
  }
  return { messages }
}

function isAgents({ kind }: Span): boolean {
  return kind === 'reason' || kind === 'act'
}
