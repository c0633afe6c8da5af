/** What an ALFWorld transcript tells, whichever format the lab read it from. */
import type { Span, Trajectory } from '../../../trajectories/trajectory.ts'
import { namesSeen } from '../reading.ts'
import { readTask, type Task } from '../task.ts'

export type Turn = {
  /** Counted from 1. */
  step: number
  /** What the transcript answers, blanks at the end included; null where it does not. */
  told: string | null
} & (
  | { kind: 'thought' }
  | { kind: 'command'; command: string }
  /** A Python program that calls the game's commands as functions. */
  | { kind: 'program'; source: string }
  /** Words to someone else than the game, e.g. a solution that is handed in. */
  | { kind: 'aside' }
  /** The agent wrote the answer itself, so the game never had the action. */
  | { kind: 'imagined' }
)

export interface Transcript {
  /** Receptacles as the overview names them. */
  receptacles: string[]
  /** Null where the task is worded in no known way. */
  task: Task | null
  turns: Turn[]
}

const OVERVIEW = /You are in the middle of a room\. Looking quickly around you, you see [^.\n]*\./g
const TASK = /Your task is to: [^\n]*/g

/** @returns null where the trajectory does not tell its room; what an agent's prompt shows as examples is passed over */
export function readTranscript(trajectory: Trajectory): Transcript | null {
  const spans = trajectory.spans
  const first = spans.find(({ step }) => step >= 0)
  const prompt = trajectory.text.slice(0, first?.start)
  const rooms = [...prompt.matchAll(OVERVIEW)]
  const room = rooms.at(-1)
  if (!room) return null
  const task = [...prompt.slice(room.index).matchAll(TASK)].at(-1)
  const imagined = new Set(
    trajectory.warnings
      .filter(({ code }) => code === 'observation-written-by-model')
      .map(({ offset }) => spans.find(({ start, end }) => start <= offset && offset < end)),
  )
  const turns = spans.flatMap((span, i): Turn[] => {
    if (span.step < 0 || (span.kind !== 'reason' && span.kind !== 'act')) return []
    const told = answerBehind(trajectory.text, spans[i + 1])
    const turn = turnOf(trajectory.text, span, told)
    return [imagined.has(spans[i + 1]) ? { kind: 'imagined', step: turn.step, told } : turn]
  })
  return { receptacles: namesSeen(room[0]), task: task ? readTask(task[0]) : null, turns }
}

function turnOf(text: string, span: Span, told: string | null): Turn {
  const turn = { step: span.step + 1, told }
  if (span.kind === 'reason') return { ...turn, kind: 'thought' }
  const written = text.slice(span.start, span.end).trimStart()
  const content = text.slice(span.contentStart, span.contentEnd)
  if (written.startsWith('<execute>')) return { ...turn, kind: 'program', source: content }
  if (written.startsWith('<solution>')) return { ...turn, kind: 'aside' }
  return { ...turn, kind: 'command', command: commandOf(content) }
}

/** The command itself, out of a call of a tool such as `take_action({"action": "look"})`. */
function commandOf(content: string): string {
  const call = /^[\w.]+\((\{[\s\S]*\})\)$/.exec(content)
  if (!call) return content
  try {
    const values = Object.values(JSON.parse(call[1]!) as Record<string, unknown>)
    if (values.length === 1 && typeof values[0] === 'string') return values[0]
  } catch {
    // It only looks like a call.
  }
  return content
}

function answerBehind(text: string, span: Span | undefined): string | null {
  if (span?.kind !== 'observation') return null
  return text.slice(span.contentStart, span.end).replace(/[\r\n]+$/, '')
}
