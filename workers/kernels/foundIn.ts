/** The things that a value is or holds in arrays, plain objects and maps, at any depth; typed arrays are not looked into. */
export function foundIn<T>(
  value: unknown,
  isOne: (value: unknown) => value is T,
  found = new Set<T>(),
): Set<T> {
  if (isOne(value)) found.add(value)
  else if (value instanceof Map) for (const part of value.values()) foundIn(part, isOne, found)
  else if (value && typeof value === 'object' && !ArrayBuffer.isView(value)) {
    for (const part of Object.values(value)) foundIn(part, isOne, found)
  }
  return found
}
