/**
 * Plays the actions of a real ALFWorld transcript in a room rebuilt from what the transcript reveals (`room.ts`), and
 * compares every answer with the world's.
 */

import type { Trajectory } from '../../../trajectories/trajectory.ts'
import { THOUGHT_TAKEN } from '../../environment.ts'
import { goalReached } from '../task.ts'
import { runProgram, type Said } from './program.ts'
import { type Played, RevealedRoom } from './room.ts'
import { NotUnderstood } from './syntax.ts'
import { readTranscript, type Turn } from './turns.ts'
import { type Comparison, compareAnswers, gameLines } from './wording.ts'

/** One answer of the transcript beside the world's. */
export interface ComparedAnswer extends Comparison {
  step: number
  /** `think` for a thought. */
  command: string
  /** `given` by first sight (`room.ts`); `thought` for "OK." after a thought; `program` for a program's own words. */
  kind: 'predicted' | 'given' | 'thought' | 'program'
  /** What the transcript says. */
  expected: string
  /** What the world says; null where it says nothing or cannot know. */
  got: string | null
}

/** Why an action's answer was not compared. */
export type NotCompared = 'no answer' | 'not shown' | 'no action' | 'not understood' | 'written by the model'

export interface Replay {
  /** Receptacles as the overview names them. */
  receptacles: string[]
  answers: ComparedAnswer[]
  /** How many, by why. */
  notCompared: Partial<Record<NotCompared, number>>
  /** Programs that were not understood, with why. */
  notUnderstood: { step: number; message: string }[]
  /** Lines of answers that the program around the game wrote, by name. */
  leftOut: Record<string, number>
  /** The world's goal at the end; null where the task is worded in no known way, or hangs on what no answer tells. */
  goalReached: boolean | null
  /** What the file says of it, where it does. */
  success?: boolean
}

/** @returns null where the trajectory does not tell its room */
export function replayTrajectory(trajectory: Trajectory): Replay | null {
  const transcript = readTranscript(trajectory)
  if (!transcript) return null
  const player = new Player(new RevealedRoom(transcript.receptacles))
  for (const turn of transcript.turns) player.take(turn)
  const { task } = transcript
  return {
    receptacles: transcript.receptacles,
    ...player.replay,
    goalReached: task && player.isSure ? goalReached(player.room.world, task) : null,
    ...(trajectory.success !== undefined && { success: trajectory.success }),
  }
}

class Player {
  /** Nothing was put where no answer tells whether it could be. */
  isSure = true
  readonly replay: Omit<Replay, 'receptacles' | 'goalReached' | 'success'> = {
    answers: [],
    notCompared: {},
    notUnderstood: [],
    leftOut: {},
  }

  constructor(readonly room: RevealedRoom) {}

  take(turn: Turn): void {
    switch (turn.kind) {
      case 'thought':
        // Only ALFWorld's own notation answers thoughts.
        if (turn.told !== null) this.compare(turn.step, 'think', 'thought', turn.told, THOUGHT_TAKEN)
        return
      case 'command':
        this.command(turn.step, turn.command, turn.told)
        return
      case 'program':
        this.program(turn.step, turn.source, turn.told)
        return
      case 'aside':
        this.count('no action')
        return
      case 'imagined':
        this.count('written by the model')
    }
  }

  private command(step: number, command: string, told: string | null): void {
    const before = this.room.snapshot()
    // What stands around an answer must not hide what it reveals.
    const played = this.play(command, told?.trimEnd() ?? null)
    if (told === null) this.count('no answer')
    else if (this.judge(step, played, told)) this.room.believe(command, told.trimEnd(), before)
  }

  private play(command: string, told: string | null): Played {
    const played = this.room.play(command, told)
    if (told === null && played.knowledge === 'unknown' && /^(put|move|take) /.test(command))
      this.isSure = false
    return played
  }

  /** @returns whether it is different */
  private judge(step: number, { command, knowledge, observation }: Played, told: string): boolean {
    const got = knowledge === 'unknown' ? null : observation
    return this.compare(step, command, knowledge === 'given' ? 'given' : 'predicted', told, got)
  }

  private compare(
    step: number,
    command: string,
    kind: ComparedAnswer['kind'],
    expected: string,
    got: string | null,
  ): boolean {
    const comparison: Comparison =
      got === null ? { verdict: 'different', variants: [] } : compareAnswers(expected, got)
    this.replay.answers.push({ step, command, kind, expected, got, ...comparison })
    return comparison.verdict === 'different'
  }

  private count(why: NotCompared): void {
    this.replay.notCompared[why] = (this.replay.notCompared[why] ?? 0) + 1
  }

  /** What a program prints is compared line by line; what it does not print is played, but told by nobody. */
  private program(step: number, source: string, told: string | null): void {
    const { lines, leftOut } = gameLines(told ?? '')
    for (const name of leftOut) this.replay.leftOut[name] = (this.replay.leftOut[name] ?? 0) + 1
    let shown = 0
    let played = 0
    const print = (text: string, about: Answered | null) => {
      if (about) shown++
      if (told === null) return
      const line = lines.shift() ?? ''
      if (!about) this.compare(step, 'print', 'program', line, text)
      else if (this.judge(step, about.played, line))
        this.room.believe(about.played.command, line, about.before)
    }
    try {
      runProgram<Answered>(source, {
        call: (tool, args) => {
          const command = commandOf(tool, args)
          if (command === undefined) return undefined
          played++
          const before = this.room.snapshot()
          const answered = { before, played: this.play(command, lines[0] ?? null) }
          // What nobody tells is in nothing: the program would have printed it.
          const text = answered.played.knowledge === 'unknown' ? '' : answered.played.observation
          return { text, about: answered } satisfies Said<Answered>
        },
        print,
        echo: print,
      })
      for (const line of lines) this.compare(step, 'print', 'program', line, null)
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error
      this.replay.notUnderstood.push({ step, message: error.message })
      this.count('not understood')
    }
    for (let i = told === null ? 0 : shown; i < played; i++)
      this.count(told === null ? 'no answer' : 'not shown')
  }
}

interface Answered {
  played: Played
  before: ReturnType<RevealedRoom['snapshot']>
}

/** MINT's functions and the commands they send. */
const TOOLS: Record<string, (args: string[]) => string> = {
  put: ([object, receptacle]) => `put ${object} in/on ${receptacle}`,
  goto: ([receptacle]) => `go to ${receptacle}`,
  take_from: ([object, receptacle]) => `take ${object} from ${receptacle}`,
  open_receptacle: ([receptacle]) => `open ${receptacle}`,
  close_receptacle: ([receptacle]) => `close ${receptacle}`,
  toggle: ([thing]) => `toggle ${thing}`,
  clean: ([object, receptacle]) => `clean ${object} with ${receptacle}`,
  heat: ([object, receptacle]) => `heat ${object} with ${receptacle}`,
  cool: ([object, receptacle]) => `cool ${object} with ${receptacle}`,
  use: ([thing]) => `use ${thing}`,
  look: () => 'look',
}

function commandOf(tool: string, args: string[]): string | undefined {
  return Object.hasOwn(TOOLS, tool) ? TOOLS[tool]!(args) : undefined
}
