import { z } from 'zod'
import type { Environment } from '../environments/environment.ts'
import { LabError, messageOf } from '../errors.ts'
import { describeIssues, issuesOf } from '../issues.ts'
import type { RecordedEpisode } from './reasoning.ts'
import type { PlayedTurn, Rollout } from './rollout.ts'

/** A turn in the text of an episode; offsets are UTF-16 code units. */
export interface TurnPlace {
  turn: PlayedTurn['kind']
  /** Where it begins, where its answer does, and where that ends. */
  start: number
  answered: number
  end: number
  valid: boolean
  spent: boolean
  tokens: number | null
}

/**
 * A line of a file of episodes. The lab reads `text` as a trajectory, with its outcome; the turns are places in it, lest
 * their texts be read as trajectories of their own.
 */
export interface EpisodeLine {
  environment: string
  episode: string
  split: string
  taskType: string
  seed: number
  success: boolean
  reward: number
  measures: Record<string, number>
  steps: number
  stoppedAtCap: boolean
  /** The whole transcript, prompt first. */
  text: string
  places: TurnPlace[]
}

export function episodeLine(rollout: Rollout, environment: string, seed: number): EpisodeLine {
  const { episode, score, steps, stoppedAtCap, turns, text } = rollout
  const { id, split, taskType } = episode
  const { success, reward, measures = {} } = score
  let at = episode.prompt.length
  const places = turns.map(({ kind, text, answer, valid, spent, tokens }): TurnPlace => {
    const start = at
    const answered = start + text.length
    at = answered + answer.length
    return { turn: kind, start, answered, end: at, valid, spent, tokens }
  })
  const told = { environment, episode: id, split, taskType, seed, success, reward, measures }
  return { ...told, steps, stoppedAtCap, text, places }
}

const place = z.int().min(0)

/** Of a line, what a recording needs. */
const Line = z.object({
  environment: z.string(),
  taskType: z.string(),
  text: z.string(),
  places: z.array(z.object({ start: place, answered: place, end: place })).min(1),
})

/**
 * Episodes that somebody played in a world, a teacher, from the file that `episodeLine` makes.
 *
 * @param where the file's name, for messages
 * @throws LabError `broken-record` naming the line, `empty-file`
 */
export function readEpisodeLines(text: string, environment: Environment, where: string): RecordedEpisode[] {
  const episodes = text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    const refuse = (what: string) => new LabError('broken-record', `${where}, line ${i + 1}: ${what}.`)
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (error) {
      throw refuse(`this is no JSON (${messageOf(error)})`)
    }
    const parsed = Line.safeParse(value)
    if (!parsed.success) {
      throw refuse(
        `this is no episode of "lab evaluate": ${describeIssues(issuesOf(parsed.error, value), 'the line')}`,
      )
    }
    if (parsed.data.environment !== environment.name) {
      throw refuse(
        `this episode was played in the ${parsed.data.environment}, not in the ${environment.name}`,
      )
    }
    return recordedEpisode(parsed.data, environment, refuse)
  })
  if (episodes.length === 0) throw new LabError('empty-file', `${where} holds no episode.`)
  return episodes
}

function recordedEpisode(
  { text, taskType, places }: z.infer<typeof Line>,
  { script }: Environment,
  refuse: (what: string) => LabError,
): RecordedEpisode {
  const prompt = text.slice(0, places[0]!.start)
  let at = prompt.length
  const turns = places.map(({ start, answered, end }, i) => {
    if (start !== at || answered < start || end < answered || end > text.length) {
      throw refuse(`the places of turn ${i + 1} do not follow one another in its text`)
    }
    at = end
    const written = text.slice(start, answered)
    const turn = script.read(written, i + 1, true)
    return {
      reasoning: turn === null || turn.kind === 'malformed' ? null : turn.reasoning,
      action: turn?.kind === 'act' ? turn.action : null,
      text: written,
      answer: text.slice(answered, end),
    }
  })
  return { prompt, taskType, turns }
}
