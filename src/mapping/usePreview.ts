import { useEffect, useState } from 'react'
import { type Mapping, type MappingPreview, messageOf } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { isEmpty } from './draft.ts'

export interface PreviewState {
  /** Of an earlier draft while `stale`. */
  answer: MappingPreview | undefined
  /** Another draft has been asked about. */
  stale: boolean
}

/** Milliseconds without a key before the worker is asked. */
const REST = 150

/** What a draft makes of the beginning of a file, asked anew as it changes. */
export function usePreview(file: string, draft: Mapping): PreviewState {
  const [asked, setAsked] = useState<{ draft: Mapping; answer: MappingPreview }>()
  useEffect(() => {
    let left = false
    const take = (answer: MappingPreview) => {
      if (!left) setAsked({ draft, answer })
    }
    if (isEmpty(draft)) {
      const message = 'Say how reasoning or acts are told, and what becomes of the file is shown here.'
      take({ trajectories: 0, message })
      return
    }
    const timer = setTimeout(() => {
      lab
        .previewMapping(file, draft)
        .then(take, (thrown) => take({ trajectories: 0, message: messageOf(thrown) }))
    }, REST)
    return () => {
      left = true
      clearTimeout(timer)
    }
  }, [file, draft])
  return { answer: asked?.answer, stale: asked?.draft !== draft }
}
