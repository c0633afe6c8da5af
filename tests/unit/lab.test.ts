import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tf } from '../../workers/device/tensorflow.ts'
import { LabError } from '../../workers/errors.ts'
import type { LabEvent } from '../../workers/protocol.ts'
import type { RecipeInput } from '../../workers/recipe.ts'
import type { spanLine } from '../../workers/trajectories/export.ts'
import { type Heard, labHeard } from './labHeard.ts'

const TRANSCRIPT = `Question: Which lamp is the oldest?
Thought 1: I should search for the lamp.
Action 1: Search[oldest lamp]
Observation 1: The oil lamp is the oldest.
Thought 2: That is the answer.
Action 2: Finish[oil lamp]
`

const QUICK: RecipeInput = {
  steps: 6,
  batchRows: 2,
  evaluateEvery: 3,
  data: { contextLength: 64, heldOut: 0.25 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 300 },
  student: { layers: 1, width: 8, heads: 2 },
  optimiser: { warmupSteps: 0 },
}
const LONG: RecipeInput = { ...QUICK, steps: 100_000, evaluateEvery: 100_000 }

let server: Server
let host: string

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url?.startsWith('/files/lamp.txt')) return response.end(TRANSCRIPT)
    if (request.url === '/broken') {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('Question:')
      return setTimeout(() => response.destroy(), 20)
    }
    return response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(() => server.close())

/** A lab with the demo loaded and a backend open. */
async function readyLab(trajectories = 4): Promise<Heard> {
  const heard = labHeard()
  // biome-ignore lint/correctness/useHookAtTopLevel: a method of the lab that only sounds like a hook
  await heard.lab.useBackend('wasm')
  await heard.lab.loadDemo({ seed: 1, trajectories })
  return heard
}

async function trained(recipe = QUICK): Promise<Heard> {
  const heard = await readyLab()
  const end = heard.state('finished', 'failed')
  await heard.lab.train(recipe)
  await end
  return heard
}

async function refusal(work: () => unknown): Promise<LabError> {
  try {
    await work()
  } catch (error) {
    expect(error).toBeInstanceOf(LabError)
    return error as LabError
  }
  throw new Error('it was not refused')
}

const statusOf = (heard: Heard) => heard.of('run').at(-1)!.status
const loaded = async ({ lab }: Heard) => lab.summaries((await lab.list({})).ids)
/** What an empty lab says of its library. */
const EMPTY = {
  version: 0,
  trajectories: 0,
  excluded: 0,
  corrected: 0,
  logprobs: 0,
  characters: 0,
  files: [],
  moreFiles: 0,
  formats: [],
  environments: [],
  taskTypes: [],
  warnings: [],
  outcomes: { succeeded: 0, failed: 0, unknown: 0 },
  reading: { toolCalls: 'json', mappings: [] },
}
const text = (content: Uint8Array) => new TextDecoder().decode(content)

describe('subscribing', () => {
  it('tells the state of an empty lab at once', () => {
    expect(labHeard().events).toEqual([
      { type: 'device', device: null },
      { type: 'library', library: EMPTY },
      { type: 'teachers-changed', teachers: [] },
      { type: 'captures-changed', captures: [] },
      { type: 'run', status: { state: 'idle', step: 0, steps: 0, hasStudent: false } },
    ])
  })

  it('late tells all that has happened', async () => {
    const { lab, of } = await trained()
    await lab.keepStudentAsTeacher('first')
    const late: LabEvent[] = []
    lab.subscribe((event) => late.push(event))
    expect(late.map((event) => event.type)).toEqual([
      'device',
      'library',
      'teachers-changed',
      'captures-changed',
      'run',
      'metrics',
    ])
    expect(late[1]).toEqual(of('library').at(-1))
    expect(late[2]).toMatchObject({ teachers: [{ name: 'first' }] })
    expect(late[4]).toMatchObject({ status: { state: 'finished', step: 6, hasStudent: true } })
    expect(late[5]).toEqual({ type: 'metrics', lines: of('metrics').flatMap((event) => event.lines) })
  })
})

