import { type ExpertRun, type Play, THOUGHT_TAKEN } from '../environment.ts'
import { type ReadPage, readPage } from './readPage.ts'
import { shopScript } from './script.ts'

/** A visit to the shop that is written down as it goes: what an expert thinks, does and sees. */
export class Visit {
  /** What the last act showed. */
  page: ReadPage = { page: 'answer', text: '' }
  private text: string
  private turns = 0
  private steps = 0
  private done = false

  constructor(
    private readonly play: Play,
    prompt: string,
    private readonly stepCap: number,
  ) {
    this.text = prompt
  }

  /** Something was bought, or no step is left; nothing more is written then. */
  get isOver(): boolean {
    return this.done || this.steps >= this.stepCap
  }

  get run(): ExpertRun {
    return { text: this.text, steps: this.steps, score: this.play.score }
  }

  think(reasoning: string): void {
    if (this.isOver) return
    this.turns++
    this.text += shopScript.write({ reasoning }, this.turns) + shopScript.answer(THOUGHT_TAKEN, this.turns)
  }

  act(action: string): ReadPage {
    if (this.isOver) return { page: 'answer', text: '' }
    this.turns++
    this.steps++
    const { observation, done } = this.play.act(action)
    this.done = done
    this.text +=
      shopScript.write({ reasoning: null, action }, this.turns) + shopScript.answer(observation, this.turns)
    this.page = readPage(observation)
    return this.page
  }
}
