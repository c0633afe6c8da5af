import { isRecord } from '../../isRecord.ts'
import { isBlank } from '../notation/lines.ts'
import { agentPieces } from '../notation/turns.ts'
import { outcomeOf } from '../records/outcome.ts'
import type { Format, Piece } from './format.ts'

/**
 * Records of what was asked and what the agent wrote, observations included: Alpaca's `{"instruction", "input",
 * "output"}`, and `{"prompt", "completion"}`. The output is a whole run or a single step, in any notation. The prompt
 * is the system's words, the turns before (`history`), the instruction, and on the next line the input where there is
 * one; the output follows on a line of its own.
 */
export const alpaca: Format = {
  id: 'alpaca',
  title: 'Alpaca records (instruction, output) with thoughts and actions in the output',
  readJson(value) {
    const record = value as Record<string, unknown>
    if (Array.isArray(value)) return null
    const pair = PAIRS.find(([asked, written]) => {
      return typeof record[asked] === 'string' && typeof record[written] === 'string'
    })
    if (pair === undefined) return null
    const [asked, written] = pair
    const output = record[written] as string
    const pieces = agentPieces(output)
    if (pieces === null || !pieces.some(({ kind }) => kind === 'reason' || kind === 'act')) {
      // Other records hold a prompt and an answer as well.
      return asked === 'instruction' ? [] : null
    }
    for (const piece of pieces) {
      const warnings = piece.warnings?.filter(({ code }) => code !== 'observation-written-by-model')
      piece.warnings = warnings?.length ? warnings : undefined
    }
    const prompt = [record.system, ...historyOf(record.history), record[asked], record.input]
      .filter((part): part is string => typeof part === 'string' && !isBlank(part))
      .map((part) => (part.endsWith('\n') ? part : `${part}\n`))
      .join('')
    const opening: Piece = { kind: 'prompt', text: prompt }
    return [{ ...outcomeOf(record), pieces: [opening, ...pieces] }]
  },
}

const PAIRS: [asked: string, written: string][] = [
  ['instruction', 'output'],
  ['instruction', 'response'],
  ['prompt', 'completion'],
  ['prompt', 'response'],
  ['prompt', 'output'],
  ['prompt', 'generation'],
  ['prompt', 'generated_text'],
  ['prompt', 'text'],
  ['input', 'output'],
  // Of two answers, the one that people prefer.
  ['prompt', 'chosen'],
  ['instruction', 'chosen'],
  ['question', 'chosen'],
]

/** The turns before, as LLaMA-Factory keeps them: pairs of a question and its answer. */
function historyOf(history: unknown): unknown[] {
  return Array.isArray(history) ? history.filter((turn) => !isRecord(turn)).flat() : []
}
