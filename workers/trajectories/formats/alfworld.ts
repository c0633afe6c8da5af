import { plainly } from '../notation/ansi.ts'
import { episodes } from '../notation/episodes.ts'
import { lineEnd, skipSpace } from '../notation/lines.ts'
import { type Mark, paragraphBefore } from '../notation/markers.ts'
import type { Format } from './format.ts'

const THINK = />[ \t]*think:/iy
const TURN = />[ \t]*/y
const COMMAND =
  />[ \t]*(?:go (?:to|north|south|east|west)|take|put|move|open|close|toggle|use|clean|heat|cool|slice|examine|inventory|look|help|activate|deactivate|focus on|pour|teleport|pick up|connect|disconnect|insert|unlock)\b/iy
const WELCOME = /-= Welcome to TextWorld/y
const ROOM = /You are in the middle of a room/y
const TASK = /Your task is to(?::| [a-z])/iy
const OK = /OK\.?[ \t\r]*(?:\n|$)/y
const STATUS = /STATUS: ?\w+[ \t\r]*(?:\n|$)/y

/**
 * ALFWorld (and ScienceWorld) as the ReAct prompts write it: what the student types stands behind `>`, thoughts as `> think:` answered
 * by "OK."; all other lines are the environment's. A trajectory begins at the room that is followed by a task, so the
 * room that `> look` describes does not begin one.
 */
export const alfworld: Format = {
  id: 'alfworld',
  title: 'ALFWorld transcript (> think: / > go to)',
  readText: plainly((text) => {
    const turns: Mark[] = []
    let known = 0
    let thoughts = 0
    for (let at = 0; at < text.length; at = lineEnd(text, at)) {
      if (text.charCodeAt(at) !== 62) continue
      const think = match(THINK, text, at)
      if (think) thoughts++
      if (think || match(COMMAND, text, at)) known++
      const markerEnd = think || match(TURN, text, at)
      // A bare `>` waits for a command that never came.
      const bare = skipSpace(text, markerEnd, lineEnd(text, at)) === lineEnd(text, at)
      turns.push({ kind: bare ? 'other' : think ? 'reason' : 'act', start: at, markerEnd })
    }
    // Mail and Markdown quote with `>` as well; other games of text have commands of their own.
    if (turns.length === 0 || known * (thoughts > 0 ? 3 : 2) < turns.length) return null
    const marks = turns.flatMap((turn, i) => [
      turn,
      ...answer(text, turn, turns[i + 1]?.start ?? text.length),
    ])
    return episodes(text, marks)
  }),
}

/** What stands between a turn and the next one: the environment's answer, and perhaps the next trajectory's room. */
function answer(text: string, turn: Mark, to: number): Mark[] {
  const from = lineEnd(text, turn.start)
  let start = from
  let acknowledged = turn.kind !== 'reason'
  let status = -1
  let room = -1
  let head = -1
  for (let at = from; at < to && head < 0; at = lineEnd(text, at)) {
    if (!acknowledged && match(OK, text, at)) {
      // A thought of several lines runs until its "OK.".
      start = at
      acknowledged = true
    } else if (match(WELCOME, text, at)) room = at
    else if (match(ROOM, text, at)) room = room >= 0 && match(WELCOME, text, room) ? room : at
    else if (match(TASK, text, at)) head = room >= 0 ? room : paragraphBefore(text, at, from)
    else if (status < 0 && match(STATUS, text, at)) status = at
  }
  const marks: Mark[] = []
  const end = head >= 0 ? head : to
  const answered = status >= 0 ? Math.min(status, end) : end
  if (start < answered) marks.push({ kind: 'observation', start, markerEnd: start })
  if (status >= 0 && status < end) marks.push({ kind: 'other', start: status, markerEnd: status })
  if (head >= 0) marks.push({ kind: 'head', start: head, markerEnd: head })
  return marks
}

/** Where a sticky pattern that matches at `at` ends; 0 when it does not match. */
function match(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : 0
}
