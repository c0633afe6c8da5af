import { VisuallyHidden } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { RunStatus } from '../../workers/protocol.ts'
import { count, duration, loss, percent } from '../lab/format.ts'
import { labStore, useLab } from '../lab/store.ts'
import { metricsLog } from './metricsLog.ts'

/** Milliseconds between two announcements of progress. */
const INTERVAL = 15_000

/** Tells screen readers how the run goes: each change of state, and now and then its numbers. */
export function Announcer() {
  const state = useLab(({ run }) => run.state)
  const [words, setWords] = useState('')
  useEffect(() => {
    const say = () => setWords(wordsOf(labStore.getState().run))
    if (state === 'idle') return
    say()
    if (state !== 'running') return
    const timer = setInterval(say, INTERVAL)
    return () => clearInterval(timer)
  }, [state])
  return (
    <VisuallyHidden role="status" aria-live="polite">
      {words}
    </VisuallyHidden>
  )
}

function wordsOf(run: RunStatus): string {
  const { train, world } = metricsLog.newest
  const parts = [`Run ${run.state}`]
  if (run.message) parts.push(run.message)
  if (run.notice) parts.push(run.notice)
  if (run.step > 0) parts.push(`step ${count(run.step)} of ${count(run.steps)}`)
  if (run.step > 0 && train)
    parts.push(`reason loss ${loss(train.reason.loss)}, act loss ${loss(train.act.loss)}`)
  if (run.step > 0 && world) parts.push(`success in the ${world.environment} ${percent(world.success)}`)
  if (run.state === 'running' && run.remainingMs !== undefined)
    parts.push(`${duration(run.remainingMs)} left`)
  return parts.join(', ')
}
