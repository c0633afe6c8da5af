import type { Environment, Episode } from '../environments/environment.ts'
import { LabError } from '../errors.ts'
import { expertRollout, type PlayedTurn, Rollout } from '../evaluation/rollout.ts'
import { oneLine } from '../oneLine.ts'
import { Random } from '../random.ts'
import type { EpisodeTask, EpisodeView, OwnTurn, StateView, TurnView } from './acting.ts'

/** An episode that is acted out turn by turn, by one or by several. */
export class ActedEpisode {
  private rollout: Rollout
  private readonly begin: StateView
  /** Of each turn, who took it and the state behind it. */
  private readonly taken: Pick<TurnView, 'by' | 'state'>[] = []
  private expertTurns: readonly PlayedTurn[] | null = null

  constructor(
    readonly id: number,
    private readonly task: EpisodeTask,
    readonly environment: Environment,
    private readonly episode: Episode,
  ) {
    this.rollout = new Rollout(environment, episode)
    this.begin = this.state()
  }

  get turns(): readonly PlayedTurn[] {
    return this.rollout.turns
  }

  /** The prompt and the turns before one of them, counted from 0, as a model reads them. */
  piecesBefore(turn: number): readonly string[] {
    return this.rollout.pieces.slice(0, turn + 1)
  }

  /** @throws LabError `not-now` where it is over */
  requireOpen(): void {
    if (!this.rollout.isOver) return
    throw new LabError('not-now', 'This episode is over: open another, or take a turn back.')
  }

  /** Takes a turn as it was written, whatever it is. */
  hear(written: string, by: TurnView['by'], tokens: number | null = null): void {
    this.requireOpen()
    this.rollout.hear(written, true, tokens)
    this.taken.push({ by, state: this.state() })
  }

  /**
   * Takes a turn that a person typed. Where thoughts are turns of their own, reasoning and action become two.
   *
   * @throws LabError `usage` where there is neither
   */
  hearOwn({ reasoning = '', action }: OwnTurn): void {
    const thought = oneLine(reasoning)
    const act = oneLine(action)
    if (act === '' && thought === '')
      throw new LabError('usage', 'There is nothing to do yet: type an action.')
    this.requireOpen()
    const { script } = this.environment
    const number = this.turns.length + 1
    if (thought !== '') {
      const alone = script.write({ reasoning: thought }, number)
      if (act === '' || script.read(alone, number, true)?.kind === 'thought') this.hear(alone, 'you')
      else {
        this.hear(script.write({ reasoning: thought, action: act }, number), 'you')
        return
      }
    }
    // Thoughts too many spend steps as well.
    if (act === '' || this.rollout.isOver) return
    this.hear(script.write({ reasoning: null, action: act }, this.turns.length + 1), 'you')
  }

  /** Plays all but the last turn again, as worlds know no way back. @throws LabError `not-now` before the first turn */
  undo(): void {
    const kept = this.turns.slice(0, -1)
    if (this.turns.length === 0) throw new LabError('not-now', 'There is no turn to take back.')
    this.rollout = new Rollout(this.environment, this.episode)
    for (const { text, tokens } of kept) this.rollout.hear(text, true, tokens)
    this.taken.pop()
  }

  /**
   * The turn that the expert takes behind the first `turns` turns. It cannot be asked in the middle of an episode, so it plays
   * one of its own; where the same was done in it, it goes on from there, whatever was thought.
   *
   * @throws LabError `not-now` where it did otherwise; whatever keeps it from playing in this world
   */
  expertTurn(turns: number): PlayedTurn {
    this.expertTurns ??= expertRollout(
      this.environment,
      this.episode,
      new Random(this.task.seed).fork('expert'),
    ).turns
    const played = this.turns.slice(0, turns)
    const acted = played.filter(({ kind }) => kind !== 'thought')
    let next = 0
    for (const { kind, action } of acted) {
      while (this.expertTurns[next]?.kind === 'thought') next++
      const own = this.expertTurns[next++]
      if (own === undefined || kind !== 'act' || own.action !== action) {
        throw new LabError(
          'not-now',
          'The expert would have done otherwise before, and does not know how to go on from here: take turns back, or act yourself.',
        )
      }
    }
    // What it has thought since its last action it need not think again.
    const since = played.slice(played.findLastIndex(({ kind }) => kind !== 'thought') + 1)
    for (const { reasoning } of since) {
      const own = this.expertTurns[next]
      if (own?.kind === 'thought' && own.reasoning === reasoning) next++
    }
    const turn = this.expertTurns[next]
    if (turn) return turn
    throw new LabError('not-now', 'The expert has given up here: act yourself.')
  }

  view(): EpisodeView {
    const { environment, episode, rollout, task } = this
    return {
      id: this.id,
      task,
      taskType: episode.taskType,
      prompt: episode.prompt,
      turns: rollout.turns.map(({ answer: _, ...turn }, i) => ({ ...turn, ...this.taken[i]! })),
      begin: this.begin,
      state: this.state(),
      steps: rollout.steps,
      stepCap: environment.stepCap,
      over: rollout.isOver,
      stoppedAtCap: rollout.stoppedAtCap,
      score: rollout.score,
    }
  }

  private state(): StateView {
    // A world's `kind` tells the type, of which the contract of all worlds knows nothing.
    return this.rollout.view() as StateView
  }
}
