import * as Comlink from 'comlink'
import type { StateCreator } from 'zustand'
import type { ActorId, EpisodeView, OwnTurn, TurnOptions } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import type { LabState } from '../lab/store.ts'
import { attemptAt } from './inPlace.ts'

/** Milliseconds between two turns that are played. */
export const PACES = { slow: 2500, medium: 1000, fast: 250 } as const
export type Pace = keyof typeof PACES

/** How turns are taken: one, one after another at a pace, or all that are left as quickly as they come. */
export type Playing = 'step' | 'play' | 'end'

export interface EpisodeSlice {
  episode: EpisodeView | null
  /** One is being opened. */
  openingEpisode: boolean
  /** The turn behind which the state is shown, counted from 0, −1 for the beginning; null follows the newest. */
  shownTurn: number | null
  /** Who takes the next turn when somebody is asked to. */
  actor: ActorId
  /** How a model chooses its tokens; numbers are NaN while their fields are empty. */
  turnOptions: TurnOptions
  pace: Pace
  /** Somebody takes turns; `pausing` until the one that is being written is over. */
  playing: Playing | 'pausing' | null
  /** What is being written just now. */
  writing: string | null

  openEpisode(): Promise<void>
  takeTurns(how: Playing): Promise<void>
  pauseTurns(): void
  /** Ends what is being written, a turn or what another would write; nothing of it is played. */
  stopTurn(): Promise<void>
  /** @returns whether the world has heard it */
  takeOwnTurn(turn: OwnTurn): Promise<boolean>
  /** Takes turns back until that many are left. */
  takeBackTo(turns: number): Promise<void>
  showTurn(turn: number | null): void
  chooseActor(actor: ActorId): void
  setTurnOptions(change: Partial<TurnOptions>): void
  setPace(pace: Pace): void
}

export const createEpisodeSlice: StateCreator<LabState, [], [], EpisodeSlice> = (set, get) => {
  /** Ends the rest between two turns. */
  let wake = () => {}
  const rest = (ms: number) =>
    new Promise<void>((rested) => {
      const timer = setTimeout(rested, ms)
      wake = () => {
        clearTimeout(timer)
        rested()
      }
    })

  /** Shows how an episode stands, unless another was opened meanwhile. */
  const show = (episode: EpisodeView) => {
    if (get().episode?.id !== episode.id) return
    set({ episode })
    get().forgetProposals(episode.turns.length)
  }

  /** Lets somebody take a turn. @returns whether one was taken */
  const takeTurn = async (id: number): Promise<boolean> => {
    const { actor, turnOptions, episode } = get()
    const hearing = hearText((writing) => {
      if (get().episode?.id === id) set({ writing })
    })
    const call = lab.takeTurn(id, actor, turnOptions, Comlink.proxy(hearing.hear))
    const view = await attemptAt(set, 'episode', call)
    hearing.end()
    if (!view || get().episode?.id !== id) return false
    show(view)
    return view.turns.length > episode!.turns.length
  }

  return {
    episode: null,
    openingEpisode: false,
    shownTurn: null,
    actor: { kind: 'expert' },
    turnOptions: { temperature: 0, seed: 1 },
    pace: 'medium',
    playing: null,
    writing: null,

    async openEpisode() {
      set({ openingEpisode: true })
      const before = get().episode
      const episode = await attemptAt(set, 'task', lab.openEpisode(get().wantedTask))
      set({ openingEpisode: false })
      if (!episode) return
      set({ episode, shownTurn: null, writing: null, playing: null })
      get().forgetProposals(0)
      wake()
      if (before) await attemptAt(set, 'episode', lab.closeEpisode(before.id))
    },
    async takeTurns(how) {
      const id = get().episode?.id
      if (id === undefined || get().playing !== null) return
      const same = () => get().episode?.id === id
      set({ playing: how, shownTurn: null })
      while (same() && (await takeTurn(id))) {
        await get().compareNewest()
        if (!same() || get().playing !== how || how === 'step' || get().episode!.over) break
        if (how === 'play') await rest(PACES[get().pace])
        if (get().playing !== how) break
      }
      if (same()) set({ playing: null })
    },
    pauseTurns() {
      if (get().playing !== null) set({ playing: 'pausing' })
      wake()
    },
    async stopTurn() {
      get().pauseTurns()
      await attemptAt(set, 'episode', lab.stopActing())
    },
    async takeOwnTurn(turn) {
      const { episode } = get()
      if (!episode) return false
      const view = await attemptAt(set, 'episode', lab.actInEpisode(episode.id, turn))
      if (!view) return false
      show(view)
      set({ shownTurn: null })
      await get().compareNewest()
      return true
    },
    async takeBackTo(turns) {
      for (;;) {
        const { episode } = get()
        if (!episode || episode.turns.length <= turns) break
        const view = await attemptAt(set, 'episode', lab.undoTurn(episode.id))
        if (!view) return
        show(view)
      }
      set({ shownTurn: null })
    },
    showTurn(turn) {
      const newest = (get().episode?.turns.length ?? 0) - 1
      set({ shownTurn: turn === null || turn >= newest ? null : turn })
    },
    chooseActor: (actor) => set({ actor }),
    setTurnOptions: (change) => set({ turnOptions: { ...get().turnOptions, ...change } }),
    setPace: (pace) => set({ pace }),
  }
}

/** Hears a text as it grows, and shows it once a frame. */
export function hearText(show: (text: string | null) => void): {
  hear: (text: string) => void
  /** Nothing is written any more. */
  end: () => void
} {
  let newest = ''
  let ended = false
  let frame = 0
  return {
    hear(text) {
      newest = text
      frame ||= requestAnimationFrame(() => {
        frame = 0
        if (!ended) show(newest)
      })
    },
    end() {
      ended = true
      cancelAnimationFrame(frame)
      show(null)
    },
  }
}
