import type { Environment } from '../environments/environment.ts'
import type { Student } from '../evaluation/converse.ts'
import { episodeLine } from '../evaluation/episodeFile.ts'
import { episodeShares, type Shares } from '../evaluation/metrics.ts'
import { DEFAULT_TURN_TOKENS, expertRollouts, rollOut, type Watching } from '../evaluation/rollouts.ts'
import type { Study } from './study.ts'

/** How a teacher, and the world's expert, do on the episodes that students are tested on. */
export interface TeacherTest {
  episodes: Shares[]
  expert: Shares[]
  /** The first of the teacher's greedy episodes, a line each, for students to be compared with. */
  recorded: string
}

/** Lets a teacher play the test episodes. @returns null where it was told not to go on */
export async function testTeacher(
  environment: Environment,
  student: Student,
  { seed, episodes, historyEpisodes, temperature, turnTokens = DEFAULT_TURN_TOKENS }: Study['testing'],
  watching: Watching,
): Promise<TeacherTest | null> {
  const plan = { environment, split: 'test' as const, seed, episodes, maxTurnTokens: turnTokens }
  const played = await rollOut(student, { ...plan, temperature }, watching)
  if (played === null) return null
  const greedy =
    temperature === 0 || historyEpisodes === 0
      ? played.slice(0, historyEpisodes)
      : await rollOut(student, { ...plan, episodes: historyEpisodes, temperature: 0 }, watching)
  const expert = await expertRollouts(plan, { goesOn: watching.goesOn })
  if (greedy === null || expert === null) return null
  return {
    episodes: played.map((rollout) => episodeShares(rollout, student.tokenizer)),
    expert: expert.map((rollout) => episodeShares(rollout, null)),
    recorded: greedy
      .map((rollout) => `${JSON.stringify(episodeLine(rollout, environment.name, seed))}\n`)
      .join(''),
  }
}
