import type { FileSample, MappingPreview } from '../protocol.ts'
import type { Format } from '../trajectories/formats/format.ts'
import { listPaths, sampleRecord } from '../trajectories/mapping/jsonPath.ts'
import { mappingFormat } from '../trajectories/mapping/mapping.ts'
import { readSource, type Source } from '../trajectories/read.ts'
import type { Reading } from '../trajectories/reading.ts'
import type { FileProblem, Trajectory } from '../trajectories/trajectory.ts'

/** What a person looks at to map by hand. */
const SAMPLE_RECORDS = 5
const SAMPLE_CHARACTERS = 20_000
/** A preview stops here; what a mapping does shows in the first trajectories. */
const PREVIEW_TRAJECTORIES = 50

/** The beginning of a file, whatever it is packed in: its first records, or its text. */
export async function sampleOf(source: Source): Promise<FileSample> {
  const records: unknown[] = []
  let text: string | undefined
  const enough = new AbortController()
  const probe: Format = {
    id: 'sample',
    title: 'the beginning of a file',
    readText(read) {
      text ??= read.slice(0, SAMPLE_CHARACTERS)
      if (records.length === 0) enough.abort()
      return []
    },
    readJson(value) {
      records.push(value)
      if (records.length >= SAMPLE_RECORDS) enough.abort()
      return []
    },
  }
  const sink = { trajectory: () => {}, problem: () => {}, signal: enough.signal }
  await readSource(source, { formats: [probe] }, sink)
  if (records.length === 0) return { kind: 'text', text: text ?? '' }
  // One value is the file; several are its lines, rows or elements.
  const sample = records.length === 1 ? records[0] : records
  const shown = JSON.stringify(sample, null, 2).slice(0, SAMPLE_CHARACTERS)
  return { kind: 'json', records: shown, paths: listPaths(sampleRecord(records[0])) }
}

/** What a reading's first mapping makes of the beginning of a file. */
export async function previewOf(source: Source, reading: Reading): Promise<MappingPreview> {
  const formats = reading.mappings.map(mappingFormat)
  const problems: FileProblem[] = []
  let first: Trajectory | undefined
  let trajectories = 0
  const enough = new AbortController()
  await readSource(
    source,
    { reading: { ...reading, mappings: [] }, formats },
    {
      trajectory(read) {
        first ??= read
        trajectories++
        if (trajectories >= PREVIEW_TRAJECTORIES) enough.abort()
      },
      problem: (problem) => problems.push(problem),
      signal: enough.signal,
    },
  )
  if (!first) {
    return { trajectories, message: problems[0]?.message ?? `This mapping finds nothing in ${source.name}.` }
  }
  const { text, spans, warnings } = first
  return { trajectories, first: { text, spans, warnings } }
}
