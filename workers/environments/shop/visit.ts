import type { Episode, ExpertRun } from '../environment.ts'
import { Recording } from '../recording.ts'
import { type ReadPage, readPage } from './readPage.ts'
import { shopScript } from './script.ts'

/** A visit to the shop that is written down as it goes: what an expert thinks, does and sees. */
export class Visit {
  /** What the last act showed. */
  page: ReadPage = { page: 'answer', text: '' }
  private readonly recording: Recording

  constructor(
    episode: Episode,
    private readonly stepCap: number,
  ) {
    this.recording = new Recording(episode, shopScript)
  }

  /** Something was bought, or no step is left; nothing more is written then. */
  get isOver(): boolean {
    return this.recording.done || this.recording.steps >= this.stepCap
  }

  get run(): ExpertRun {
    return this.recording.run
  }

  think(reasoning: string): void {
    if (!this.isOver) this.recording.think(reasoning)
  }

  act(action: string): ReadPage {
    if (this.isOver) return { page: 'answer', text: '' }
    this.page = readPage(this.recording.act(action))
    return this.page
  }
}
