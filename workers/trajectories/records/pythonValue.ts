import type { PythonNode } from './pythonLiteral.ts'

/** The JSON of a literal, numbers digit for digit; null where it holds what JSON does not know. */
export function jsonOf(node: PythonNode): string | null {
  const all = (nodes: PythonNode[]) => {
    const parts = nodes.map(jsonOf)
    return parts.every((part) => part !== null) ? parts : null
  }
  switch (node.kind) {
    case 'string':
      return JSON.stringify(node.value)
    case 'number':
      return isJson(node.text) ? node.text : null
    case 'constant':
      return String(node.value)
    case 'list': {
      const items = all(node.items)
      return items && `[${items.join(', ')}]`
    }
    case 'dict': {
      const values = all(node.entries.map(([, value]) => value))
      if (values === null || node.entries.some(([key]) => key.kind !== 'string')) return null
      const names = node.entries.map(([key]) => JSON.stringify(key.kind === 'string' ? key.value : ''))
      return `{${names.map((name, i) => `${name}: ${values[i]}`).join(', ')}}`
    }
    default:
      return null
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/**
 * A literal as JSON-like values: tuples and sets as arrays, objects as `{$class, ...fields}`, and what cannot be said
 * so (raw parts, keys that are no strings) as source.
 *
 * @param special decides how a node is taken instead, by its key or field and what stands before it in a list;
 *   undefined to leave it to this function
 */
export function plainValue(
  text: string,
  node: PythonNode,
  special: (node: PythonNode, name?: string, before?: PythonNode) => unknown = () => undefined,
): unknown {
  const taken = (one: PythonNode, name?: string, before?: PythonNode): unknown => {
    const given = special(one, name, before)
    return given === undefined ? plainValue(text, one, special) : given
  }
  switch (node.kind) {
    case 'string':
    case 'constant':
      return node.value
    case 'number':
      return isJson(node.text) ? Number(node.text) : node.text
    case 'list':
      return node.items.map((item, i) => taken(item, undefined, node.items[i - 1]))
    case 'dict':
      return Object.fromEntries(
        node.entries.map(([key, value]) => {
          const name = key.kind === 'string' ? key.value : text.slice(key.start, key.end)
          return [name, taken(value, name)]
        }),
      )
    case 'object': {
      const items = node.items.map((item, i) => taken(item, undefined, node.items[i - 1]))
      const positional: [string, unknown][] = items.length > 0 ? [['$items', items]] : []
      const fields = node.fields.map(([name, value]): [string, unknown] => [name, taken(value, name)])
      return Object.fromEntries([['$class', node.name], ...positional, ...fields])
    }
    case 'raw':
      return text.slice(node.start, node.end)
  }
}
