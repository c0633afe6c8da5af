import type { Request } from '../request.ts'
import type { BenchResult } from '../run.ts'
import type { Message } from './worker.ts'

declare global {
  /** For Playwright: what the worker says on the way goes to the console. */
  var measure: (request: Request) => Promise<BenchResult>
}

globalThis.measure = (request) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<Message>) => {
      if ('line' in data) console.log(data.line)
      else if ('error' in data) reject(new Error(data.error))
      else resolve(data.result)
    }
    worker.onerror = (event) => reject(new Error(event.message))
    worker.postMessage(request)
  })
