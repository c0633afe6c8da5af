import { zipSync } from 'fflate'
import { beforeAll, describe, expect, it } from 'vitest'
import { holdsRun, readReturnedRun } from '../../../workers/cluster/returned.ts'
import { LabError } from '../../../workers/errors.ts'
import type { Lab } from '../../../workers/lab.ts'
import type { LabEvent, MetricsLine, RunStatus } from '../../../workers/protocol.ts'
import type { RecipeInput } from '../../../workers/recipe.ts'
import { labHeard } from '../labHeard.ts'

const RECIPE: RecipeInput = {
  steps: 6,
  batchRows: 2,
  evaluateEvery: 3,
  data: { contextLength: 64, heldOut: 0.25 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 300 },
  student: { layers: 1, width: 8, heads: 2 },
  optimiser: { warmupSteps: 0 },
}

function heard() {
  const { lab } = labHeard()
  const statuses: RunStatus[] = []
  const metrics: { lines: MetricsLine[]; anew?: boolean }[] = []
  lab.subscribe((event: LabEvent) => {
    if (event.type === 'run') statuses.push(event.status)
    if (event.type === 'metrics') metrics.push(event)
  })
  const over = async () => {
    while (!/finished|stopped|failed/.test(statuses.at(-1)!.state))
      await new Promise((go) => setTimeout(go, 5))
  }
  return { lab, statuses, metrics, over }
}

/** What a finished run leaves in its folder. */
let folder: Record<string, Uint8Array>
/** What the student of that run wrote. */
let written: string

beforeAll(async () => {
  const { lab, over } = heard()
  await lab.useBackend('wasm')
  await lab.loadDemo({ seed: 1, trajectories: 12 })
  await lab.train(RECIPE)
  await over()
  folder = {
    ...(await lab.studentFiles()),
    'metrics.jsonl': new TextEncoder().encode(lab.metricsFile('jsonl')),
    // What else lies in the folder is left alone, whatever it is.
    'checkpoint.safetensors': Uint8Array.of(1, 2, 3),
    'metrics.csv': new TextEncoder().encode('step\n'),
  }
  written = await sample(lab)
})

const sample = (lab: Lab) => lab.generate('> think:', { maxTokens: 12, temperature: 0, seed: 1 }, () => {})
const filesOf = (entries: Record<string, Uint8Array>) =>
  Object.entries(entries).map(([name, bytes]) => new File([bytes as BlobPart], name))
const zipOf = (entries: Record<string, Uint8Array>, path = 'out/') =>
  new File(
    [
      zipSync(
        Object.fromEntries(Object.entries(entries).map(([name, bytes]) => [path + name, bytes])),
      ) as BlobPart,
    ],
    'back.zip',
  )
const changed = (name: string, change: (text: string) => string) => ({
  ...folder,
  [name]: new TextEncoder().encode(change(new TextDecoder().decode(folder[name]))),
})
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(folder).filter(([name]) => !names.includes(name)))

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(LabError)
  expect(error.message).toMatch(/\.$/)
  expect(error.message).not.toContain('\n')
  return error.message
}

