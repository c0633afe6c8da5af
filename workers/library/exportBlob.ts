import { Pauses } from '../pauses.ts'
import { each, type Trajectory, type TrajectorySet } from '../trajectories/trajectory.ts'
import { PATIENCE_MS } from './library.ts'

/** Characters that are gathered before they leave the heap. */
const PART_CHARACTERS = 4 * 2 ** 20

/** Bytes that are gathered before they leave the heap. */
const PART_BYTES = 4 * 2 ** 20

/** A file that is written piece by piece, and never on the heap as a whole. */
export function gatheredBlob(type: string): { sink: (part: Uint8Array) => void; blob: () => Blob } {
  const blobs: Blob[] = []
  let parts: BlobPart[] = []
  let bytes = 0
  const leave = () => {
    blobs.push(new Blob(parts))
    parts = []
    bytes = 0
  }
  return {
    sink(part) {
      // A copy: what is handed on may be changed afterwards.
      parts.push(part.slice())
      bytes += part.length
      if (bytes > PART_BYTES) leave()
    },
    blob() {
      leave()
      return new Blob(blobs, { type })
    },
  }
}

/** A line of each trajectory as one file, without ever holding all of it as a string. */
export async function exportBlob(
  trajectories: TrajectorySet,
  line: (trajectory: Trajectory) => string,
): Promise<Blob> {
  const parts: Blob[] = []
  let lines: string[] = []
  let characters = 0
  const pauses = new Pauses(PATIENCE_MS)
  try {
    for (const trajectory of each(trajectories)) {
      const text = `${line(trajectory)}\n`
      lines.push(text)
      characters += text.length
      if (characters > PART_CHARACTERS) {
        parts.push(new Blob(lines))
        lines = []
        characters = 0
      }
      if (pauses.due) await pauses.take()
    }
  } finally {
    pauses.close()
  }
  return new Blob([...parts, ...lines], { type: 'application/jsonl' })
}
