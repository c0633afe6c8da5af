import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { DEFAULT_PLAN } from '../../../workers/cluster/commands.ts'
import { Lab } from '../../../workers/lab.ts'
import type { PackStatus, RecipeInput } from '../../../workers/protocol.ts'

const RECIPE: RecipeInput = { tokenizer: { kind: 'train-bpe', vocabularySize: 300 } }
const OPTIONS = { plan: DEFAULT_PLAN, teacherLeftOut: false }
const TRANSCRIPT = `Question: Which lamp is the oldest?
Thought 1: I should search for the lamp.
Action 1: Search[oldest lamp]
Observation 1: The oil lamp is the oldest.
Thought 2: That is the answer.
Action 2: Finish[oil lamp]
`

async function loaded(texts = 3): Promise<Lab> {
  const lab = new Lab()
  for (let i = 0; i < texts; i++) await lab.loadText(`${i}.txt`, TRANSCRIPT.replaceAll('lamp', `lamp${i}`))
  return lab
}

async function linesOf(zip: Blob) {
  const files = unzipSync(new Uint8Array(await zip.arrayBuffer()))
  const text = new TextDecoder().decode(files['trajectories.jsonl'])
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('packing the page’s run', () => {
  it('takes what is not excluded, with spans as they were corrected', async () => {
    const lab = await loaded()
    await lab.setExcluded([1], true)
    lab.editSpans(2, { type: 'relabel', start: 0, end: 36, kind: 'other' })
    const zip = await lab.packRun(RECIPE, OPTIONS, () => {})
    const lines = await linesOf(zip)
    expect(lines.map(({ file }) => file)).toEqual(['0.txt', '2.txt'])
    expect(lines.map(({ spans }) => spans[0].kind)).toEqual(['prompt', 'other'])
    const spans = lab.trajectory(2).spans
    expect(lines[1].spans.map(({ step }: { step: number }) => step)).toEqual(spans.map(({ step }) => step))
    // Of the same trajectories and recipe comes the same file.
    const again = await lab.packRun(RECIPE, OPTIONS, () => {})
    expect(
      Buffer.compare(new Uint8Array(await zip.arrayBuffer()), new Uint8Array(await again.arrayBuffer())),
    ).toBe(0)
  })

  it('reads the files as the recipe says', async () => {
    const lab = new Lab()
    const call = { id: 'c', type: 'function', function: { name: 'find', arguments: '{"key": 1}' } }
    const messages = [
      { role: 'user', content: 'Find it.' },
      { role: 'assistant', content: 'I look.', tool_calls: [call] },
    ]
    await lab.loadText('calls.json', JSON.stringify({ messages }))
    const keywords: RecipeInput = { ...RECIPE, reading: { toolCalls: 'keywords' } }
    const lines = await linesOf(await lab.packRun(keywords, OPTIONS, () => {}))
    expect(JSON.stringify(lines)).toContain('find(key=1)')
  })

  it('is ended by a person, or by a later call, and refuses a recipe that is none', async () => {
    const lab = new Lab()
    await lab.loadDemo({ seed: 1, trajectories: 200 })
    // Made once: it takes longer than what is packed.
    await lab.packRun(RECIPE, OPTIONS, () => {})
    const heard: PackStatus[] = []
    const cancelled = lab.packRun(RECIPE, OPTIONS, (status) => {
      heard.push(status)
      lab.cancelPacking()
    })
    await expect(cancelled).rejects.toThrow('Packing the run was cancelled.')
    expect(heard).toHaveLength(1)
    const [first, second] = [lab.packRun(RECIPE, OPTIONS, () => {}), lab.packRun(RECIPE, OPTIONS, () => {})]
    await expect(first).rejects.toThrow('Packing the run was cancelled.')
    expect(await linesOf(await second)).toHaveLength(200)
    await expect(lab.packRun({ steps: -1 }, OPTIONS, () => {})).rejects.toThrow('steps must be at least 1')
    const nothing = new Lab()
    await expect(nothing.packRun(RECIPE, OPTIONS, () => {})).rejects.toThrow('No trajectories are loaded')
  })
})
