import { Pauses } from '../pauses.ts'
import { each, type Trajectory, type TrajectorySet } from '../trajectories/trajectory.ts'
import { GatheredBlob } from './gatheredBlob.ts'
import { PATIENCE_MS } from './library.ts'

/** A line of each trajectory as one file, without ever holding all of it as a string. */
export async function exportBlob(
  trajectories: TrajectorySet,
  line: (trajectory: Trajectory) => string,
): Promise<Blob> {
  const gathered = new GatheredBlob()
  const pauses = new Pauses(PATIENCE_MS)
  try {
    for (const trajectory of each(trajectories)) {
      const text = `${line(trajectory)}\n`
      gathered.add(text, text.length)
      if (pauses.due) await pauses.take()
    }
  } finally {
    pauses.close()
  }
  return gathered.whole('application/jsonl')
}
