import { markReact } from '../markers.ts'
import { cut } from '../pieces.ts'
import type { Format, Piece } from './format.ts'

/**
 * Alpaca records whose output is ReAct text, observations included: `{"instruction", "input", "output"}`. The prompt
 * is the instruction, and on the next line the input where there is one; the output follows on a line of its own.
 */
export const alpaca: Format = {
  id: 'alpaca',
  title: 'Alpaca records with ReAct text as output',
  readJson(value) {
    if (!('instruction' in value && 'output' in value)) return null
    const { instruction, output } = value
    const input = 'input' in value ? value.input : ''
    if (typeof instruction !== 'string' || typeof output !== 'string' || typeof input !== 'string')
      return null
    const marks = markReact(output, false)
    if (!marks.some(({ kind }) => kind === 'reason' || kind === 'act')) return []
    const prompt = input.trim() === '' ? `${instruction}\n` : `${instruction}\n${input}\n`
    const pieces: Piece[] = [
      { kind: 'prompt', text: prompt },
      { kind: 'other', text: output.slice(0, marks[0]!.start) },
      ...cut(output, marks, output.length),
    ]
    return [{ pieces }]
  },
}
