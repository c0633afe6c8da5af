/**
 * The things that a sentence says one sees, in its order: "a mug 1, and a plate 2". Lists that people wrote by hand
 * ("an apple 1 and a mug 2") are understood as well.
 */
export function namesSeen(observation: string): string[] {
  const at = observation.indexOf('you see ')
  if (at < 0) return []
  return [...observation.slice(at).matchAll(/\ban? ([a-z]+ [0-9]+)/g)].map((match) => match[1]!)
}
