import type { Random } from '../random.ts'

/** How an expert slips now and then, so that students learn what to do after a mistake. */
export interface SlipHabit {
  /** Share of episodes in which it may slip. */
  share: number
  /** How often it may in one of these. */
  most: number
  /** How likely it then takes each chance to. */
  chance: number
}

/** The slips of one episode. */
export class SlipBudget {
  private left: number

  constructor(
    private readonly random: Random,
    private readonly habit: SlipHabit,
  ) {
    this.left = random.next() < habit.share ? habit.most : 0
  }

  /** Whether the expert slips, now that it could. */
  take(): boolean {
    if (this.left === 0 || this.random.next() >= this.habit.chance) return false
    this.left--
    return true
  }
}
