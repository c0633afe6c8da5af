import type { EpisodeView, StateView, TurnView } from '../../workers/protocol.ts'
import { counted, percent } from '../lab/format.ts'
import { actorName } from './actors.ts'

/** How an episode stands: whether it was solved, and what it is worth. */
export function standing({ task, turns, over, stoppedAtCap, score }: EpisodeView): string {
  if (!over) return turns.length === 0 ? 'not begun' : 'under way'
  if (stoppedAtCap) return `stopped: all steps are spent${worth(score)}`
  if (task.question !== undefined && !task.answer?.trim())
    return 'finished, and not scored as no answer was given'
  return `${score.success ? 'solved' : 'finished without success'}${worth(score)}`
}

function worth({ reward, measures }: EpisodeView['score']): string {
  const others = Object.entries(measures ?? {}).map(([name, value]) => `${name} ${percent(value)}`)
  return [`, reward ${percent(reward)}`, ...others].join(', ')
}

/** The state behind a turn; that of the beginning behind −1, and the newest where none is chosen. */
export function stateBehind(episode: EpisodeView, turn: number | null): StateView {
  if (turn === null) return episode.state
  return turn < 0 ? episode.begin : (episode.turns[turn]?.state ?? episode.state)
}

/** Characters of an answer that are announced; pages of a shop are long. */
const ANNOUNCED = 300

/** A turn for those who hear the page. @param number counted from 1 */
export function turnInWords(turn: TurnView, number: number): string {
  const { by, kind, reasoning, action, valid, observation } = turn
  const words = [`Turn ${number} by ${actorName(by)}.`]
  if (reasoning !== null) words.push(`Reasoning: ${reasoning}`)
  if (action !== null) words.push(`Action: ${action}${valid ? '.' : ', which is not valid.'}`)
  if (kind === 'malformed') words.push('It does not read as a turn.')
  const answer = observation.length > ANNOUNCED ? `${observation.slice(0, ANNOUNCED)} …` : observation
  words.push(`Answer: ${answer}`)
  return words.join(' ')
}

/** 3 of 50 steps */
export function stepsInWords({ steps, stepCap }: EpisodeView): string {
  return `${steps} of ${counted(stepCap, 'step')}`
}
