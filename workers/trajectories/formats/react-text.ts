import { episodes } from '../episodes.ts'
import { markReact } from '../markers.ts'
import type { Draft, Format } from './format.ts'

/**
 * ReAct as running text (Yao et al., arXiv 2210.03629): `Thought 1:` / `Action 1:` / `Observation 1:`, numbered or
 * not, under `Question:` or `Claim:`; `Answer:` and `Final Answer:` are acts. Trajectories without thoughts or without
 * actions are read too, with a warning.
 */
export const reactText: Format = {
  id: 'react-text',
  title: 'ReAct text (Thought: / Action: / Observation:)',
  readText(text) {
    const marks = markReact(text, true)
    const kinds = new Set(marks.map((mark) => mark.kind))
    kinds.delete('other')
    // One lone "Action:" is how people write minutes, not how agents think.
    if (kinds.size < 2 || !(kinds.has('act') || kinds.has('reason'))) return null
    if (LANGCHAIN.test(text)) return null
    const drafts = episodes(text, marks)
    return drafts.some(hidesActs) ? null : drafts
  },
}

/** LangChain's console prints its first thought without a marker; read as plain ReAct it would count as the prompt. */
const LANGCHAIN = /> Entering new [^\n]{1,80} chain/

/**
 * True where reading on would colour the wrong text: terminal colours inside what the student must write, or thoughts
 * that the environment answers although no act is marked (their actions are code or calls of a notation of its own).
 */
function hidesActs({ pieces }: Draft): boolean {
  if (pieces.some(({ kind, text }) => (kind === 'reason' || kind === 'act') && text.includes('\u001b[')))
    return true
  if (pieces.some(({ kind }) => kind === 'act')) return false
  const answered = pieces.filter(
    ({ kind, closer }, i) => kind === 'reason' && !closer && pieces[i + 1]?.kind === 'observation',
  )
  return answered.length > 0
}
