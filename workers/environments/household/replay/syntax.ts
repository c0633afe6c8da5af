import type { SyntaxNode } from '@lezer/common'

/** A program does what is not understood here; the message names it. */
export class NotUnderstood extends Error {}

/** All children of a node, words and signs included. */
export function children(node: SyntaxNode): SyntaxNode[] {
  const nodes: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling) nodes.push(child)
  return nodes
}

/** What a literal says: a plain string without escapes but those of quotes and backslashes. @throws NotUnderstood */
export function unquoted(literal: string): string {
  if (!/^(['"])(?!\1)[\s\S]*\1$|^(""|'')$/.test(literal)) throw new NotUnderstood('a string of that kind')
  return literal.slice(1, -1).replace(/\\(['"\\])/g, '$1')
}

/** Python's `range` of one number or two, up to a thousand long. @throws NotUnderstood */
export function range(values: unknown[]): number[] {
  const numbers = values.map(Number)
  if (numbers.length < 1 || numbers.length > 2) throw new NotUnderstood('a range of that kind')
  const [from, to] = numbers.length === 1 ? [0, numbers[0]!] : [numbers[0]!, numbers[1]!]
  if (!(to - from <= 1000)) throw new NotUnderstood('a range of that length')
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i)
}
