/** Files of people's own worlds, in the shapes of HotpotQA's and WebShop's; what they say is invented. */

export function hotpotRecord(i: number, changes: Record<string, unknown> = {}) {
  return {
    _id: `id${i}`,
    question: `Where was the director of the film Orvan ${i} born?`,
    answer: `Town ${i}`,
    type: i % 3 === 0 ? 'comparison' : 'bridge',
    supporting_facts: [
      [`Orvan ${i} (film)`, 0],
      [`Mira Dolven ${i}`, 1],
    ],
    context: [
      [`Mira Dolven ${i}`, ['She is a director.', ` Dolven was born in Town ${i}.`]],
      [`Orvan ${i} (film)`, [`Orvan ${i} is a film by Mira Dolven ${i}.`]],
    ],
    ...changes,
  }
}

export const HOTPOT = JSON.stringify(Array.from({ length: 12 }, (_, i) => hotpotRecord(i)))

const lines = (...records: object[]) => records.map((record) => JSON.stringify(record)).join('\n')

export const PAGES = lines(
  { title: 'Orvan', text: 'Orvan is a town. It has a wall.' },
  { title: 'Dolven', text: ['Dolven is a river.', 'It flows through Orvan.'] },
)

export const QUESTIONS = lines(
  { question: 'Which river flows through Orvan?', answer: 'Dolven' },
  { question: 'What has Orvan?', answer: 'a wall' },
  { question: 'What is Dolven?', answer: 'a river', type: 'easy' },
)

export function shopItem(i: number, changes: Record<string, unknown> = {}) {
  return {
    asin: `B0${i}`,
    name: `Brass Desk Lamp ${i}`,
    category: i % 2 === 0 ? 'garden' : 'electronics',
    query: `desk lamps ${i}`,
    product_category: 'Home › Lighting',
    small_description: ['dimmable'],
    pricing: '$24.99',
    instructions: [
      { instruction: `i want a dimmable brass desk lamp ${i}.`, instruction_attributes: ['dimmable'] },
    ],
    ...changes,
  }
}

export const ITEMS = JSON.stringify(Array.from({ length: 12 }, (_, i) => shopItem(i)))