describe('the device', () => {
  it('is reported as it was found, with the error of its known answer', async () => {
    const { lab, of } = labHeard()
    const device = await lab.useBackend('wasm')
    expect(device).toMatchObject({ backend: 'wasm', software: false })
    expect(device.selfCheckError).toBeLessThan(1e-4)
    expect(of('device').at(-1)!.device).toEqual(device)
  })

  it('that cannot be opened leaves the one before in use', async () => {
    const { lab, of, ...heard } = await readyLab()
    const before = of('device').at(-1)!.device
    // Node has no WebGPU unless Dawn is put in.
    const error = await refusal(() => lab.useBackend('webgpu'))
    expect(error.code).toBe('no-backend')
    expect(of('device').at(-1)).toEqual({ type: 'device', device: before, message: error.message })
    const end = heard.state('finished')
    await lab.train(QUICK)
    await end
  })
})

describe('loading', () => {
  it('the demo gives household trajectories, the same for the same seed', async () => {
    const one = await readyLab()
    expect((await loaded(one)).map(({ id, environment }) => [id, environment])).toEqual(
      [0, 1, 2, 3].map((id) => [id, 'household']),
    )
    const report = await one.lab.loadDemo({ seed: 2, trajectories: 2 })
    expect(report).toEqual({ files: 1, added: 2, problems: [] })
    expect(await loaded(one)).toHaveLength(6)
    const two = await readyLab()
    expect(two.lab.trajectory(3).text).toBe(one.lab.trajectory(3).text)
    expect(one.lab.trajectory(4).text).not.toBe(one.lab.trajectory(0).text)
  })

  it('files takes the good, says what is wrong with the bad, and tells how far it is', async () => {
    const { lab, of, ...heard } = labHeard()
    const files = [
      new File([TRANSCRIPT], 'good.txt'),
      new File([], 'empty.txt'),
      new File([new Uint8Array(5000).fill(0)], 'binary.bin'),
      new File(['Dear diary, nothing happened.'], 'diary.txt'),
      new File([TRANSCRIPT.replaceAll('lamp', 'clock')], 'also-good.txt'),
    ]
    const report = await lab.loadFiles(files)
    expect(report).toMatchObject({ files: 5, added: 2 })
    expect(report.problems.map(({ file }) => file)).toEqual(['empty.txt', 'binary.bin', 'diary.txt'])
    for (const { file, message } of report.problems) expect(message).toContain(file)
    expect((await loaded({ lab, of, ...heard })).map(({ file }) => file)).toEqual([
      'good.txt',
      'also-good.txt',
    ])
    expect(of('loading')[0]!.loading).toMatchObject({ file: 'good.txt', filesDone: 0, files: 5 })
    expect(of('loading').at(-1)!.loading).toBeNull()
  })

  it('a file that cannot be read is a problem of its own', async () => {
    const { lab } = labHeard()
    const gone = new File(['x'], 'gone.txt')
    const moved = () => Promise.reject(new DOMException('it was moved', 'NotFoundError'))
    Object.assign(gone, {
      slice: () => ({ text: moved, arrayBuffer: moved }),
      stream: () => {
        throw new DOMException('it was moved', 'NotFoundError')
      },
      text: moved,
      arrayBuffer: moved,
    })
    const report = await lab.loadFiles([gone, new File([TRANSCRIPT], 'good.txt')])
    expect(report.added).toBe(1)
    expect(report.problems).toEqual([
      { file: 'gone.txt', message: 'gone.txt could not be read: it was moved' },
    ])
  })

  it('pasted text works as a file does', async () => {
    const { lab } = labHeard()
    expect(await lab.loadText('pasted', TRANSCRIPT)).toEqual({ files: 1, added: 1, problems: [] })
    const report = await lab.loadText('nothing', '')
    expect(report).toMatchObject({ added: 0, problems: [{ file: 'nothing' }] })
  })

  it('an address fetches it and names it after its path', async () => {
    const heard = labHeard()
    expect(await heard.lab.loadUrl(`${host}/files/lamp.txt?raw=1`)).toMatchObject({ added: 1 })
    expect((await loaded(heard))[0]!.file).toBe('lamp.txt')
  })

  it.each([
    ['no address', 'lamp.txt', /^"lamp\.txt" is no address: it should look like https:\/\//],
    [
      'another protocol',
      'file:///etc/hosts',
      /^"file:\/\/\/etc\/hosts" is no web address: only https and http/,
    ],
    [
      'a missing page',
      '/missing',
      /\/missing could not be fetched: the host answered 404 Not Found\. Download it/,
    ],
    [
      'a transfer that breaks off',
      '/broken',
      /\/broken could not be fetched: the transfer broke off \(.*\)\. Download/,
    ],
    // A port that no server listens on.
    [
      'a host that refuses',
      'http://127.0.0.1:9/',
      /^http:\/\/127\.0\.0\.1:9\/ could not be fetched: .* Download/,
    ],
  ])('an address fails in one sentence for %s, and nothing is lost', async (_, url, sentence) => {
    const heard = labHeard()
    await heard.lab.loadText('kept', TRANSCRIPT)
    const error = await refusal(() => heard.lab.loadUrl(url.startsWith('/') ? `${host}${url}` : url))
    expect(error.code).toBe('fetch-failed')
    expect(error.message).toMatch(sentence)
    expect(await loaded(heard)).toHaveLength(1)
  })
})

describe('what is loaded', () => {
  it('is shown with spans that partition it', async () => {
    const { lab } = labHeard()
    await lab.loadText('lamp.txt', TRANSCRIPT)
    const view = lab.trajectory(0)
    expect(view.spans.map(({ start, end }) => view.text.slice(start, end)).join('')).toBe(view.text)
    expect(view.text).toBe(TRANSCRIPT)
  })

  it('is exported as the command line prints it', async () => {
    const { lab } = labHeard()
    await lab.loadText('lamp.txt', TRANSCRIPT)
    const lines = (await (await lab.exportTrajectories('spans', {})).text()).trimEnd().split('\n')
    expect(lines).toHaveLength(1)
    const line = JSON.parse(lines[0]!) as ReturnType<typeof spanLine>
    expect(line.spans.map(({ text }) => text).join('')).toBe(TRANSCRIPT)
    expect(line).toMatchObject({ file: 'lamp.txt', index: 0, format: 'react-text' })
  })

  it('is exported as tokens under the tokenizer of the recipe, and as chat', async () => {
    const { lab } = labHeard()
    await lab.loadText('lamp.txt', TRANSCRIPT)
    const tokens = JSON.parse(await (await lab.exportTrajectories('tokens', QUICK)).text())
    expect(tokens.ids).toHaveLength((await lab.tokens(0, QUICK)).starts.length + 1)
    expect(new Set(tokens.weights)).toEqual(new Set([0, 1]))
    const { messages } = JSON.parse(await (await lab.exportTrajectories('chat', QUICK)).text())
    expect(messages.map(({ content }: { content: string }) => content).join('')).toBe(TRANSCRIPT)
  })

  it('has token boundaries that cover the text under the tokenizer that the recipe names', async () => {
    const { lab } = labHeard()
    await lab.loadText('lamp.txt', TRANSCRIPT)
    const small = await lab.tokens(0, QUICK)
    expect(small.starts[0]).toBe(0)
    expect(small.ends.at(-1)).toBe(TRANSCRIPT.length)
    for (let i = 1; i < small.starts.length; i++) expect(small.starts[i]).toBe(small.ends[i - 1])
    const counted = Object.values(small.tokens).reduce((sum, count) => sum + count, 0)
    // The label counts the end-of-text token too.
    expect(counted - small.starts.length).toBeLessThanOrEqual(1)
    expect(small.tokens.reason).toBeGreaterThan(0)
    expect(small.tokens.act).toBeGreaterThan(0)
    const tiny = await lab.tokens(0, { tokenizer: { kind: 'train-bpe', vocabularySize: 257 } })
    expect(tiny.vocabularySize).toBe(257)
    expect(tiny.starts).toHaveLength(TRANSCRIPT.length)
  })

  it('can be removed file by file; what is gone is refused by its number', async () => {
    const heard = labHeard()
    await heard.lab.loadText('a', TRANSCRIPT)
    await heard.lab.loadText('b', TRANSCRIPT)
    heard.lab.removeTrajectories('a')
    expect((await loaded(heard)).map(({ id }) => id)).toEqual([1])
    expect((await refusal(() => heard.lab.trajectory(0))).message).toBe('Trajectory 0 is no longer loaded.')
    heard.lab.removeTrajectories()
    expect(await loaded(heard)).toEqual([])
    expect((await refusal(() => heard.lab.tokens(1, {}))).code).toBe('not-now')
  })
})

describe('an estimate', () => {
  it('says what a run costs and trains on, without beginning it', async () => {
    const heard = await readyLab()
    const before = tf.memory().numTensors
    const estimate = await heard.lab.estimate(QUICK)
    expect(estimate).toMatchObject({
      recipe: { steps: 6, objective: { arm: 'sad', normaliser: 'span-mean' } },
      vocabularySize: 300,
      // 300·8 + 64·8 + one block of 872 + 16
      parameters: 3800,
      dataset: { trajectories: 4, heldOutTrajectories: 1 },
      refusal: undefined,
    })
    expect(estimate.dataset.rows).toBeGreaterThan(0)
    expect(estimate.memoryBytes).toBeGreaterThan(4 * 3800)
    expect(statusOf(heard).state).toBe('idle')
    expect(tf.memory().numTensors).toBe(before)
  })

  it('tells of a student that is too large, and starting it fails with the same sentence', async () => {
    const { lab } = await readyLab()
    const recipe = { ...QUICK, student: { layers: 40, width: 4096, heads: 8 } }
    const { refusal: sentence } = await lab.estimate(recipe)
    expect(sentence).toMatch(/^This student of .* GiB/)
    const error = await refusal(() => lab.train(recipe))
    expect([error.code, error.message]).toEqual(['student-too-large', sentence])
  })

  it('comes before a backend is open, though nothing can start there', async () => {
    const { lab } = labHeard()
    await lab.loadDemo({ seed: 1, trajectories: 4 })
    expect(await lab.estimate(QUICK)).toMatchObject({ parameters: 3800, refusal: undefined })
    expect((await refusal(() => lab.train(QUICK))).code).toBe('no-backend')
  })

  it('without trajectories or of a faulty recipe is refused', async () => {
    const { lab } = await readyLab()
    lab.removeTrajectories()
    expect((await refusal(() => lab.estimate(QUICK))).code).toBe('no-training-rows')
    expect((await refusal(() => lab.estimate({ steps: -1 }))).message).toBe(
      'The recipe: steps must be at least 1 (it is -1).',
    )
  })
})

describe('a run', () => {
  it('prepares, runs, measures and finishes, and leaves a student', async () => {
    const heard = await trained()
    const states = heard.of('run').map(({ status }) => status.state)
    expect([...new Set(states)]).toEqual(['idle', 'preparing', 'running', 'finished'])
    const lines = heard.of('metrics').flatMap((event) => event.lines)
    expect(lines.filter(({ split }) => split === 'train').map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6])
    expect(lines.filter(({ split }) => split === 'held-out').map(({ step }) => step)).toEqual([0, 3, 6])
    expect(statusOf(heard)).toMatchObject({
      state: 'finished',
      step: 6,
      steps: 6,
      hasStudent: true,
      studentStep: 6,
    })
    expect(heard.lab.metricsFile('jsonl').trimEnd().split('\n')).toHaveLength(9)
    expect(heard.lab.metricsFile('csv').trimEnd().split('\n')).toHaveLength(10)
  })

  it('is taken home as a folder with its recipe, readable as a teacher', async () => {
    const { lab } = await trained()
    const files = await lab.studentFiles()
    expect(Object.keys(files).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'recipe.json',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
    expect(JSON.parse(text(files['recipe.json']!))).toMatchObject({ steps: 6, student: { width: 8 } })
    const folder = Object.entries(files).map(([name, content]) => new File([content as BlobPart], name))
    expect(await lab.addTeacher('again', folder)).toEqual({
      name: 'again',
      parameters: 3800,
      layers: 1,
      width: 8,
      heads: 2,
      contextLength: 64,
      vocabularySize: 300,
    })
  })

  it('pauses, takes single steps, goes on and is stopped with its student', async () => {
    const heard = await readyLab()
    await heard.lab.train(LONG)
    const paused = heard.state('paused')
    heard.lab.pause()
    await paused
    await new Promise((resolve) => setTimeout(resolve, 300))
    const { step } = statusOf(heard)
    heard.lab.step()
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(statusOf(heard)).toMatchObject({ state: 'paused', step: step + 1 })
    heard.lab.resume()
    expect(statusOf(heard).state).toBe('running')
    await heard.lab.stop()
    expect(statusOf(heard)).toMatchObject({ state: 'stopped', hasStudent: true })
    expect(statusOf(heard).studentStep).toBe(statusOf(heard).step)
  })

  it('takes another λ while it is active, and refuses what is no weight', async () => {
    const heard = await readyLab()
    expect((await refusal(() => heard.lab.setLambda({ act: 2 }))).code).toBe('not-now')
    await heard.lab.train(LONG)
    heard.lab.setLambda({ act: 2 })
    expect((await refusal(() => heard.lab.setLambda({ reason: -1 }))).message).toMatch(
      /^The change of λ: objective\.lambda\.reason/,
    )
    const trained = () => heard.of('metrics').flatMap(({ lines }) => lines.filter(({ step }) => step > 0))
    await expect.poll(() => trained().length, { timeout: 10_000 }).toBeGreaterThan(0)
    await heard.lab.stop()
    expect(trained().at(-1)!.lambda).toEqual({ reason: 1, act: 2, observation: 0 })
    expect((await refusal(() => heard.lab.setLambda({ act: 1 }))).code).toBe('not-now')
  })

  it('refuses a second run and another backend while it is active, and not afterwards', async () => {
    const heard = await readyLab()
    await heard.lab.train(LONG)
    expect((await refusal(() => heard.lab.train(QUICK))).message).toBe(
      'Another run must wait: a run is active, so stop it first.',
    )
    expect((await refusal(() => heard.lab.useBackend('cpu'))).message).toBe(
      'Changing the backend must wait: a run is active, so stop it first.',
    )
    expect(statusOf(heard).state).toBe('running')
    await heard.lab.stop()
    const end = heard.state('finished')
    await heard.lab.train(QUICK)
    await end
  })

  it('is begun once where two are asked for in the same moment', async () => {
    const heard = await readyLab()
    const [one, two] = await Promise.allSettled([heard.lab.train(LONG), heard.lab.train(LONG)])
    expect(one.status).toBe('fulfilled')
    expect(two).toMatchObject({ status: 'rejected', reason: { code: 'not-now' } })
    await heard.lab.stop()
  })

  it('is not begun on texts that were read otherwise, where reading them anew is cancelled', async () => {
    const heard = await readyLab()
    await heard.lab.loadText('lamps.txt', TRANSCRIPT.repeat(200))
    const refused = refusal(() => heard.lab.train({ ...QUICK, reading: { toolCalls: 'keywords' } }))
    // It has asked for the files by then, and not one of them has been read.
    for (let turn = 0; turn < 20; turn++) await null
    heard.lab.cancelLoading()
    expect((await refused).message).toContain('was cancelled, so nothing was begun')
    expect(heard.of('library').at(-1)!.library.reading.toolCalls).toBe('json')
    expect(statusOf(heard).state).not.toBe('running')
    const end = heard.state('finished', 'failed')
    await heard.lab.train(QUICK)
    await end
    expect(statusOf(heard).state).toBe('finished')
  })

  it('gives its tensors back', async () => {
    const heard = await readyLab()
    const before = tf.memory().numTensors
    const end = heard.state('finished')
    await heard.lab.train(QUICK)
    await end
    await heard.lab.stop()
    expect(tf.memory().numTensors).toBe(before)
  })

  it('that cannot start leaves the student, the numbers and the state of the one before', async () => {
    const heard = await trained()
    const { lab } = heard
    const before = { files: await lab.studentFiles(), metrics: lab.metricsFile('csv') }
    const { memoryBytes: _, pooledBytes: __, ...status } = statusOf(heard)
    const failing: [RecipeInput, string][] = [
      [{ ...QUICK, steps: 0 }, 'invalid-recipe'],
      [{ ...QUICK, objective: { lambda: { reason: 0, act: 0 } } }, 'no-training-rows'],
      [{ ...QUICK, student: { layers: 40, width: 4096 } }, 'student-too-large'],
      [
        { ...QUICK, tokenizer: { kind: 'teacher' }, teacher: { kind: 'model', source: 'nobody' } },
        'invalid-recipe',
      ],
    ]
    for (const [recipe, code] of failing) {
      expect((await refusal(() => lab.train(recipe))).code).toBe(code)
      expect(statusOf(heard)).toMatchObject(status)
      expect(await lab.studentFiles()).toEqual(before.files)
      expect(lab.metricsFile('csv')).toBe(before.metrics)
    }
    lab.removeTrajectories()
    expect((await refusal(() => lab.train(QUICK))).code).toBe('no-training-rows')
    expect(statusOf(heard)).toMatchObject(status)
    expect(lab.metricsFile('csv')).toBe(before.metrics)
    expect(await lab.generate('> ', { maxTokens: 2, temperature: 0, seed: 1 }, () => {})).toBeTypeOf('string')
    // And the next one that can start does.
    await lab.loadDemo({ seed: 1, trajectories: 3 })
    const end = heard.state('finished')
    await lab.train(QUICK)
    await end
  })
})

describe('a teacher', () => {
  const taught: RecipeInput = {
    ...QUICK,
    seed: 2,
    tokenizer: { kind: 'teacher' },
    teacher: { kind: 'model', source: 'first' },
  }

  it('that was the student teaches the next one, which does not move it', async () => {
    const heard = await trained()
    const first = await heard.lab.keepStudentAsTeacher('first')
    expect(first).toMatchObject({ name: 'first', vocabularySize: 300, parameters: 3800 })
    expect(heard.of('teachers-changed').at(-1)!.teachers).toEqual([first])
    const estimate = await heard.lab.estimate(taught)
    expect(estimate.refusal).toBeUndefined()
    const from = heard.of('metrics').length
    const end = heard.state('finished')
    await heard.lab.train(taught)
    await end
    const lines = heard
      .of('metrics')
      .slice(from)
      .flatMap((event) => event.lines)
    for (const line of lines) expect(line.reason.teacherEntropy).toBeGreaterThan(0)
    expect(heard.of('teachers-changed').at(-1)!.teachers).toEqual([first])
  })

  it('whose folder is broken is refused by file, and the teachers before stay', async () => {
    const heard = await trained()
    const { lab } = heard
    await lab.keepStudentAsTeacher('first')
    const files = await lab.studentFiles()
    const folder = (change: Record<string, string | null>) =>
      Object.entries({ ...files, ...change })
        .filter(([, content]) => content !== null)
        .map(([name, content]) => new File([content as BlobPart], name))
    const config = JSON.parse(text(files['config.json']!))
    const broken: [Record<string, string | null>, RegExp][] = [
      [{ 'config.json': null }, /^second: config\.json is missing/],
      [{ 'model.safetensors': 'oh' }, /^second\/model\.safetensors is not a readable safetensors file/],
      [{ 'tokenizer.json': '{}' }, /^second: tokenizer\.json: "model" is missing/],
      [
        { 'config.json': JSON.stringify({ ...config, n_embd: 16 }) },
        /has shape \[300,8\] where config\.json/,
      ],
    ]
    for (const [change, sentence] of broken) {
      expect((await refusal(() => lab.addTeacher('second', folder(change)))).message).toMatch(sentence)
      // Nor does it take the place of one that is there.
      expect((await refusal(() => lab.addTeacher('first', folder(change)))).message).toContain('first')
    }
    expect(
      heard
        .of('teachers-changed')
        .at(-1)!
        .teachers.map(({ name }) => name),
    ).toEqual(['first'])
    const end = heard.state('finished')
    await lab.train(taught)
    await end
  })

  it('whose tokenizer has more ids than its model is refused when it is added', async () => {
    const { lab } = await trained()
    const files = await lab.studentFiles()
    const larger = await readyLab()
    const end = larger.state('finished')
    await larger.lab.train({ ...QUICK, tokenizer: { kind: 'train-bpe', vocabularySize: 320 } })
    await end
    const other = await larger.lab.studentFiles()
    const mixed = Object.entries({ ...files, 'tokenizer.json': other['tokenizer.json']! })
    const error = await refusal(() =>
      lab.addTeacher(
        'mixed',
        mixed.map(([name, content]) => new File([content as BlobPart], name)),
      ),
    )
    expect([error.code, error.message]).toEqual([
      'tokenizer-mismatch',
      'mixed: tokenizer.json has 320 ids but config.json only 300: these files do not belong together.',
    ])
  })

  it('is not loaded when its name is unknown', async () => {
    const { lab } = await readyLab()
    expect((await refusal(() => lab.train(taught))).message).toBe(
      'The recipe\'s teacher "first" is not loaded: load its student folder, or set teacher.kind to "text".',
    )
  })
})

describe('generating', () => {
  it('continues a prompt, tells the text as it grows, and leaves no tensor behind', async () => {
    const { lab } = await trained()
    await lab.stop()
    const before = tf.memory().numTensors
    const heard: string[] = []
    const options = { maxTokens: 8, temperature: 1, seed: 3 }
    const whole = await lab.generate('> go to ', options, (part) => heard.push(part))
    expect(heard.at(-1)).toBe(whole)
    expect(heard.length).toBeGreaterThan(0)
    expect(await lab.generate('> go to ', options, () => {})).toBe(whole)
    expect(tf.memory().numTensors).toBe(before)
  })

  it('ends before a stop string, of which nothing is ever told', async () => {
    const { lab } = await trained()
    await lab.stop()
    const options = { maxTokens: 20, temperature: 1, topK: 50, topP: 0.95, seed: 3 }
    const whole = await lab.generate('> go to ', options, () => {})
    const stop = [whole.slice(4, 7), 'nothing of the kind']
    const heard: string[] = []
    const ended = await lab.generate('> go to ', { ...options, stop }, (part) => heard.push(part))
    expect(ended).toBe(whole.slice(0, whole.indexOf(stop[0]!)))
    for (const part of heard) expect(ended.startsWith(part)).toBe(true)
  })

  it('takes a prompt longer than the context', async () => {
    const { lab } = await trained()
    const prompt = 'go to shelf 1\n'.repeat(100)
    const options = { maxTokens: 3, temperature: 0, seed: 1 }
    expect(await lab.generate(prompt, options, () => {})).toBeTypeOf('string')
  })

  it('works while a run goes on, which it does not disturb', async () => {
    const alone = await trained({ ...QUICK, steps: 30 })
    const heard = await trained()
    const end = heard.state('finished')
    await heard.lab.train({ ...QUICK, steps: 30 })
    await heard.lab.generate('> ', { maxTokens: 5, temperature: 0, seed: 1 }, () => {})
    await end
    expect((await heard.lab.studentFiles())['model.safetensors']).toEqual(
      (await alone.lab.studentFiles())['model.safetensors'],
    )
  })

  it('without a student or without a prompt is refused in a sentence', async () => {
    const { lab } = await readyLab()
    const options = { maxTokens: 1, temperature: 0, seed: 1 }
    const none = await refusal(() => lab.generate('x', options, () => {}))
    expect(none.message).toBe('There is no student yet: train one, and wait for its first checkpoint.')
    expect((await refusal(() => lab.studentFiles())).code).toBe('not-now')
    expect((await refusal(() => lab.keepStudentAsTeacher('x'))).code).toBe('not-now')
    const { lab: other } = await trained()
    const empty = await refusal(() => other.generate('', options, () => {}))
    expect(empty.message).toBe('The prompt is empty: write something for the student to continue.')
  })
})
