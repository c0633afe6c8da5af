import { isRecord } from '../../isRecord.ts'
import { callsOf, callsOfText } from '../records/calls.ts'
import { unpacked, wordsOf } from '../records/fields.ts'
import type { Format } from './format.ts'

/**
 * Function-calling records of one turn, as xLAM and APIGen write them: `{"query", "tools", "answers"}`, the answers the
 * calls that the query asks for, often as JSON in a string.
 */
export const xlam: Format = {
  id: 'xlam',
  title: 'one query and the calls that answer it {query, tools, answers}',
  readJson(value) {
    const { query, tools, answers } = value as Record<string, unknown>
    const task = wordsOf(query)
    const calls = unpacked(answers)
    if (task === undefined || !Array.isArray(unpacked(tools)) || !Array.isArray(calls)) return null
    const single = typeof answers === 'string' && calls.length === 1 ? answers.trim().slice(1, -1) : ''
    const found = (single === '' ? null : callsOfText(single)) ?? callsOf(calls)
    if (found.length === 0 || !calls.every(isRecord)) return null
    const acts = found.map((call, i) => ({ kind: 'act' as const, text: '', call, sameStep: i > 0 }))
    return [{ pieces: [{ kind: 'prompt', text: task.endsWith('\n') ? task : `${task}\n` }, ...acts] }]
  },
}
