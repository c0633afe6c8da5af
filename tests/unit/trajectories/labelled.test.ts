import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import { SPAN_KINDS, type SpanKind, type Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { type Fingerprint, fingerprints, type Labelled } from '../../labelled/fingerprint.ts'
import { precision, recall, type Score, score, sum } from '../../labelled/score.ts'

/** Transcripts that public repositories recorded; they lie beside the checkout, not in it. */
const FOLDER = fileURLToPath(new URL('../../../../shared/trajectories/', import.meta.url))
const LABELS = fileURLToPath(new URL('../../labelled/', import.meta.url))
const here = existsSync(FOLDER)

/** The families of formats, and the file of labels of each; nobody recorded ChatML text in that folder. */
const FAMILIES: [name: string, labels: string | null][] = [
  ['1 OpenAI messages, Thought/Action', 'messages-text.json'],
  ['2 OpenAI messages, calls', 'messages-calls.json'],
  ['3 ShareGPT', 'sharegpt.json'],
  ['4 ReAct text', 'react-text.json'],
  ['5 ALFWorld', 'alfworld.json'],
  ['6 WebShop', 'webshop.json'],
  ['7 tagged and fenced', 'tagged.json'],
  ['8 LangChain and LlamaIndex', 'console.json'],
  ['9 OpenAI Responses', 'responses.json'],
  ['10 step records', 'step-records.json'],
  ['11 Alpaca', 'alpaca.json'],
  ['12 ChatML text', null],
]

const OVERALL_FLOOR = 0.98
const FAMILY_FLOOR = 0.95

const cache = new Map<string, Trajectory[]>()
function read(file: string): Trajectory[] {
  const known = cache.get(file)
  if (known) return known
  const { trajectories } = readTrajectories(file, readFileSync(FOLDER + file))
  cache.set(file, trajectories)
  return trajectories
}

/** Every kind of every labelled trajectory of a family; what was not read at all counts as missed. */
function scoreFamily(labels: string): { kind: SpanKind; score: Score }[] {
  const trajectories = JSON.parse(readFileSync(LABELS + labels, 'utf8')) as Labelled[]
  return trajectories.flatMap(({ file, index, spans }) => {
    const found = read(file)[index]
    return [...score(spans, found ? fingerprints(found) : [])].map(([kind, score]) => ({ kind, score }))
  })
}

/** Files and their number of trajectories, as the folder's own README.md counts them. */
function countsInReadme(): [file: string, count: number][] {
  const rows = readFileSync(`${FOLDER}README.md`, 'utf8').matchAll(
    /^\| `([^`|]+\/[^`|]+)` \|(?:[^|\n]*\|){4} (\d+)\b/gm,
  )
  return [...rows].map(([, file, count]) => [file!, Number(count)])
}

const percent = (share: number) => share.toFixed(4)

function row(name: string, total: Score): string {
  const { labelled, read, same } = total
  const numbers = [labelled, read, same].map((number) => String(number).padStart(6)).join('')
  return `${name.padEnd(36)}${numbers}  ${percent(precision(total))}  ${percent(recall(total))}`
}

describe.skipIf(!here)(
  `labelled trajectories${here ? '' : ' (skipped: ../shared/trajectories is not here)'}`,
  () => {
    it('every file of labels belongs to a family', () => {
      const files = readdirSync(LABELS).filter((name) => name.endsWith('.json'))
      expect(files.sort()).toEqual(FAMILIES.flatMap(([, labels]) => labels ?? []).sort())
    })

    it('the spans are found as people cut them, in every family of formats', () => {
      const table = [`${'family, kind'.padEnd(36)}  label  read  same  precision  recall`]
      const all: { kind: SpanKind; score: Score }[] = []
      const families: [name: string, total: Score][] = []
      for (const [name, labels] of FAMILIES) {
        if (labels === null) {
          table.push(`${name.padEnd(36)}  no transcript to label`)
          continue
        }
        const scores = scoreFamily(labels)
        const total = sum(scores.map(({ score }) => score))
        all.push(...scores)
        families.push([name, total])
        table.push(row(name, total))
        for (const kind of SPAN_KINDS) {
          const ofKind = scores.filter((entry) => entry.kind === kind).map(({ score }) => score)
          if (ofKind.length > 0) table.push(row(`   ${kind}`, sum(ofKind)))
        }
      }
      const overall = sum(all.map(({ score }) => score))
      table.push(row('all', overall))
      for (const kind of SPAN_KINDS) {
        table.push(
          row(`   ${kind}`, sum(all.filter((entry) => entry.kind === kind).map(({ score }) => score))),
        )
      }
      console.log(table.join('\n'))

      expect(precision(overall)).toBeGreaterThanOrEqual(OVERALL_FLOOR)
      expect(recall(overall)).toBeGreaterThanOrEqual(OVERALL_FLOOR)
      for (const [name, total] of families) {
        expect(precision(total), name).toBeGreaterThanOrEqual(FAMILY_FLOOR)
        expect(recall(total), name).toBeGreaterThanOrEqual(FAMILY_FLOOR)
      }
    })

    const counts = here ? countsInReadme() : []

    it('every file of the folder is counted', () => {
      const folders = readdirSync(FOLDER, { withFileTypes: true }).filter(
        (entry) => entry.isDirectory() && entry.name !== 'LICENSES',
      )
      const files = folders.flatMap(({ name }) => readdirSync(FOLDER + name).map((file) => `${name}/${file}`))
      expect(counts.map(([file]) => file).sort()).toEqual(files.sort())
    })

    it.each(counts)('%s holds %i trajectories', (file, count) => {
      expect(read(file)).toHaveLength(count)
    })
  },
)

describe('the score', () => {
  const text = 'Rules.\nFind  it.\nThought: Where?\nAction: look\nObservation: \n'
  const span = (kind: SpanKind, start: string, content: string) => {
    const contentStart = text.indexOf(content, text.indexOf(start))
    return { kind, start: text.indexOf(start), contentStart, contentEnd: contentStart + content.length }
  }
  const cuts = [
    span('prompt', 'Rules.', 'Rules.'),
    span('prompt', 'Find', 'Find  it.'),
    span('reason', 'Thought', 'Where?'),
    span('act', 'Action', 'look'),
    span('observation', 'Observation', ''),
  ]
  const spans = cuts.map((cut, i) => ({ ...cut, end: cuts[i + 1]?.start ?? text.length, step: 0 }))
  const trajectory: Trajectory = {
    file: 'a.txt',
    index: 0,
    format: 'react-text',
    environment: 'unknown',
    text,
    spans,
    warnings: [],
  }

  it('compares neighbouring prompts as one, whatever white space joins them, and leaves empty spans out', () => {
    expect(fingerprints(trajectory).map(([kind, length, head]) => [kind, length, head])).toEqual([
      ['prompt', 15, 'Rules. Find it.'],
      ['reason', 6, 'Where?'],
      ['act', 4, 'look'],
    ])
  })

  it('takes off for a span of another kind, for a missing one, for one too many and for another order', () => {
    const [prompt, reason, act] = fingerprints(trajectory) as [Fingerprint, Fingerprint, Fingerprint]
    const total = (read: Fingerprint[]) => sum([...score([prompt, reason, act], read).values()])
    expect(total([prompt, reason, act])).toEqual({ labelled: 3, read: 3, same: 3 })
    expect(total([prompt, ['other', ...withoutKind(reason)], act])).toEqual({ labelled: 3, read: 3, same: 2 })
    expect(total([prompt, act])).toEqual({ labelled: 3, read: 2, same: 2 })
    expect(total([prompt, reason, reason, act])).toEqual({ labelled: 3, read: 4, same: 3 })
    expect(total([prompt, act, reason])).toEqual({ labelled: 3, read: 3, same: 2 })
    expect(recall(total([]))).toBe(0)
    expect(precision(total([prompt, act, reason]))).toBeCloseTo(2 / 3)
  })
})

function withoutKind([, ...rest]: Fingerprint) {
  return rest
}
