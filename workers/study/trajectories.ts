import type { Environment } from '../environments/environment.ts'
import { LabError } from '../errors.ts'
import type { Student } from '../evaluation/converse.ts'
import { episodeLine } from '../evaluation/episodeFile.ts'
import { DEFAULT_TURN_TOKENS, expertRollouts, rollOut, type Watching } from '../evaluation/rollouts.ts'
import { isRecord } from '../isRecord.ts'
import { readTrajectories } from '../trajectories/read.ts'
import { DEFAULT_READING, type Reading } from '../trajectories/reading.ts'
import type { Trajectory } from '../trajectories/trajectory.ts'
import type { Study } from './study.ts'

/** Episodes that are played before they are written down. */
const BATCH = 128
/** Episodes that are played for each trajectory at most, until it is said that the teacher is too weak. */
const MOST_TRIES = 4

const text = new TextEncoder()

/** What was played for the students to learn from; it only grows. */
export class PlayedEpisodes {
  /** All of them, a line of the file each. */
  readonly lines: string[] = []
  /** Those that students may learn from. */
  readonly good: string[] = []
  successes = 0

  constructor(
    private readonly file: string,
    private readonly onlySuccesses: boolean,
  ) {}

  /** @throws LabError `broken-record` for a line that is none */
  add(content: string): void {
    for (const line of content.split('\n')) {
      if (line === '') continue
      const success = successOf(line)
      if (success === null) {
        throw new LabError(
          'broken-record',
          `${this.file}, line ${this.lines.length + 1}, is no episode: remove the file, or what is wrong with it.`,
        )
      }
      this.lines.push(line)
      if (success) this.successes++
      if (!success && this.onlySuccesses) continue
      // What a model writes may read as something else than the one trajectory that it is.
      if (readLine(line, this.file, DEFAULT_READING).length === 1) this.good.push(line)
    }
  }

  get content(): string {
    return this.lines.map((line) => `${line}\n`).join('')
  }
}

function successOf(line: string): boolean | null {
  try {
    const value: unknown = JSON.parse(line)
    return isRecord(value) && typeof value.success === 'boolean' ? value.success : null
  } catch {
    return null
  }
}

/**
 * Plays tasks of the training split until there are enough trajectories, going on from what was played before.
 *
 * @param student null for the expert
 * @param keep hears whenever more was played
 * @returns false where it was told not to go on
 * @throws LabError `no-trajectory` where the goal is reached too seldom
 */
export async function playTrajectories(
  environment: Environment,
  student: Student | null,
  { trajectories: { by, seed, temperature }, testing: { turnTokens } }: Study,
  amount: number,
  played: PlayedEpisodes,
  keep: () => Promise<void>,
  { goesOn, progress = () => {} }: Watching,
): Promise<boolean> {
  while (played.good.length < amount) {
    const { good, lines } = played
    if (lines.length >= MOST_TRIES * amount) {
      throw new LabError(
        'no-trajectory',
        `Of ${lines.length} training tasks of the world "${environment.name}" the ${by} made ${good.length} trajectories, and ${amount} are wanted: ask for fewer in amounts, set trajectories.onlySuccesses to false, or name another teacher.`,
      )
    }
    const share = lines.length > 0 ? Math.max(good.length / lines.length, 1 / MOST_TRIES) : 1
    const plan = {
      environment,
      split: 'train' as const,
      seed,
      first: lines.length,
      episodes: Math.min(
        BATCH,
        Math.ceil((amount - good.length) / share),
        MOST_TRIES * amount - lines.length,
      ),
      temperature,
      maxTurnTokens: turnTokens ?? DEFAULT_TURN_TOKENS,
    }
    const before = good.length
    const watching: Watching = {
      goesOn,
      progress: (over) => progress(Math.min(before + over, amount), amount),
    }
    const rollouts = await (student ? rollOut(student, plan, watching) : expertRollouts(plan, watching))
    if (rollouts === null) return false
    for (const rollout of rollouts) played.add(JSON.stringify(episodeLine(rollout, environment.name, seed)))
    await keep()
  }
  return true
}

/**
 * Lines of played episodes as trajectories, cut into spans.
 *
 * @throws LabError `no-trajectory` for a line that does not read as one
 */
export function trajectoriesOf(lines: readonly string[], file: string, reading: Reading): Trajectory[] {
  return lines.map((line, index) => {
    const read = readLine(line, file, reading)
    if (read.length === 1) return { ...read[0]!, index }
    throw new LabError(
      'no-trajectory',
      `${file}: kept episode ${index + 1} reads as ${read.length} trajectories by the recipe's own reading: leave "reading" out.`,
    )
  })
}

function readLine(line: string, file: string, reading: Reading): Trajectory[] {
  return readTrajectories(file, text.encode(line), { reading }).trajectories
}
