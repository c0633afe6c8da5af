/**
 * Which steps of trajectories the student gets wholly right under teacher forcing: all tokens of a kind that its row
 * holds, each predicted from the true tokens before it (definitions in `definitions.ts`).
 */
export class StepMatches {
  /** By step whether every token so far agreed. */
  private readonly steps = new Map<string, boolean>()

  /**
   * @param step a name of the step, the same for all its tokens
   * @param agrees whether the student's most likely token is the teacher's
   */
  add(step: string, agrees: boolean): void {
    this.steps.set(step, agrees && (this.steps.get(step) ?? true))
  }

  /** Steps with at least one token. */
  get count(): number {
    return this.steps.size
  }

  /** Share of the steps of which every token agreed, 0 … 1; null where there is none. */
  get share(): number | null {
    let matched = 0
    for (const agreed of this.steps.values()) if (agreed) matched++
    return this.count > 0 ? matched / this.count : null
  }
}
