import type { StudyDevice } from './ports.ts'
import type { ComputedBy } from './result.ts'

/** What a device has computed. @param began when it did, by `performance.now` */
export function computedBy({ device, operations }: StudyDevice, began: number): ComputedBy {
  const { backend, adapter } = device
  return { backend, engine: operations.name, adapter, seconds: (performance.now() - began) / 1000 }
}
