import { VisuallyHidden } from '@mantine/core'
import { useLab } from '../lab/store.ts'
import { standing, turnInWords } from './standing.ts'

/** Tells screen readers of each turn as it is taken, and how the episode ended. */
export function EpisodeAnnouncer() {
  const words = useLab(({ episode }) => {
    if (!episode) return ''
    const { turns, over, taskType } = episode
    const newest = turns.at(-1)
    if (!newest) return `An episode of the type ${taskType} is open.`
    const told = turnInWords(newest, turns.length)
    return over ? `${told} The episode is over: ${standing(episode)}.` : told
  })
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {words}
    </VisuallyHidden>
  )
}
