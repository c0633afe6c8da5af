import { episodes } from '../episodes.ts'
import { markReact } from '../markers.ts'
import type { Format } from './format.ts'

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
    return episodes(text, marks)
  },
}
