import type { Limits } from './runner.ts'

/** Workgroups for `count` of them along one line, folded where a dimension has too few; `foldedEntry` unfolds them. */
export function folded(count: number, limits: Limits): [number, number] {
  if (count <= limits.groups) return [count, 1]
  const y = Math.ceil(count / limits.groups)
  return [Math.ceil(count / y), y]
}

/**
 * WGSL: the head of an entry that is run in `folded` workgroups.
 *
 * @param place name of the workgroup's index along the line; it may lie beyond the last
 * @param thread name of the invocation's index in its workgroup
 */
export function foldedEntry(place: string, thread = 'lane'): string {
  return `
@compute @workgroup_size(WG) fn main(
  @builtin(workgroup_id) group : vec3u,
  @builtin(num_workgroups) groups : vec3u,
  @builtin(local_invocation_index) ${thread} : u32,
) {
  let ${place} = group.x + group.y * groups.x;`
}
