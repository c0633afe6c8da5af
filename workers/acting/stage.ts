import { LabError } from '../errors.ts'
import { likenessBetween } from '../evaluation/reasoning.ts'
import type { Operations } from '../kernels/operations.ts'
import type { StudentFolder } from '../models/folder.ts'
import { ActedEpisode } from './actedEpisode.ts'
import type {
  ActingApi,
  ActorId,
  ActorPlan,
  EpisodeTask,
  EpisodeView,
  EvaluationProgress,
  EvaluationReport,
  OwnTurn,
  ProposedTurn,
  TurnOptions,
  WorldSummary,
} from './acting.ts'
import { evaluateIn } from './evaluateIn.ts'
import { Models } from './models.ts'
import { Stops } from './stops.ts'
import { Worlds } from './worlds.ts'
import { writeTurn } from './writeTurn.ts'

/** What is acted with, as it is when it is asked for. */
export interface Cast {
  /** @throws LabError `no-backend` */
  operations: () => Operations
  /** @throws LabError `not-now` where there is none yet */
  student: () => StudentFolder
  /** @throws LabError where no teacher has that name */
  teacher: (name: string) => StudentFolder
}

/** Episodes side by side are a person's own; so many that nobody has them open by intent. */
const MOST_EPISODES = 100

interface Open {
  episode: ActedEpisode
  /** Ends the turn that is being written. */
  writing: AbortController | null
}

/** Where students, teachers, experts and the person act: the open episodes, and what is under way in them. */
export class Stage implements Omit<ActingApi, 'builtInTeachers' | 'addBuiltInTeacher'> {
  private readonly known = new Worlds()
  private readonly models = new Models()
  private readonly stops = new Stops()
  private readonly open = new Map<number, Open>()
  private lastId = 0

  constructor(private readonly cast: Cast) {}

  async worlds(): Promise<WorldSummary[]> {
    return this.known.summaries()
  }

  addWorld(files: File[]): Promise<WorldSummary> {
    return this.known.add(files)
  }

  async removeWorld(name: string): Promise<void> {
    this.known.remove(name)
  }

  async openEpisode(task: EpisodeTask): Promise<EpisodeView> {
    const { environment, episode } = await this.known.episode(task)
    if (this.open.size >= MOST_EPISODES) {
      throw new LabError('not-now', `There are ${MOST_EPISODES} episodes open: close one first.`)
    }
    const acted = new ActedEpisode(++this.lastId, task, environment, episode)
    this.open.set(acted.id, { episode: acted, writing: null })
    return acted.view()
  }

  async closeEpisode(id: number): Promise<void> {
    this.open.get(id)?.writing?.abort()
    this.open.delete(id)
    if (this.open.size === 0) this.models.release()
  }

  async actInEpisode(id: number, turn: OwnTurn): Promise<EpisodeView> {
    const { episode } = this.quiet(id)
    episode.hearOwn(turn)
    return episode.view()
  }

  async undoTurn(id: number): Promise<EpisodeView> {
    const { episode } = this.quiet(id)
    episode.undo()
    return episode.view()
  }

  async takeTurn(
    id: number,
    actor: ActorId,
    options: TurnOptions,
    onText: (text: string) => void,
  ): Promise<EpisodeView> {
    const { temperature } = options
    if (!(temperature >= 0 && Number.isFinite(temperature)))
      throw new LabError('usage', 'The temperature must be a number of at least 0.')
    const open = this.quiet(id)
    const { episode } = open
    episode.requireOpen()
    const before = episode.turns.length
    const written = await this.stops.during(async (abort, goesOn) => {
      open.writing = abort
      try {
        return await this.write(episode, actor, before, options, goesOn, onText)
      } finally {
        open.writing = null
      }
    })
    if (written !== null) episode.hear(written.text, actor, written.tokens)
    return episode.view()
  }

  async proposeTurn(
    id: number,
    actor: ActorId,
    atTurn: number | undefined,
    onText: (text: string) => void,
  ): Promise<ProposedTurn | null> {
    const { episode } = this.episode(id)
    const { length } = episode.turns
    const at = atTurn ?? length
    if (!Number.isInteger(at) || at < 0 || at > length)
      throw new LabError('usage', `This episode has ${length} turns: there is none to write at ${at}.`)
    if (at === length) episode.requireOpen()
    const played = episode.turns[at] ?? null
    const written = await this.stops.during((_, goesOn) =>
      this.write(episode, actor, at, { temperature: 0, seed: 0 }, goesOn, onText),
    )
    if (written === null) return null
    const { kind, reasoning, action, text, tokens } = written
    return {
      ...{ by: actor, atTurn: at, kind, reasoning, action, text, tokens },
      likeness: played && likenessBetween(written, played),
    }
  }

  /** What somebody writes before turn `at` of an episode; null where it was ended. */
  private async write(
    episode: ActedEpisode,
    actor: ActorId,
    at: number,
    options: TurnOptions,
    goesOn: () => Promise<boolean>,
    onText: (text: string) => void,
  ): Promise<Omit<ProposedTurn, 'by' | 'atTurn' | 'likeness'> | null> {
    if (actor.kind === 'expert') {
      const turn = episode.expertTurn(at)
      onText(turn.text)
      return turn
    }
    const { folder, where } = this.folderOf(actor)
    const { script } = episode.environment
    const pieces = episode.piecesBefore(at)
    const written = await this.models.use(this.cast.operations(), folder, where, (student) =>
      writeTurn(student, script, pieces, options, goesOn, onText),
    )
    if (written === null) return null
    const { turn, text, tokens } = written
    return {
      kind: turn.kind,
      reasoning: turn.kind === 'malformed' ? null : turn.reasoning,
      action: turn.kind === 'act' ? turn.action : null,
      text: text.slice(0, turn.end),
      tokens,
    }
  }

  stopActing(): void {
    this.stops.stop()
  }

  async evaluateActor(
    actor: ActorId,
    plan: ActorPlan,
    onProgress: (progress: EvaluationProgress) => void,
  ): Promise<EvaluationReport | null> {
    const report = this.stops.during(async (_, goesOn) => {
      const environment = await this.known.named(plan.world)
      if (actor.kind === 'expert') return evaluateIn(environment, actor, null, plan, goesOn, onProgress)
      const { folder, where } = this.folderOf(actor)
      return this.models.use(this.cast.operations(), folder, where, (student) =>
        evaluateIn(environment, actor, student, plan, goesOn, onProgress),
      )
    })
    return report.finally(() => {
      if (this.open.size === 0) this.models.release()
    })
  }

  /** Before the device changes: ends what is under way on it and takes the models off. */
  async leaveDevice(): Promise<void> {
    this.stops.stop()
    await this.stops.ended
    this.models.release()
  }

  /** The device is gone, with all that was on it. */
  fail(error: LabError): void {
    this.models.forget()
    this.stops.stop(error)
  }

  private folderOf(actor: Exclude<ActorId, { kind: 'expert' }>): { folder: StudentFolder; where: string } {
    return actor.kind === 'student'
      ? { folder: this.cast.student(), where: 'The student' }
      : { folder: this.cast.teacher(actor.name), where: actor.name }
  }

  private episode(id: number): Open {
    const open = this.open.get(id)
    if (open) return open
    throw new LabError('not-now', 'This episode was closed: open another.')
  }

  /** An episode in which no turn is being written. */
  private quiet(id: number): Open {
    const open = this.episode(id)
    if (!open.writing) return open
    throw new LabError('not-now', 'A turn is being written here: wait for its end, or stop it.')
  }
}
