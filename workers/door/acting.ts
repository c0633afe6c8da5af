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
} from '../acting/acting.ts'
import type { TeacherSummary } from '../protocol.ts'
import {
  type BuiltInTeacher,
  builtInSource,
  builtInTeachers,
  fetchBuiltInTeacher,
} from '../teacher/builtIn.ts'
import { TrajectoriesDoor } from './trajectories.ts'

/** The lab's door to where students, teachers, experts and the person act. */
export abstract class ActingDoor extends TrajectoriesDoor implements ActingApi {
  worlds(): Promise<WorldSummary[]> {
    return this.stage.worlds()
  }

  addWorld(files: File[]): Promise<WorldSummary> {
    return this.stage.addWorld(files)
  }

  removeWorld(name: string): Promise<void> {
    return this.stage.removeWorld(name)
  }

  openEpisode(task: EpisodeTask): Promise<EpisodeView> {
    return this.stage.openEpisode(task)
  }

  closeEpisode(id: number): Promise<void> {
    return this.stage.closeEpisode(id)
  }

  actInEpisode(id: number, turn: OwnTurn): Promise<EpisodeView> {
    return this.stage.actInEpisode(id, turn)
  }

  takeTurn(
    id: number,
    actor: ActorId,
    options: TurnOptions,
    onText: (text: string) => void,
  ): Promise<EpisodeView> {
    return this.stage.takeTurn(id, actor, options, onText)
  }

  proposeTurn(
    id: number,
    actor: ActorId,
    atTurn: number | undefined,
    onText: (text: string) => void,
  ): Promise<ProposedTurn | null> {
    return this.stage.proposeTurn(id, actor, atTurn, onText)
  }

  undoTurn(id: number): Promise<EpisodeView> {
    return this.stage.undoTurn(id)
  }

  stopActing(): void {
    this.stage.stopActing()
  }

  evaluateActor(
    actor: ActorId,
    plan: ActorPlan,
    onProgress: (progress: EvaluationProgress) => void,
  ): Promise<EvaluationReport | null> {
    return this.stage.evaluateActor(actor, plan, onProgress)
  }

  async builtInTeachers(): Promise<BuiltInTeacher[]> {
    return builtInTeachers()
  }

  async addBuiltInTeacher(
    name: string,
    onProgress?: (bytesDone: number, bytesTotal: number) => void,
  ): Promise<TeacherSummary> {
    return this.keepTeacher(builtInSource(name), await fetchBuiltInTeacher(name, onProgress))
  }
}
