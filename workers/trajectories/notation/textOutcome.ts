import type { Outcome } from '../formats/format.ts'

/** How much of a log is read behind a run's last action. */
const CHARACTERS = 20_000

const WORDED = /\bAnswer is (CORRECT|INCORRECT)\b/
const EPISODE = /\bEpisode finished, reward = (-?\d{1,9}(?:\.\d{1,20})?)/
const SHOP_SCORE = /\bYour score \(min 0\.0, max 1\.0\): (\d(?:\.\d{1,20})?)/
const STATUS = /^STATUS: ?(OK|FAIL)/m
/** HotPotQA's and FEVER's driver: `{'steps': 2, ..., 'em': 1, 'reward': 1, 'f1': 1}`. */
const DICTIONARY = /^\{'[^\n]{0,4000}/m
const EXACT = /'em': ?(0|1|True|False)\b/
const REWARD = /'reward': ?(-?\d{1,9}(?:\.\d{1,20})?|True|False)\b/
/** ALFWorld's driver: `3 r 1 rs [0, 1, ...] cnts [...]`. */
const TALLY = /^\d{1,6} r (0|1|True|False) rs \[/m

/** Lines of their own: `Reward: 0.5`, `Success: True`. */
const REWARD_LINE = /^(?:Final |Total )?[Rr]eward ?[:=] ?(-?\d{1,9}(?:\.\d{1,20})?)[ \t\r]*$/m
const SUCCESS_LINE = /^(?:Task )?[Ss]uccess ?[:=] ?(True|False|true|false|1|0)[ \t\r]*$/m

/**
 * What a log says about a run behind its last action: the environment's last words and the driver's own lines. The
 * driver's dictionary wins over the environment.
 *
 * @param from where the last action's line ends
 * @param end where the log turns to the next run
 */
export function outcomeInText(text: string, from: number, end: number): Outcome {
  const tail = text.slice(from, Math.min(end, from + CHARACTERS))
  const outcome: Outcome = {}
  const plain = REWARD_LINE.exec(tail)?.[1]
  if (plain !== undefined) outcome.reward = Number(plain)
  const success = SUCCESS_LINE.exec(tail)?.[1]
  if (success !== undefined) outcome.success = /^(?:true|1)$/i.test(success)
  const reward = EPISODE.exec(tail)?.[1] ?? SHOP_SCORE.exec(tail)?.[1]
  if (reward !== undefined) rewarded(outcome, Number(reward))
  const worded = WORDED.exec(tail)?.[1]
  if (worded !== undefined) outcome.success = worded === 'CORRECT'
  const status = STATUS.exec(tail)?.[1]
  if (status !== undefined) outcome.success = status === 'OK'
  const tally = TALLY.exec(tail)?.[1]
  if (tally !== undefined) rewarded(outcome, number(tally))
  const dictionary = DICTIONARY.exec(tail)?.[0]
  if (dictionary !== undefined) {
    const given = REWARD.exec(dictionary)?.[1]
    if (given !== undefined) rewarded(outcome, number(given))
    const exact = EXACT.exec(dictionary)?.[1]
    if (exact !== undefined) outcome.success = number(exact) === 1
  }
  return outcome
}

/** These environments pay 1 for a solved task and less for any other. */
function rewarded(outcome: Outcome, reward: number): void {
  outcome.reward = reward
  outcome.success = reward >= 1
}

function number(word: string): number {
  return word === 'True' ? 1 : word === 'False' ? 0 : Number(word)
}
