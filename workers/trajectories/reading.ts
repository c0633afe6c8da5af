import { z } from 'zod'
import { parsePath } from './mapping/jsonPath.ts'
import { TOOL_CALL_FORMS } from './toolCall.ts'

const path = z
  .string()
  .max(500)
  .check(({ value, issues }) => {
    const parsed = parsePath(value)
    if (parsed.ok) return
    const message = `must be a path such as turns[*].thought (${parsed.reason})`
    issues.push({ code: 'custom', message, input: value })
  })
  // For readers of the recipe's JSON Schema.
  .meta({ format: 'json-path' })
const starts = z.array(z.string().min(1).max(200)).max(50).default([])

/**
 * Where the spans stand in JSON records that no format knows; paths as `turns[*].thought` (`jsonPath.ts`). A path that
 * leads to a list means its elements. Values under the same element of the same lists are one step (`mapping.ts`).
 */
const FieldsMapping = z.strictObject({
  kind: z.literal('fields'),
  /**
   * A field that all rows of one trajectory share, where a record is one step; the other paths start at the row, and
   * the prompt is that of the first row. Rows that lack it are not read.
   */
  group: path.optional(),
  /** The list of steps inside a record; `reason`, `act` and `observation` start at a step. Without it, at the record. */
  steps: path.optional(),
  prompt: path.optional(),
  reason: path.optional(),
  act: path.optional(),
  observation: path.optional(),
  /** Whether a step's observation answers its act (the default), or is what the agent saw before it thought. */
  order: z.enum(['act-first', 'observation-first']).optional(),
})

/**
 * How the lines that open a span begin, in text that no format knows, capitals and blanks as written; the longest
 * beginning that fits wins. Text before the first such line is prompt.
 */
const MarkersMapping = z.strictObject({
  kind: z.literal('markers'),
  /** Begins a new trajectory, with its prompt, once the one before has a reason or an act. */
  prompt: starts,
  reason: starts,
  act: starts,
  observation: starts,
  /** What a line after a reason or an act is that no beginning fits: more of the same (the default), or an answer. */
  otherLines: z.enum(['continue', 'observation']).optional(),
})

export const MappingSchema = z.discriminatedUnion('kind', [FieldsMapping, MarkersMapping])
export type Mapping = z.output<typeof MappingSchema>

/** How files become trajectories, as far as a person decides it; part of the recipe, for it changes the texts. */
export const ReadingSchema = z.strictObject({
  /** How structured tool calls are written as text. */
  toolCalls: z.enum(TOOL_CALL_FORMS).default('json'),
  /** Mappings made by hand; asked in this order, before every format. */
  mappings: z.array(MappingSchema).max(20).default([]),
})
export type Reading = z.output<typeof ReadingSchema>

export const DEFAULT_READING: Reading = { toolCalls: 'json', mappings: [] }
