import type { EnvironmentName, Span } from './trajectory.ts'

/** How the acts of each environment begin. `search[...]` is known to two of them; `click[...]` decides. */
const ACTS: Record<Exclude<EnvironmentName, 'unknown'>, RegExp> = {
  household:
    /^(?:go to|take|put|move|open|close|toggle|clean|heat|cool|slice|use|examine) [a-z][a-z ]*\d|^(?:inventory|look)$/i,
  wiki: /^(?:search|lookup|retrieve|finish)\[/i,
  shop: /^click\[/i,
}
const HOUSEHOLD_PROMPT = /in the middle of a room|Your task is to:/
const SHOP_PROMPT = /web ?shop/i
const PROMPT_CHARACTERS = 20_000

/** Guesses where a trajectory was acted out, from what its acts look like; `unknown` is an honest answer. */
export function guessEnvironment(text: string, spans: Span[]): EnvironmentName {
  const votes = { household: 0, wiki: 0, shop: 0 }
  for (const span of spans) {
    if (span.kind !== 'act') continue
    const act = text.slice(span.contentStart, Math.min(span.contentEnd, span.contentStart + 80))
    for (const name of ['household', 'wiki', 'shop'] as const) if (ACTS[name].test(act)) votes[name]++
  }
  if (votes.shop > 0) return 'shop'
  if (votes.household > votes.wiki) return 'household'
  if (votes.wiki > 0) return 'wiki'
  const prompt = text.slice(0, PROMPT_CHARACTERS)
  if (HOUSEHOLD_PROMPT.test(prompt)) return 'household'
  return SHOP_PROMPT.test(prompt) ? 'shop' : 'unknown'
}

const TASK = 'Your task is to:'
const TASK_CHARACTERS = 200
/** ALFWorld's six kinds of task by the sentences of its templates (github.com/alfworld/alfworld), narrowest first. */
const HOUSEHOLD_TASKS: [name: string, sentence: RegExp][] = [
  ['pick_two_obj_and_place', /^(?:put|find|place|move) two\b/],
  ['look_at_obj_in_light', /^(?:look at|examine)\b.{0,80}\b(?:under|with|by|in|using)\b/],
  ['pick_clean_then_place_in_recep', /^(?:put|place|move) (?:a|an|some|the) clean\b|^(?:clean|wash|rinse)\b/],
  [
    'pick_heat_then_place_in_recep',
    /^(?:put|place|move) (?:a|an|some|the) (?:hot|heated|warm)\b|^(?:heat|warm|microwave)\b/,
  ],
  [
    'pick_cool_then_place_in_recep',
    /^(?:put|place|move) (?:a|an|some|the) (?:cool|cold|cooled|chilled)\b|^(?:cool|chill)\b/,
  ],
  ['pick_and_place_simple', /^(?:put|place|move|find|take)\b/],
]

/** The kind of an ALFWorld task, in ALFWorld's own words, from the last task sentence of a prompt. */
export function householdTask(prompt: string): string | undefined {
  const at = prompt.lastIndexOf(TASK)
  if (at < 0) return undefined
  const sentence = prompt
    .slice(at + TASK.length, at + TASK_CHARACTERS)
    .trimStart()
    .toLowerCase()
  return HOUSEHOLD_TASKS.find(([, pattern]) => pattern.test(sentence))?.[0]
}
