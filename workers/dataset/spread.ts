import type { TrajectorySet } from '../trajectories/trajectory.ts'

/**
 * Trajectories spread evenly over a set, as many as hold about `characters` together; the set itself where it holds no
 * more. The same ones for the same set.
 */
export function spread(set: TrajectorySet, characters: number): TrajectorySet {
  const total = charactersOf(set)
  if (total <= characters) return set
  const wanted = Math.max(1, Math.floor((set.length * characters) / total))
  const place = (index: number) => Math.floor((index * set.length) / wanted)
  return {
    length: wanted,
    at: (index) => (index < wanted ? set.at(place(index)) : undefined),
    characters: set.characters && ((index) => set.characters!(place(index))),
  }
}

/** Characters of all texts of a set. */
export function charactersOf(set: TrajectorySet): number {
  let total = 0
  for (let i = 0; i < set.length; i++) total += set.characters?.(i) ?? set.at(i)!.text.length
  return total
}
