import * as Comlink from 'comlink'
import type { StateCreator } from 'zustand'
import { type ActorId, messageOf, type ProposedTurn } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import type { LabState } from '../lab/store.ts'
import { actorKey } from './actors.ts'
import { hearText } from './episodeSlice.ts'

/** What another would write before a turn, or why that is not known. */
export type Proposal = ProposedTurn | { atTurn: number; message: string }

export interface BesideSlice {
  /** Whose turns are set beside those that were taken; null where nobody's are. */
  beside: ActorId | null
  /** Of the open episode, by `proposalKey`. */
  proposals: Readonly<Record<string, Proposal>>
  /** The one that is being written, and what there is of it so far. */
  proposing: { key: string; text: string | null } | null

  setBeside(actor: ActorId | null): void
  /** Asks what the other would write before a turn, counted from 0; the number of turns asks for the next. */
  propose(atTurn: number): Promise<void>
  /** Sets the other's turn beside the newest, where somebody's are wanted. */
  compareNewest(): Promise<void>
  /** Forgets what was written at histories that are no more, or that a turn has been taken at since. */
  forgetProposals(turns: number): void
}

export function proposalKey(actor: ActorId, atTurn: number): string {
  return `${atTurn} ${actorKey(actor)}`
}

export const createBesideSlice: StateCreator<LabState, [], [], BesideSlice> = (set, get) => {
  /** Of the histories that proposals were made at; those made at an earlier one are of no use. */
  let turnsBefore = 0
  return {
    beside: null,
    proposals: {},
    proposing: null,

    setBeside: (beside) => set({ beside }),
    async propose(atTurn) {
      const { episode, beside, proposing } = get()
      if (!episode || !beside || proposing) return
      const key = proposalKey(beside, atTurn)
      const turn = episode.turns[atTurn]
      set({ proposing: { key, text: null } })
      const hearing = hearText((text) => set({ proposing: { key, text } }))
      let proposal: Proposal
      try {
        const written = await lab.proposeTurn(episode.id, beside, atTurn, Comlink.proxy(hearing.hear))
        proposal = written ?? { atTurn, message: 'It was stopped.' }
      } catch (thrown) {
        proposal = { atTurn, message: messageOf(thrown) }
      }
      hearing.end()
      set({ proposing: null })
      const now = get().episode
      // What was taken at that history may be another turn by now, or none.
      const same = now?.id === episode.id && now.turns[atTurn]?.text === turn?.text
      if (same) set({ proposals: { ...get().proposals, [key]: proposal } })
    },
    async compareNewest() {
      const { episode, beside, proposing } = get()
      if (!episode || !beside || proposing || episode.turns.length === 0) return
      await get().propose(episode.turns.length - 1)
    },
    forgetProposals(turns) {
      const kept = Math.min(turns, turnsBefore)
      turnsBefore = turns
      const proposals = Object.entries(get().proposals).filter(([, { atTurn }]) => atTurn < kept)
      set({ proposals: Object.fromEntries(proposals) })
    },
  }
}
