/**
 * Somebody acts in a world while a person looks on, or the person acts: what the page sees of it. An episode lies in the
 * worker and is known by its number.
 */
import type { Score, Split } from '../environments/environment.ts'
import type { HouseholdView } from '../environments/household/play.ts'
import type { ShopView } from '../environments/shop/play.ts'
import type { WikiView } from '../environments/wiki/play.ts'
import type { Summary } from '../evaluation/metrics.ts'
import type { Likeness } from '../evaluation/reasoning.ts'
import type { PlayedTurn } from '../evaluation/rollout.ts'
import type { Definition } from '../objective/definitions.ts'
import type { BuiltInTeacher } from '../teacher/builtIn.ts'
import type { TeacherSummary } from '../teacher/shelf.ts'
import type { EnvironmentName } from '../trajectories/trajectory.ts'

/** Who can be asked for a turn: the present student, a teacher that is loaded, or the world's scripted expert. */
export type ActorId = { kind: 'student' } | { kind: 'teacher'; name: string } | { kind: 'expert' }

/** A world that can be acted in. */
export interface WorldSummary {
  /** The environment's own for a built-in one, else the files that it was read from. */
  name: string
  environment: EnvironmentName
  title: string
  /** What it is made of; a sentence. */
  about: string
  taskTypes: readonly string[]
  splits: readonly Split[]
  /** `typed`: it has pages and no questions, so that each episode needs the question of a person. */
  tasks: 'drawn' | 'typed'
  /** Actions that an episode may take. */
  stepCap: number
  uploaded: boolean
  /** What was wrong with single records of the files, and what became of them; sentences. */
  problems: readonly string[]
  /** The forms of actions, what is to be filled in written in capitals: "go to RECEPTACLE". */
  commands: readonly string[]
}

export interface EpisodeTask {
  /** A world's name. */
  world: string
  split: Split
  /** Of the task; the same one gives the same task. */
  seed: number
  taskType?: string
  /** Where the world's tasks are typed: what is asked, and what Finish is scored by; without an answer nothing is scored. */
  question?: string
  answer?: string
}

/** A world's state for drawing; `kind` tells which. */
export type StateView = HouseholdView | WikiView | ShopView

/** A turn that was played. */
export interface TurnView extends Omit<PlayedTurn, 'answer'> {
  by: 'you' | ActorId
  /** What the world answered, without its markers. */
  observation: string
  /** After the turn. */
  state: StateView
}

export interface EpisodeView {
  id: number
  task: EpisodeTask
  taskType: string
  prompt: string
  turns: TurnView[]
  /** Before the first turn, and now. */
  begin: StateView
  state: StateView
  /** Steps spent. */
  steps: number
  stepCap: number
  over: boolean
  /** The steps were spent before the episode was over. */
  stoppedAtCap: boolean
  score: Score
}

/** What a person does in an episode. Line ends in it become blanks, as a turn has lines of its own. */
export interface OwnTurn {
  reasoning?: string
  action: string
}

export interface TurnOptions {
  /** 0 takes the likeliest token each time. */
  temperature: number
  /** Of what is drawn, at this turn; the same one draws the same. */
  seed: number
}

/** What somebody would write at a history; nothing is played. */
export interface ProposedTurn extends Pick<PlayedTurn, 'kind' | 'reasoning' | 'action' | 'text' | 'tokens'> {
  by: ActorId
  /** Before which turn of the episode, counted from 0. */
  atTurn: number
  /** Beside the turn that was played there; null at the end of the episode. */
  likeness: Likeness | null
}

/** Which episodes are played to measure somebody. */
export interface ActorPlan {
  world: string
  split: Split
  seed: number
  episodes: number
  temperature: number
  /** Of how many of the episodes a model writes the expert's turns once more, for the match of reasoning and actions; none where left out. */
  historyEpisodes?: number
}

export interface EvaluationProgress {
  /** What is counted: "episodes played". */
  what: string
  over: number
  of: number
}

export interface EvaluationReport {
  actor: ActorId
  plan: ActorPlan
  stepCap: number
  episodes: Summary
  /** At the expert's histories; null where none were compared. */
  histories: Summary | null
  /** Of every metric that is told, and of the interval. */
  definitions: Record<string, Definition>
  elapsedMs: number
  /** The episodes, one JSON line each, as `lab evaluate --out` writes them; the lab reads them as trajectories. */
  lines: Blob
}

/** The part of the lab's API that is about acting. */
export interface ActingApi {
  /** The built-in worlds, and those that a person has opened. */
  worlds(): Promise<WorldSummary[]>
  /**
   * Opens a world on files of a person's own: HotpotQA's distractor JSON, JSON lines of title and text (and of question and
   * answer), WebShop's item files (several of them belong together). Which they are is told by their content. One of the
   * same name is replaced.
   */
  addWorld(files: File[]): Promise<WorldSummary>
  /** Episodes that are open in it go on. */
  removeWorld(name: string): Promise<void>

  openEpisode(task: EpisodeTask): Promise<EpisodeView>
  /** Ends what is being written in it. */
  closeEpisode(id: number): Promise<void>
  /** A turn of the person's own; whatever it says is answered by the world. Refused while somebody else's turn is being written. */
  actInEpisode(id: number, turn: OwnTurn): Promise<EpisodeView>
  /**
   * Somebody takes one turn; `onText` hears it as it grows. The expert refuses where what was done is not what it would
   * have done. A thought of the household and the shop is a turn of its own.
   *
   * @returns the episode as it was where `stopActing` ended it
   */
  takeTurn(
    id: number,
    actor: ActorId,
    options: TurnOptions,
    onText: (text: string) => void,
  ): Promise<EpisodeView>
  /**
   * What somebody would write before turn `atTurn`, or where the episode stands; greedily, and nothing is played.
   *
   * @returns null where `stopActing` ended it
   */
  proposeTurn(
    id: number,
    actor: ActorId,
    atTurn: number | undefined,
    onText: (text: string) => void,
  ): Promise<ProposedTurn | null>
  /** Takes the last turn back. */
  undoTurn(id: number): Promise<EpisodeView>
  /** Ends every turn that is being written, and every evaluation. */
  stopActing(): void
  /** @returns null where `stopActing` ended it */
  evaluateActor(
    actor: ActorId,
    plan: ActorPlan,
    onProgress: (progress: EvaluationProgress) => void,
  ): Promise<EvaluationReport | null>

  /** Makes no request: which there are is known when the page is built. */
  builtInTeachers(): Promise<BuiltInTeacher[]>
  /**
   * Fetches its three files from where the page is from and keeps it as the teacher `built-in:NAME`, which recipes name as
   * their source.
   *
   * @param onProgress hears how much of it has come, in bytes
   */
  addBuiltInTeacher(
    name: string,
    onProgress?: (bytesDone: number, bytesTotal: number) => void,
  ): Promise<TeacherSummary>
}
