import { LabError } from '../../errors.ts'
import { isRecord } from '../../isRecord.ts'
import type { Draft, Format } from '../formats/format.ts'
import type { Mapping } from '../reading.ts'
import { jsonText } from '../records/fields.ts'
import { outcomeOf } from '../records/outcome.ts'
import { type StepValue, valuePieces } from '../records/values.ts'
import { evaluate, type JsonPath, parsePath, type Reached } from './jsonPath.ts'
import { markerMapping } from './markerMapping.ts'

/**
 * A format out of a mapping made by hand.
 *
 * @throws LabError `invalid-recipe` for a path that is none; the recipe's schema refuses it before
 */
export function mappingFormat(mapping: Mapping): Format {
  return mapping.kind === 'markers' ? markerMapping(mapping) : fieldMapping(mapping)
}

type FieldMapping = Extract<Mapping, { kind: 'fields' }>
type Paths = Partial<Record<'group' | 'steps' | 'prompt' | 'reason' | 'act' | 'observation', JsonPath>>

/**
 * Reads the records in which a path to a thought or an act leads somewhere. Values that were reached through the same
 * elements of lists are one step, whether the record holds a list of steps (`turns[*].thought`, `turns[*].act`) or
 * parallel lists (`thoughts[*]`, `acts[*]`).
 */
function fieldMapping(mapping: FieldMapping): Format {
  const paths = compiled(mapping)
  const first = mapping.order === 'observation-first'
  const rowKey = (record: object): string | null => {
    const group = paths.group && evaluate(paths.group, record)[0]?.value
    if (group === undefined || group === null || group === '') return null
    return typeof group === 'string' ? group : jsonText(group)
  }
  const draft = (rows: object[]): Draft | null => {
    const values = rows.flatMap((row, i) => stepValues(row, paths, paths.group ? [i] : []))
    if (!values.some(({ kind }) => kind !== 'observation')) return null
    values.sort((a, b) => order(a, b, first))
    const prompt = paths.prompt ? spread(evaluate(paths.prompt, rows[0])) : []
    const pieces = valuePieces([
      ...prompt.map(({ value }): StepValue => ({ kind: 'prompt', value })),
      ...values.map(({ kind, value, step }) => ({ kind, value, group: step })),
    ])
    return { pieces, ...outcomeOf(rows.at(-1)!) }
  }
  return {
    id: 'mapped-fields',
    title: 'JSON fields mapped by hand',
    rowKey: paths.group && rowKey,
    readJson(value) {
      const groups = paths.group ? neighbours(Array.isArray(value) ? value : [value], rowKey) : [[value]]
      const drafts = groups.map(draft).filter((read) => read !== null)
      if (drafts.length === 0) return null
      return drafts.filter(({ pieces }) => pieces.some(({ kind }) => kind === 'reason' || kind === 'act'))
    },
  }
}

function compiled(mapping: FieldMapping): Paths {
  const paths: Paths = {}
  for (const name of ['group', 'steps', 'prompt', 'reason', 'act', 'observation'] as const) {
    const source = mapping[name]
    if (source === undefined) continue
    const parsed = parsePath(source)
    if (!parsed.ok) {
      const rule = `must be a path such as turns[*].thought (${parsed.reason})`
      throw new LabError('invalid-recipe', `The mapping’s field "${name}" ${rule}; correct it.`)
    }
    paths[name] = parsed.path
  }
  return paths
}

/** Rows with the same key, one after another; those without a key are left out. */
function neighbours(rows: unknown[], rowKey: (record: object) => string | null): object[][] {
  const groups: object[][] = []
  let last: string | null = null
  for (const row of rows) {
    if (!isRecord(row)) continue
    const key = rowKey(row)
    if (key === null) continue
    if (key === last) groups.at(-1)!.push(row)
    else groups.push([row])
    last = key
  }
  return groups
}

interface Placed {
  kind: 'reason' | 'act' | 'observation'
  value: unknown
  /** Row, step, and the elements taken inside it. */
  trail: readonly number[]
  /** What its step has in common. */
  step: string
}

function stepValues(row: object, paths: Paths, prefix: number[]): Placed[] {
  const steps = paths.steps ? spread(evaluate(paths.steps, row)) : [{ value: row as unknown, trail: [] }]
  const depth = Math.max(1, prefix.length + (paths.steps ? 1 : 0))
  const placed: Placed[] = []
  for (const [i, { value: step }] of steps.entries()) {
    const at = paths.steps ? [...prefix, i] : prefix
    for (const kind of ['reason', 'act', 'observation'] as const) {
      const path = paths[kind]
      if (path === undefined) continue
      for (const { value, trail } of spread(evaluate(path, step))) {
        const whole = [...at, ...trail]
        placed.push({ kind, value, trail: whole, step: whole.slice(0, depth).join() })
      }
    }
  }
  return placed
}

/** A list that a path leads to stands for its elements. */
function spread(reached: Reached[]): Reached[] {
  return reached.flatMap((one) => {
    if (!Array.isArray(one.value)) return [one]
    return one.value.map((value: unknown, i) => ({ value, trail: [...one.trail, i] }))
  })
}

const RANKS = { reason: 1, act: 2, observation: 3 }

/**
 * The order of a tree that is walked from above: a thought stands before what hangs below it, an observation behind,
 * or before everything where it is what the agent saw when it thought.
 */
function order(a: Placed, b: Placed, observationFirst: boolean): number {
  const common = Math.min(a.trail.length, b.trail.length)
  for (let i = 0; i < common; i++) if (a.trail[i] !== b.trail[i]) return a.trail[i]! - b.trail[i]!
  const rank = ({ kind }: Placed) => (observationFirst && kind === 'observation' ? 0 : RANKS[kind])
  if (a.trail.length === b.trail.length) return rank(a) - rank(b)
  const [shorter, sign] = a.trail.length < b.trail.length ? [a, 1] : [b, -1]
  return shorter.kind === 'observation' && !observationFirst ? sign : -sign
}
