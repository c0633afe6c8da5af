import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const REAL = fileURLToPath(
  new URL('../../../shared/trajectories/ysymyth-ReAct/alfworld_3prompts.json', import.meta.url),
)

/** A file to hand to the page, as Playwright wants it. */
export interface TestFile {
  name: string
  mimeType: string
  buffer: Buffer
}

export function file(name: string, content: string | Buffer): TestFile {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) }
}

/** 36 household transcripts in ReAct's own JSON: the published file where it is at hand, else invented ones. */
export function householdTranscripts(): TestFile {
  if (existsSync(REAL)) return file('alfworld_3prompts.json', readFileSync(REAL))
  const episodes = Array.from({ length: 36 }, (_, i) => [`episode_${i}`, householdEpisode(i, i < 18)])
  return file('alfworld_3prompts.json', JSON.stringify(Object.fromEntries(episodes)))
}

const THINGS = ['mug', 'plate', 'towel', 'candle', 'apple', 'book', 'lamp', 'pillow', 'kettle']
const PLACES = ['shelf', 'drawer', 'table', 'cabinet']

/** One invented episode in the `>` manner; the first half of the file's reason, the others only act. */
function householdEpisode(seed: number, reasons: boolean): string {
  const thing = THINGS[seed % THINGS.length]!
  const from = `${PLACES[seed % PLACES.length]} ${1 + (seed % 3)}`
  const to = `${PLACES[(seed + 1) % PLACES.length]} ${1 + (seed % 2)}`
  const think = (text: string) => (reasons ? [`> think: ${text}`, 'OK.'] : [])
  return [
    `You are in the middle of a room. Looking quickly around you, you see a ${from}, a ${to}, and a stool 1.`,
    `Your task is to: put a ${thing} in ${to.split(' ')[0]}.`,
    ...think(`I need a ${thing} first. It may be in ${from}.`),
    `> go to ${from}`,
    `On the ${from}, you see a ${thing} 1.`,
    ...think(`Here is the ${thing} 1. I take it.`),
    `> take ${thing} 1 from ${from}`,
    `You pick up the ${thing} 1 from the ${from}.`,
    ...think(`Now I carry the ${thing} 1 to ${to}.`),
    `> go to ${to}`,
    `On the ${to}, you see nothing.`,
    `> put ${thing} 1 in/on ${to}`,
    `You put the ${thing} 1 in/on the ${to}.`,
    '',
  ].join('\n')
}

/** One conversation in OpenAI's message form, as one line of JSONL. */
export function messageLine(seed: number): string {
  const city = ['Oslo', 'Lima', 'Accra', 'Hanoi', 'Quito'][seed % 5]
  const messages = [
    { role: 'system', content: 'Answer questions by searching an encyclopedia.' },
    { role: 'user', content: `In which country is ${city}, question ${seed}?` },
    { role: 'assistant', content: `Thought: I should look up ${city}.\nAction: Search[${city}]` },
    { role: 'user', content: `Observation: ${city} is a capital city.` },
    { role: 'assistant', content: `Thought: The page names the country.\nAction: Finish[country ${seed}]` },
  ]
  return JSON.stringify({ messages })
}
