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
