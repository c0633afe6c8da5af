import { householdTrajectories } from '../../workers/environments/household/demo.ts'
import { readTrajectories } from '../../workers/trajectories/read.ts'
import type { Trajectory } from '../../workers/trajectories/trajectory.ts'

/** So many of the household's trajectories, cut into spans; the same ones every time. */
export function household(trajectories: number): Trajectory[] {
  return householdTrajectories({ seed: 3, trajectories }).flatMap(
    ({ name, text }) => readTrajectories(name, new TextEncoder().encode(text)).trajectories,
  )
}
