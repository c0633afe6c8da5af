import '@tensorflow/tfjs-backend-webgl'
import { messageOf } from '../../workers/errors.ts'
import type { Request } from '../request.ts'
import { type BenchResult, run } from '../run.ts'

export type Message = { line: string } | { error: string } | { result: BenchResult }

const post = (message: Message) => postMessage(message)

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  const fail = (error: unknown) => post({ error: messageOf(error) })
  run(data, true, (line) => post({ line }), fail).then((result) => post({ result }), fail)
})
