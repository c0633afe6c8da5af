import { Random } from '../random.ts'

/**
 * Which trajectories are kept out of training, whole trajectories only, so that no row of a held-out one is ever
 * trained on. A function of its arguments alone.
 *
 * @param share 0 … 1; above 0 at least one trajectory is held out where there are two or more, and never all
 * @returns indices, rising
 */
export function splitHeldOut(
  count: number,
  share: number,
  seed: number,
): { train: number[]; heldOut: number[] } {
  const size = share > 0 && count >= 2 ? Math.min(Math.max(Math.round(count * share), 1), count - 1) : 0
  const shuffled = new Random(seed)
    .fork('held-out')
    .shuffle(Array.from({ length: count }, (_, index) => index))
  const rising = (indices: number[]) => indices.sort((a, b) => a - b)
  return { train: rising(shuffled.slice(size)), heldOut: rising(shuffled.slice(0, size)) }
}
