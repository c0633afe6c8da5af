import { each, type Trajectory, type TrajectorySet } from '../trajectories/trajectory.ts'

/** Characters that are gathered before they leave the heap. */
const PART_CHARACTERS = 4 * 2 ** 20
/** Milliseconds of work after which other messages are let in. */
const PATIENCE = 20

/** A line of each trajectory as one file, without ever holding all of it as a string. */
export async function exportBlob(
  trajectories: TrajectorySet,
  line: (trajectory: Trajectory) => string,
): Promise<Blob> {
  const parts: Blob[] = []
  let lines: string[] = []
  let characters = 0
  let since = performance.now()
  for (const trajectory of each(trajectories)) {
    const text = `${line(trajectory)}\n`
    lines.push(text)
    characters += text.length
    if (characters > PART_CHARACTERS) {
      parts.push(new Blob(lines))
      lines = []
      characters = 0
    }
    if (performance.now() - since < PATIENCE) continue
    await new Promise((resolve) => setTimeout(resolve))
    since = performance.now()
  }
  return new Blob([...parts, ...lines], { type: 'application/jsonl' })
}
