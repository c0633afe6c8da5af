import { z } from 'zod'
import { TOOL_CALL_FORMS } from './toolCall.ts'

const path = z.string().max(500)
const starts = z.array(z.string().min(1).max(200)).max(50).default([])

/** Where the spans stand in JSON records that no format knows; paths as `turns[*].thought` (see `mapping.ts`). */
const FieldsMapping = z.strictObject({
  kind: z.literal('fields'),
  /** A field that all rows of one trajectory share, where a record is one step. The other paths start at the row. */
  group: path.optional(),
  /** The list of steps inside a record; `reason`, `act` and `observation` start at a step. Without it, at the record. */
  steps: path.optional(),
  prompt: path.optional(),
  reason: path.optional(),
  act: path.optional(),
  observation: path.optional(),
})

/** How the lines that open a span begin, in text that no format knows; the longest beginning that fits wins. */
const MarkersMapping = z.strictObject({
  kind: z.literal('markers'),
  /** Begins a new trajectory, with its prompt. */
  prompt: starts,
  reason: starts,
  act: starts,
  observation: starts,
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
