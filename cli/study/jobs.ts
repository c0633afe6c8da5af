import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { LabError, messageOf } from '../../workers/errors.ts'
import { say } from '../files.ts'

/**
 * Runs the same command in several processes, which share the work by its locks; what they say is told by a number.
 *
 * @param args of the command, for one process
 * @throws LabError `usage` where a process cannot be started, or has failed
 */
export async function runJobs(args: string[], jobs: number, signal: AbortSignal): Promise<void> {
  const threads = Math.max(1, Math.floor(availableParallelism() / jobs))
  // They share the machine.
  const env = { ...process.env, OMP_NUM_THREADS: process.env.OMP_NUM_THREADS ?? String(threads) }
  const children = Array.from({ length: jobs }, (_, i) => {
    const child = spawn(process.execPath, [process.argv[1]!, 'study', ...args], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let rest = ''
    let last = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      for (const line of lines) {
        last = line
        say(`[${i + 1}] ${line}`)
      }
    })
    const end = () => child.kill('SIGINT')
    signal.addEventListener('abort', end)
    return new Promise<string | null>((resolve) => {
      child.on('error', (error) => resolve(messageOf(error)))
      child.on('close', (status) => {
        signal.removeEventListener('abort', end)
        resolve(status === 0 ? null : last)
      })
    })
  })
  const failures = (await Promise.all(children)).filter((failure) => failure !== null)
  if (failures.length === 0 || signal.aborted) return
  throw new LabError('usage', `${failures.length} of ${jobs} processes failed: ${failures[0]}`)
}
