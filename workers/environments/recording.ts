import { type Episode, type ExpertRun, type Play, type Script, THOUGHT_TAKEN } from './environment.ts'

/** An expert's playing of an episode, written down as it goes. */
export class Recording {
  /** Actions taken; thoughts are none. */
  steps = 0
  /** The world has said that the episode is over. */
  done = false
  private readonly play: Play
  private text: string
  private turns = 0

  /** @param script the world's own */
  constructor(
    episode: Episode,
    private readonly script: Script,
  ) {
    this.play = episode.start()
    this.text = episode.prompt
  }

  get run(): ExpertRun {
    return { text: this.text, steps: this.steps, score: this.play.score }
  }

  /** A thought that is a turn of its own. */
  think(reasoning: string): void {
    this.write({ reasoning }, THOUGHT_TAKEN)
  }

  /** @param reasoning what stands before the action in its turn @returns what the world answers */
  act(action: string, reasoning: string | null = null): string {
    const { observation, done } = this.play.act(action)
    this.steps++
    this.done = done
    this.write({ reasoning, action }, observation)
    return observation
  }

  private write(turn: Parameters<Script['write']>[0], answer: string): void {
    this.turns++
    this.text += this.script.write(turn, this.turns) + this.script.answer(answer, this.turns)
  }
}
