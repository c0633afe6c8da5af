import { NOTHING_HAPPENS } from '../sentences.ts'
import type { ComparedAnswer, NotCompared, Replay } from './replay.ts'
import { VARIANTS, type Variant } from './wording.ts'

/** So many answers, and how many of them are equal to the letter. */
export interface Share {
  compared: number
  equal: number
}

/** The game's answers to actions, and beside them what is too easy to count with them. */
export interface ReplayScore {
  trajectories: number
  /** Trajectories that do not tell their room. */
  withoutRoom: number
  /** `predicted` and `given` together. */
  actions: Share
  predicted: Share
  given: Share
  /** Of the given: "Nothing happens." on going to a place never seen, which tells that it shares the spot. */
  neighbours: number
  /** As `actions`, an answer counted once where transcripts repeat the same episode up to it. */
  distinct: Share
  thoughts: Share
  /** What a program printed of its own. */
  programs: Share
  /** Different from the transcript in no known way, of all kinds. */
  different: number
  variants: Record<Variant, number>
  notCompared: Record<string, number>
  leftOut: Record<string, number>
  /** Goals at the end: how many are known, how many of them reached; where the file tells success, how often it agrees. */
  goals: { known: number; reached: number; told: number; agreed: number }
}

/** Adds up replays; null stands for a trajectory without a room. */
export function scoreReplays(replays: readonly (Replay | null)[]): ReplayScore {
  const told = replays.filter((replay) => replay !== null)
  const answers = told.flatMap((replay) => replay.answers)
  const shareOf = (...kinds: ComparedAnswer['kind'][]): Share => {
    const some = answers.filter(({ kind }) => kinds.includes(kind))
    return { compared: some.length, equal: some.filter(({ verdict }) => verdict === 'equal').length }
  }
  const known = told.filter((replay) => replay.goalReached !== null)
  const notCompared: Partial<Record<NotCompared, number>> = {}
  const leftOut: Record<string, number> = {}
  for (const replay of told) {
    add(notCompared, replay.notCompared)
    add(leftOut, replay.leftOut)
  }
  return {
    trajectories: told.length,
    withoutRoom: replays.length - told.length,
    actions: shareOf('predicted', 'given'),
    predicted: shareOf('predicted'),
    given: shareOf('given'),
    neighbours: answers.filter(({ kind, got }) => kind === 'given' && got === NOTHING_HAPPENS).length,
    distinct: distinctShare(told),
    thoughts: shareOf('thought'),
    programs: shareOf('program'),
    different: answers.filter(({ verdict }) => verdict === 'different').length,
    variants: Object.fromEntries(
      VARIANTS.map((name) => [name, answers.filter(({ variants }) => variants.includes(name)).length]),
    ) as Record<Variant, number>,
    notCompared,
    leftOut,
    goals: {
      known: known.length,
      reached: known.filter((replay) => replay.goalReached).length,
      told: known.filter(({ success }) => success !== undefined).length,
      agreed: known.filter((replay) => replay.success === replay.goalReached).length,
    },
  }
}

function distinctShare(replays: readonly Replay[]): Share {
  const equal = new Map<string, boolean>()
  for (const { receptacles, answers } of replays) {
    let history = receptacles.join()
    for (const { kind, command, expected, verdict } of answers) {
      if (kind !== 'predicted' && kind !== 'given') continue
      history += `\n> ${command}\n${expected.trimEnd()}`
      equal.set(history, verdict === 'equal')
    }
  }
  return { compared: equal.size, equal: [...equal.values()].filter(Boolean).length }
}

function add(sum: Record<string, number | undefined>, more: Record<string, number | undefined>): void {
  for (const [name, count] of Object.entries(more)) sum[name] = (sum[name] ?? 0) + (count ?? 0)
}
