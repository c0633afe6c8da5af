import * as Comlink from 'comlink'
import type { StateCreator } from 'zustand'
import type { ActorPlan, EvaluationProgress, EvaluationReport } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { count } from '../lab/format.ts'
import { save } from '../lab/save.ts'
import type { LabState } from '../lab/store.ts'
import { actorKey, actorName, actorOf } from './actors.ts'
import { attemptAt } from './inPlace.ts'

/** Which episodes are played; the world is that of the picker. Numbers are NaN while their fields are empty. */
export type EvaluationPlan = Required<Omit<ActorPlan, 'world'>>

/** Somebody measured. */
export interface Evaluation {
  /** Of who was measured, and on what. */
  key: string
  /** Who it was: "the student at step 120". */
  name: string
  report: EvaluationReport
}

export interface EvaluationSlice {
  evaluationPlan: EvaluationPlan
  /** Who is to be measured, as `actorKey` says them. */
  measuredActors: string[]
  evaluations: Evaluation[]
  /** Who is being measured, and how far that is; null while nobody is. */
  evaluating: { name: string; progress: EvaluationProgress | null } | null

  planEvaluation(change: Partial<EvaluationPlan>): void
  measureActors(actors: string[]): void
  /** Measures one after another; those that are done stay, whatever becomes of the others. */
  evaluateActors(): Promise<void>
  cancelEvaluation(): Promise<void>
  removeEvaluation(key: string): void
  /** Hands the episodes of an evaluation to the person. */
  saveEpisodes(key: string): void
}

export const createEvaluationSlice: StateCreator<LabState, [], [], EvaluationSlice> = (set, get) => ({
  evaluationPlan: { split: 'test', seed: 1, episodes: 20, temperature: 0, historyEpisodes: 0 },
  measuredActors: ['expert'],
  evaluations: [],
  evaluating: null,

  planEvaluation: (change) => set({ evaluationPlan: { ...get().evaluationPlan, ...change } }),
  measureActors: (measuredActors) => set({ measuredActors }),
  async evaluateActors() {
    if (get().evaluating) return
    const plan: ActorPlan = { ...get().evaluationPlan, world: get().wantedTask.world }
    for (const key of get().measuredActors) {
      const actor = actorOf(key)
      const { studentStep } = get().run
      const step =
        actor.kind === 'student' && studentStep !== undefined ? ` at step ${count(studentStep)}` : ''
      const name = actorName(actor) + step
      set({ evaluating: { name, progress: null } })
      const hear = (progress: EvaluationProgress) => {
        if (get().evaluating?.name === name) set({ evaluating: { name, progress } })
      }
      const call = lab.evaluateActor(actor, plan, Comlink.proxy(hear))
      const report = await attemptAt(set, 'evaluation', call)
      // It was cancelled, or something is wrong that the next would meet as well.
      if (!report) break
      const done = { key: `${name} ${actorKey(actor)} ${JSON.stringify(plan)}`, name, report }
      const others = get().evaluations.filter((other) => other.key !== done.key)
      set({ evaluations: [...others, done] })
    }
    set({ evaluating: null })
  },
  async cancelEvaluation() {
    await attemptAt(set, 'evaluation', lab.stopActing())
  },
  removeEvaluation(key) {
    set({ evaluations: get().evaluations.filter((one) => one.key !== key) })
  },
  saveEpisodes(key) {
    const one = get().evaluations.find((evaluation) => evaluation.key === key)
    if (!one) return
    const { world, split } = one.report.plan
    const words = `${world} ${split} ${one.name}`.replaceAll(/[^\w.-]+/g, '-')
    save(`${words}-episodes.jsonl`, one.report.lines)
  },
})