describe('a run that was trained elsewhere', () => {
  it.each([
    ['the files of its folder', () => filesOf(folder)],
    ['a zip of its folder', () => [zipOf(folder)]],
    ['a zip of its files', () => [zipOf(folder, '')]],
  ])('is shown from %s as if it were the page’s own', async (_, files) => {
    const { lab, statuses, metrics } = heard()
    const recipe = await lab.takeInRun('out', files())
    expect(recipe).toEqual(JSON.parse(new TextDecoder().decode(folder['recipe.json'])))
    expect(statuses.at(-1)).toMatchObject({
      state: 'finished',
      step: 6,
      steps: 6,
      takenIn: 'out',
      notice: 'Taken in from “out”, where it was trained outside of this page.',
      hasStudent: true,
      studentStep: 6,
    })
    expect(statuses.at(-1)).not.toHaveProperty('memoryBytes')
    expect(metrics.map(({ anew }) => anew)).toEqual([true])
    expect(lab.metricsFile('jsonl')).toBe(new TextDecoder().decode(folder['metrics.jsonl']))
    const own = await lab.studentFiles()
    const text = (bytes?: Uint8Array) => new TextDecoder().decode(bytes)
    expect(JSON.parse(text(own['recipe.json']))).toEqual(recipe)
    for (const name of ['config.json', 'tokenizer.json']) expect(text(own[name])).toBe(text(folder[name]))
    expect(Buffer.compare(own['model.safetensors']!, folder['model.safetensors']!)).toBe(0)
    await lab.useBackend('wasm')
    expect(await sample(lab)).toBe(written)
    expect((await lab.keepStudentAsTeacher('brought')).name).toBe('brought')
  })

  it('takes the place of the run before, and the next one of its own', async () => {
    const { lab, statuses, metrics, over } = heard()
    await lab.useBackend('wasm')
    await lab.loadDemo({ seed: 1, trajectories: 12 })
    await lab.train({ ...RECIPE, steps: 3, student: { layers: 1, width: 16, heads: 2 } })
    await over()
    await lab.takeInRun('out', filesOf(folder))
    expect(await sample(lab)).toBe(written)
    expect(metrics.at(-1)).toMatchObject({ anew: true })
    await lab.train(RECIPE)
    expect(statuses.at(-1)).not.toHaveProperty('takenIn')
    expect(statuses.at(-1)).not.toHaveProperty('notice')
    await over()
    // The first lines of each of the three runs take the place of those before, and no others do.
    expect(metrics.filter(({ anew }) => anew)).toHaveLength(3)
    expect(metrics.findLast(({ anew }) => anew)!.lines[0]!.step).toBeLessThanOrEqual(1)
  })

  it('is refused while a run is active, and nothing happens to that', async () => {
    const { lab, statuses } = heard()
    await lab.useBackend('wasm')
    await lab.loadDemo({ seed: 1, trajectories: 12 })
    await lab.train({ ...RECIPE, steps: 100_000, evaluateEvery: 100_000 })
    expect(await refusal(lab.takeInRun('out', filesOf(folder)))).toBe(
      'Taking in a run must wait: a run is active, so stop it first.',
    )
    expect(statuses.at(-1)).toMatchObject({ state: 'running' })
  })

  it('is told in parts where it has many lines, and as stopped where steps are missing', async () => {
    const [line] = new TextDecoder().decode(folder['metrics.jsonl']).split('\n')
    const lines = Array.from({ length: 60 }, (_, i) => JSON.stringify({ ...JSON.parse(line!), step: i + 1 }))
    const long = {
      'metrics.jsonl': new TextEncoder().encode(`${lines.join('\n')}\n`),
      'recipe.json': new TextEncoder().encode(JSON.stringify({ ...RECIPE, steps: 500 })),
    }
    const { lab, statuses, metrics } = heard()
    await lab.takeInRun('half', filesOf(long))
    while (metrics.length < 3) await new Promise((go) => setTimeout(go, 5))
    expect(metrics.map(({ lines, anew }) => [lines.length, anew])).toEqual([
      [25, true],
      [25, undefined],
      [10, undefined],
    ])
    expect(statuses.at(-1)).toMatchObject({ state: 'stopped', step: 60, steps: 500, hasStudent: false })
    expect(statuses.at(-1)!.notice).toMatch(/ It came without its student\.$/)
    expect(await refusal(lab.studentFiles())).toContain('There is no student yet')
  })

  it('is shown without a student that is no GPT of the lab', async () => {
    const llama = changed('config.json', (text) => text.replace('"gpt2"', '"llama"'))
    const { student, note } = await readReturnedRun('out', filesOf(llama))
    expect([student, note]).toEqual([null, 'Its student is a llama, which this page cannot run.'])
  })

  it.each<[string, () => File[], RegExp]>([
    [
      'no metrics',
      () => filesOf(without('metrics.jsonl')),
      /^out: metrics\.jsonl is missing; take all files/,
    ],
    ['no recipe', () => filesOf(without('recipe.json')), /^out: recipe\.json is missing; take all files/],
    [
      'metrics of another version',
      () => filesOf(changed('metrics.jsonl', (text) => text.replace('"kl":', '"klDivergence":'))),
      /^out\/metrics\.jsonl, line 1, is none of this lab: \w+\.kl must be a number \(it is missing\); the file is/,
    ],
    [
      'a recipe of another version',
      () => filesOf(changed('recipe.json', (text) => text.replace('"steps"', '"epochs"'))),
      /^out\/recipe\.json: epochs is an unknown key/,
    ],
    [
      'a broken recipe',
      () => filesOf(changed('recipe.json', () => '{')),
      /^out\/recipe\.json is not valid JSON/,
    ],
    [
      'truncated weights',
      () => filesOf({ ...folder, 'model.safetensors': folder['model.safetensors']!.slice(0, -9) }),
      /^out\/model\.safetensors is not a readable safetensors file: it ends inside tensor/,
    ],
    [
      'a tokenizer that does not fit',
      () => filesOf(changed('config.json', (text) => text.replace(/"vocab_size": \d+/, '"vocab_size": 280'))),
      /^out\/model\.safetensors: tensor "transformer\.wte\.weight" has shape/,
    ],
    [
      'weights alone',
      () => filesOf(without('config.json', 'tokenizer.json')),
      /^out: config\.json is missing; a student/,
    ],
    ['a zip of none', () => [zipOf({ 'a.txt': Uint8Array.of(65) })], /^back\.zip holds no metrics\.jsonl/],
    [
      'a zip of two',
      () => [
        zipOf(
          Object.fromEntries(
            Object.entries(folder).flatMap(([name, b]) => [
              [`a/${name}`, b],
              [`b/${name}`, b],
            ]),
          ),
        ),
      ],
      /^back\.zip holds 2 runs/,
    ],
    [
      'a damaged zip',
      () => [new File([zipOf(folder).slice(0, 5000)], 'back.zip')],
      /^back\.zip is a damaged ZIP archive/,
    ],
  ])('with %s is refused in a sentence, and changes nothing', async (_, files, message) => {
    const { lab, statuses, metrics } = heard()
    const before = statuses.length
    expect(await refusal(lab.takeInRun('out', files()))).toMatch(message)
    expect([statuses.length, metrics.length]).toEqual([before, 0])
  })

  it('with a vocabulary of more tokens than its table has rows is refused', async () => {
    const bare = JSON.parse(new TextDecoder().decode(folder['tokenizer.json']))
    const vocabulary = bare.model.vocab as Record<string, number>
    vocabulary['a token too many'] = Object.keys(vocabulary).length + 1
    const larger = changed('tokenizer.json', () => JSON.stringify(bare))
    expect(await refusal(readReturnedRun('out', filesOf(larger)))).toMatch(/^out: tokenizer\.json/)
  })

  it('is told from other zips by what is in it', async () => {
    expect(await holdsRun(zipOf(folder))).toBe(true)
    expect(await holdsRun(zipOf({ 'runs.jsonl': Uint8Array.of(65) }))).toBe(false)
    expect(await holdsRun(new File(['Question: x'], 'x.zip'))).toBe(false)
  })
})
