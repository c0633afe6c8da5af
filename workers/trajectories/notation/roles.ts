import { trimSpace } from './lines.ts'
import type { Mark } from './markers.ts'

/** A role's name alone before a marker: `Assistant:`, or as templates write it, `Assistant<|im_sep|>`. */
const ROLE =
  /(?:^|\n)[ \t]{0,8}(?:<\|im_start\|>)?(?:assistant|agent|ai|bot|gpt|user|human|system|environment)[ \t]?(?:[:：]|<\|\w{1,20}\|>)$/i
const LONGEST_ROLE = 60

/** Gives a role's name that stands alone before a mark to that mark. */
export function withRoles(text: string, marks: Mark[]): Mark[] {
  for (let i = 0; i < marks.length; i++) {
    const mark = marks[i]!
    const first = i === 0 ? 0 : (marks[i - 1]!.end ?? marks[i - 1]!.markerEnd)
    const end = trimSpace(text, first, mark.start)
    const sign = text.charCodeAt(end - 1)
    if (end === first || (sign !== 58 && sign !== 62 && sign !== 0xff1a)) continue
    const from = Math.max(first, end - LONGEST_ROLE)
    const role = ROLE.exec(text.slice(from, end))
    // Cut off at the front, a line may end like a role.
    if (role === null || (role[0][0] !== '\n' && from > 0 && text.charCodeAt(from - 1) !== 10)) continue
    mark.start = from + role.index + (role[0][0] === '\n' ? 1 : 0)
  }
  return marks
}
