import type { Random } from '../random.ts'
import type { EnvironmentName } from '../trajectories/trajectory.ts'

/**
 * What every world has in common, so that rollouts, experts, studies and the page need to know no world by name. A world
 * is text: an agent is told a prompt, writes turns, and each turn is answered by an observation.
 */

export const SPLITS = ['train', 'validation', 'test'] as const
export type Split = (typeof SPLITS)[number]

/** What a turn was answered with. */
export interface Answer {
  /** One or more lines without a final newline. */
  observation: string
  /** The episode is over, by the agent's own act or by reaching its goal. */
  done: boolean
  /** Whether the action was one that the world knows and that could be done. */
  valid: boolean
}

/** How an episode stands. */
export interface Score {
  success: boolean
  /** 0 … 1, as the world's own paper gives it. */
  reward: number
  /** Other measures of the world, each 0 … 1, e.g. `f1` of an answer. */
  measures?: Record<string, number>
}

/** One playing of an episode. */
export interface Play {
  /** Plays one action, however malformed: what the world does not know is answered and spends a step. */
  act(action: string): Answer
  readonly score: Score
  /** The state as it is, for drawing: plain data that can be cloned, its type the world's own (`kind` tells them apart). */
  view(): { kind: EnvironmentName }
}

/** A task in a world. */
export interface Episode {
  /** Names it: the same seed, split and kind of task always give the same one. */
  readonly id: string
  readonly split: Split
  readonly taskType: string
  /** What the agent is told first, as its trajectories begin, with a final newline. */
  readonly prompt: string
  /** A playing from its beginning; playings do not disturb each other. */
  start(): Play
}

/** What an agent wrote when its turn was over. */
export type Turn = {
  /** How many characters of what was written it takes, its line end included. */
  end: number
} & (
  | {
      kind: 'act'
      /** Without markers and outer white space; null where the agent acted without a thought. */
      reasoning: string | null
      action: string
    }
  /** A thought that is a turn of its own, as in ALFWorld's transcripts; the world answers "OK.". */
  | { kind: 'thought'; reasoning: string }
  /** It does not read as a turn; the answer says so and a step is spent. */
  | { kind: 'malformed'; text: string }
)

/** What a thought that is a turn of its own is answered with, as ReAct's worlds do. */
export const THOUGHT_TAKEN = 'OK.'

/** How a world's transcripts are written: ReAct's own notations, which the segmenter reads. */
export interface Script {
  /**
   * The turn that a text begins with, or null while it may still go on; unless the text has ended, a turn ends with a
   * line. What was written by a model: any text at all.
   *
   * @param written what the agent wrote since the last answer
   * @param turn which turn of the episode it is, counted from 1
   * @param ended nothing more comes (end-of-text, or the most tokens of a turn), so that there is always a turn
   */
  read(written: string, turn: number, ended: boolean): Turn | null
  /** A turn as an expert writes it; `read` gives it back. */
  write(turn: { reasoning: string | null; action: string } | { reasoning: string }, number: number): string
  /** What stands in the transcript behind a turn, with a final newline. */
  answer(observation: string, number: number): string
  /** What a malformed turn is answered with, in the words in which the world refuses an action. @param text as `read` gives it */
  refusal(text: string): string
}

/** A run of an expert, told by turn. */
export interface ExpertRun {
  /** The whole transcript, prompt first, with a final newline; `segmenter` finds its spans. */
  text: string
  /** Actions taken; thoughts are none. */
  steps: number
  score: Score
}

export interface Environment {
  readonly name: EnvironmentName
  /** As the page calls it. */
  readonly title: string
  readonly taskTypes: readonly string[]
  /** Those of them that a split has tasks of; all where left out. A person's own files may hold too little for all. */
  taskTypesIn?(split: Split): readonly string[]
  /** Actions that an episode may take; thoughts are none. */
  readonly stepCap: number
  readonly script: Script
  /**
   * A task of a split. Splits share no episode, whatever the seeds, and `test` has rooms, entities or goods that the other
   * two do not have.
   *
   * @param seed any integer; only its low 32 bits count
   * @param taskType one of `taskTypes`; any where left out
   */
  episode(seed: number, split: Split, taskType?: string): Episode
  /** The scripted expert, who sees prompt and answers only. @param random chooses wordings and slips */
  expert(episode: Episode, random: Random): ExpertRun
}
