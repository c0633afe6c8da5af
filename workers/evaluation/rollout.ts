import {
  type Environment,
  type Episode,
  type Play,
  type Score,
  THOUGHT_TAKEN,
  type Turn,
} from '../environments/environment.ts'
import { LabError } from '../errors.ts'
import type { Random } from '../random.ts'
import type { Dialogue } from './dialogue.ts'

/** Thoughts in a row that cost nothing; each one more spends a step, so that thinking without end comes to one. */
export const FREE_THOUGHTS = 3

/** A turn and what became of it. */
export interface PlayedTurn {
  kind: Turn['kind']
  /** Without markers and outer white space. */
  reasoning: string | null
  action: string | null
  /** As it stands in the transcript, its line end included. */
  text: string
  /** What the world said to it. */
  observation: string
  /** What stands behind it, as `Script.answer` writes it. */
  answer: string
  /** An action that the world knew and could do; a thought always is, what is malformed never. */
  valid: boolean
  /** It spent one of the steps that an episode has. */
  spent: boolean
  /** Tokens that were written, where an end-of-text or what came behind the turn counts too; null of an expert. */
  tokens: number | null
}

/**
 * An episode as somebody plays it. An action spends a step, as does a malformed turn, which the world never sees, and
 * each thought after `FREE_THOUGHTS` in a row.
 */
export class Rollout implements Dialogue {
  readonly turns: PlayedTurn[] = []
  readonly pieces: string[]
  /** Steps spent. */
  steps = 0
  private readonly play: Play
  private thoughts = 0
  private done = false

  constructor(
    private readonly environment: Environment,
    readonly episode: Episode,
  ) {
    this.play = episode.start()
    this.pieces = [episode.prompt]
  }

  get isOver(): boolean {
    return this.done || this.steps >= this.environment.stepCap
  }

  /** The steps were spent before the episode was over. */
  get stoppedAtCap(): boolean {
    return this.isOver && !this.done
  }

  get score(): Score {
    return this.play.score
  }

  /** The world's state as it is, for drawing. */
  view(): ReturnType<Play['view']> {
    return this.play.view()
  }

  /** The whole transcript, prompt first. */
  get text(): string {
    return this.pieces.join('')
  }

  hear(written: string, ended: boolean, tokens: number | null = null): boolean {
    const { script } = this.environment
    const number = this.turns.length + 1
    const turn = script.read(written, number, ended)
    if (turn === null) return false
    const { observation, valid, spent } = this.answerTo(turn)
    if (spent) this.steps++
    const line = written.slice(0, turn.end)
    const text = line.endsWith('\n') ? line : `${line}\n`
    const answer = script.answer(observation, number)
    this.turns.push({
      kind: turn.kind,
      reasoning: turn.kind === 'malformed' ? null : turn.reasoning,
      action: turn.kind === 'act' ? turn.action : null,
      text,
      observation,
      answer,
      valid,
      spent,
      tokens,
    })
    this.pieces.push(text + answer)
    return true
  }

  private answerTo(turn: Turn): { observation: string; valid: boolean; spent: boolean } {
    if (turn.kind === 'thought') {
      this.thoughts++
      return { observation: THOUGHT_TAKEN, valid: true, spent: this.thoughts > FREE_THOUGHTS }
    }
    this.thoughts = 0
    if (turn.kind === 'malformed') {
      return { observation: this.environment.script.refusal(turn.text), valid: false, spent: true }
    }
    const { observation, valid, done } = this.play.act(turn.action)
    this.done = done
    return { observation, valid, spent: true }
  }
}

/**
 * The expert's run of an episode, played again turn by turn through the door that students use.
 *
 * @param random chooses the expert's wordings and slips
 * @throws LabError `no-trajectory` where the world answers otherwise than it answered the expert, a fault of one of them
 */
export function expertRollout(environment: Environment, episode: Episode, random: Random): Rollout {
  const { text } = environment.expert(episode, random)
  const rollout = new Rollout(environment, episode)
  for (let at = episode.prompt.length; at < text.length && !rollout.isOver; ) {
    rollout.hear(text.slice(at), true)
    const said = rollout.pieces.at(-1)!
    if (!text.startsWith(said, at)) {
      throw new LabError(
        'no-trajectory',
        `The expert's run of "${episode.id}" reads otherwise when it is played again, at its turn ${rollout.turns.length}.`,
      )
    }
    at += said.length
  }
  return rollout
}
