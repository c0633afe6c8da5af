/**
 * Whether an id is meant by one of several patterns, all where there is none. In a pattern with `*` (any characters) or
 * `?` (any one) the whole id must fit; any other is a part of the id.
 */
export function meant(patterns: readonly string[]): (cell: { id: string }) => boolean {
  const tests = patterns.map((pattern) => {
    if (!/[*?]/.test(pattern)) return (id: string) => id.includes(pattern)
    const source = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')
    const whole = new RegExp(`^${source}$`)
    return (id: string) => whole.test(id)
  })
  return ({ id }) => tests.length === 0 || tests.some((test) => test(id))
}
