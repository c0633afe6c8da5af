import { useSyncExternalStore } from 'react'
import { metricsLog } from './metricsLog.ts'

/** Redraws the caller when there are new numbers, a few times a second at most; gives the log and its version. */
export function useMetrics() {
  const version = useSyncExternalStore(metricsLog.subscribe, () => metricsLog.version)
  return { log: metricsLog, version }
}
