import type { Script, Turn } from '../environments/environment.ts'
import { normalisedPlan, tokenF1 } from '../objective/reasoningMatch.ts'
import type { Dialogue } from './dialogue.ts'
import type { PlayedTurn, Rollout } from './rollout.ts'

/** A dialogue that somebody else has played: the expert, or a teacher whose rollouts were recorded. */
export interface Recorded {
  prompt: string
  turns: readonly Pick<PlayedTurn, 'reasoning' | 'action' | 'text' | 'answer'>[]
}

export interface RecordedEpisode extends Recorded {
  taskType: string
}

export function recordingOf({ episode, turns }: Rollout): RecordedEpisode {
  return { prompt: episode.prompt, taskType: episode.taskType, turns }
}

/** What a student wrote where the recorded turn stands. */
export interface ComparedTurn {
  written: Turn
  reference: Recorded['turns'][number]
}

/**
 * A recorded dialogue in which a student writes each turn once more: it is always asked at the recorded history, and what
 * it writes changes nothing.
 */
export class TeacherForced implements Dialogue {
  readonly pieces: string[]
  readonly compared: ComparedTurn[] = []

  constructor(
    private readonly script: Script,
    private readonly recorded: Recorded,
  ) {
    this.pieces = [recorded.prompt]
  }

  get isOver(): boolean {
    return this.compared.length >= this.recorded.turns.length
  }

  hear(text: string, ended: boolean): boolean {
    const reference = this.recorded.turns[this.compared.length]!
    const written = this.script.read(text, this.compared.length + 1, ended)
    if (written === null) return false
    this.compared.push({ written, reference })
    this.pieces.push(reference.text + reference.answer)
    return true
  }
}

/** How one turn compares; null where there is nothing to compare. */
export interface Likeness {
  /** The normalised reasonings are equal, and their token-F1; where the student gives none, false and 0. */
  reasoning: { same: boolean; f1: number } | null
  /** The actions are equal to the letter. */
  action: boolean | null
}

export function likenessOf({ written, reference }: ComparedTurn): Likeness {
  return likenessBetween(
    {
      reasoning: written.kind === 'malformed' ? null : written.reasoning,
      action: written.kind === 'act' ? written.action : null,
    },
    reference,
  )
}

/** How a turn compares with one that somebody else took, or would take, at the same history. */
export function likenessBetween(
  written: Pick<PlayedTurn, 'reasoning' | 'action'>,
  reference: Pick<PlayedTurn, 'reasoning' | 'action'>,
): Likeness {
  const { reasoning, action } = written
  return {
    reasoning:
      reference.reasoning === null
        ? null
        : {
            same: reasoning !== null && normalisedPlan(reasoning) === normalisedPlan(reference.reasoning),
            f1: reasoning === null ? 0 : tokenF1(reasoning, reference.reasoning),
          },
    action: reference.action === null ? null : action === reference.action,
  }
}
