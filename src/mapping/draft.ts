import type { FileSample, Mapping } from '../../workers/protocol.ts'

export type FieldsMapping = Extract<Mapping, { kind: 'fields' }>
export type MarkersMapping = Extract<Mapping, { kind: 'markers' }>

/** A path that a person may choose, with what it leads to first. */
export interface PathChoice {
  path: string
  example: string
}

const MAPPED_KINDS = ['prompt', 'reason', 'act', 'observation'] as const
export type MappedKind = (typeof MAPPED_KINDS)[number]

/** What fields are called by those who record agents; the earlier the surer. */
const NAMES: Record<MappedKind, RegExp> = {
  prompt: /^(?:task|question|instruction|goal|prompt|problem|query)/i,
  reason: /thought|think|reason|rationale|reflect/i,
  act: /^(?:action|act\b|acts$|command|tool|call|move|answer)/i,
  observation: /observ|obs$|result|response|output|feedback|reply/i,
}

/** What a person starts from: for JSON the fields whose names say what they hold, for text nothing. */
export function firstDraft(sample: FileSample): Mapping {
  if (sample.kind === 'text') return { kind: 'markers', prompt: [], reason: [], act: [], observation: [] }
  const draft: FieldsMapping = { kind: 'fields' }
  const taken = new Set<string>()
  for (const kind of MAPPED_KINDS) {
    const found = sample.paths.find(({ path }) => !taken.has(path) && NAMES[kind].test(lastName(path)))
    if (!found) continue
    draft[kind] = found.path
    taken.add(found.path)
  }
  return draft
}

function lastName(path: string): string {
  return /([^.[\]"]+)"?\]?$/.exec(path.replace(/(?:\[(?:\*|-?\d+)\])+$/, ''))?.[1] ?? ''
}

/** Lists of steps inside a record: whatever lists lie on the way to a value. */
export function stepChoices(paths: PathChoice[]): PathChoice[] {
  const choices = new Map<string, PathChoice>()
  for (const { path, example } of paths) {
    for (let at = path.indexOf('[*]'); at >= 0; at = path.indexOf('[*]', at + 1)) {
      const list = path.slice(0, at + 3)
      const rest = path.slice(at + 3).replace(/^\./, '')
      if (!choices.has(list))
        choices.set(list, { path: list, example: rest ? `${rest}: ${example}` : example })
    }
  }
  return [...choices.values()]
}

/** Paths that begin at a step; all of them where no list of steps is chosen. */
export function choicesInside(paths: PathChoice[], steps: string | undefined): PathChoice[] {
  if (!steps) return paths
  const prefix = steps.endsWith('[*]') ? steps : `${steps}[*]`
  return paths
    .filter(({ path }) => path.startsWith(`${prefix}.`) || path.startsWith(`${prefix}[`))
    .map(({ path, example }) => ({ path: path.slice(prefix.length).replace(/^\./, ''), example }))
}

/** The beginnings that stand in a field, one a line, blanks kept. */
export function beginningsIn(lines: string): string[] {
  return lines
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line) => line !== '')
}

/** A mapping in a few words, for a list. */
export function wordsOfMapping(mapping: Mapping): string {
  const parts = MAPPED_KINDS.flatMap((kind) => {
    const value = mapping[kind]
    if (value === undefined || value.length === 0) return []
    return mapping.kind === 'fields'
      ? [`${kind} = ${value}`]
      : [`${kind} starts with ${(value as string[]).map((start) => `“${start}”`).join(' or ')}`]
  })
  if (mapping.kind === 'fields') {
    if (mapping.steps) parts.unshift(`steps = ${mapping.steps}`)
    if (mapping.group) parts.unshift(`rows that share ${mapping.group}`)
  }
  return parts.join(', ')
}

/** Whether a mapping names neither reasoning nor acts, so that nothing can come of it. */
export function isEmpty({ reason, act }: Mapping): boolean {
  return (reason?.length ?? 0) === 0 && (act?.length ?? 0) === 0
}
