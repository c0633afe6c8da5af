import * as Comlink from 'comlink'
import type { LabApi } from '../../workers/protocol.ts'

export const worker = new Worker(new URL('../../workers/lab.worker.ts', import.meta.url), { type: 'module' })

/** The lab in its worker; every call may reject with a sentence for the person. */
export const lab = Comlink.wrap<LabApi>(worker)
