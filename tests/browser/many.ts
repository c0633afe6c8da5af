import type { Page } from '@playwright/test'

/**
 * Drops a JSONL file of conversations on the page, written there: as many as a test likes without a byte on disk. A
 * fifth of them ask about each city; every conversation holds its own number, in its title and at its end.
 */
export async function dropMany(page: Page, name: string, trajectories: number): Promise<void> {
  const transfer = await page.evaluateHandle(
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
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer })
  await page.getByText('Drop to load').dispatchEvent('drop', { dataTransfer: transfer })
}
