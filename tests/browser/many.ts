import type { JSHandle, Page } from '@playwright/test'

/**
 * Writes a JSONL file of conversations in the page: as many as a test likes, without a byte on disk. A fifth of them ask
 * about each city; every conversation holds its own number, in its title and at its end.
 */
export function writeMany(page: Page, name: string, trajectories: number): Promise<JSHandle<DataTransfer>> {
  return page.evaluateHandle(
    ({ name, trajectories }) => {
      const cities = ['Oslo', 'Lima', 'Accra', 'Hanoi', 'Quito']
      const lines: string[] = []
      for (let i = 0; i < trajectories; i++) {
        const city = cities[i % cities.length]
        const messages = [
          { role: 'user', content: `Question: in which country is ${city}, asked for the ${i}th time?` },
          { role: 'assistant', content: `Thought: I look up ${city}.\nAction: Search[${city}]` },
          { role: 'user', content: `Observation: ${city} is a capital city.` },
          { role: 'assistant', content: `Thought: The page says it.\nAction: Finish[country number${i}]` },
        ]
        lines.push(`${JSON.stringify({ messages })}\n`)
      }
      const held = new DataTransfer()
      held.items.add(new File(lines, name))
      return held
    },
    { name, trajectories },
  )
}

/** Drops what `writeMany` wrote. */
export async function drop(page: Page, transfer: JSHandle<DataTransfer>): Promise<void> {
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer })
  await page.getByText('Drop to load').dispatchEvent('drop', { dataTransfer: transfer })
}
