import { expect } from 'vitest'
import { createWiki } from '../../../workers/environments/wiki/wiki.ts'
import { Random } from '../../../workers/random.ts'

export const wiki = createWiki()

export interface Step {
  thought: string
  action: string
  observation: string
}

/** Runs of the expert on the first questions of a split. */
export function runs(count: number, split: 'train' | 'validation' | 'test' = 'train', type?: string) {
  return Array.from({ length: count }, (_, seed) => {
    const episode = wiki.episode(seed, split, type)
    return { episode, ...wiki.expert(episode, new Random(seed)) }
  })
}

/** The steps of a transcript, read from its text alone. */
export function stepsOf(text: string): { question: string; steps: Step[] } {
  const [question, ...lines] = text.slice(0, -1).split('\n')
  const steps: Step[] = []
  for (let i = 0; i < lines.length; i += 3) {
    const n = i / 3 + 1
    const [thought, action, observation] = ['Thought', 'Action', 'Observation'].map((marker, j) => {
      const start = `${marker} ${n}: `
      expect(lines[i + j]!.startsWith(start), lines[i + j]).toBe(true)
      return lines[i + j]!.slice(start.length)
    })
    steps.push({ thought: thought!, action: action!, observation: observation! })
  }
  return { question: question!.slice('Question: '.length), steps }
}
