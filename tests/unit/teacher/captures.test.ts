import { beforeAll, describe, expect, it } from 'vitest'
import { LabError } from '../../../workers/errors.ts'
import { Lab } from '../../../workers/lab.ts'
import type { LabEvent, RunState } from '../../../workers/protocol.ts'
import { parseRecipe, type RecipeInput } from '../../../workers/recipe.ts'
import { memoryFolder } from '../../../workers/teacher/captureFolder.ts'
import type { RandomFile } from '../../../workers/teacher/captureFormat.ts'
import { CaptureShelf } from '../../../workers/teacher/captureShelf.ts'
import { CaptureWriter } from '../../../workers/teacher/captureWriter.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { contentHash } from '../../../workers/trajectories/contentHash.ts'

const tokenizer = trainBpe([], 257)

/** Writes a capture of two tokens; `sure` is what the second was given, in nats. */
function writeCapture(sure = -1) {
  return async (file: RandomFile) => {
    const writer = new CaptureWriter(file, 'big', 1, tokenizer)
    const logprobs = Float32Array.of(sure)
    const ids = Int32Array.of(1, tokenizer.endOfTextId)
    writer.add(contentHash('"'), { ids, written: logprobs, topIds: Int32Array.of(2), top: logprobs })
    writer.finish()
  }
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(LabError)
  return error.message
}

describe('the shelf of captures', () => {
  it('keeps what is written under a free name, and finds it again', async () => {
    const folder = memoryFolder()
    const shelf = await CaptureShelf.open(folder)
    const first = await shelf.keep('big', writeCapture())
    expect(first).toMatchObject({
      name: 'big',
      model: 'big',
      k: 1,
      trajectories: 1,
      tokens: 2,
      bytesPerToken: 8,
    })
    expect((await shelf.keep('big', writeCapture())).name).toBe('big (2)')
    // That name means the files themselves.
    expect((await shelf.keep('trajectories', writeCapture())).name).toBe('trajectories (2)')
    const again = await CaptureShelf.open(folder)
    expect(again.summaries().map(({ name }) => name)).toEqual(['big', 'big (2)', 'trajectories (2)'])
    await again.remove('big')
    expect((await CaptureShelf.open(folder)).summaries()).toHaveLength(2)
  })

  it('clears away what was never finished', async () => {
    const folder = memoryFolder()
    const file = await folder.create('half')
    file.write(Uint8Array.of(1, 2, 3), { at: 0 })
    expect((await CaptureShelf.open(folder)).summaries()).toEqual([])
    expect(await folder.names()).toEqual([])
  })

  it('exports a file that it imports again, and refuses one that is damaged, keeping nothing of it', async () => {
    const folder = memoryFolder()
    const shelf = await CaptureShelf.open(folder)
    await shelf.keep('big', writeCapture())
    const file = shelf.export('big')
    expect(file.size).toBe(shelf.summaries()[0]!.bytes)
    await shelf.remove('big')
    expect((await shelf.import('big', file)).trajectories).toBe(1)
    await shelf.keep('sure', writeCapture(1))
    const sure = shelf.export('sure')
    expect(await refusal(shelf.import('other', sure))).toMatch(/^other has 1 for a log-probability/)
    expect(await refusal(shelf.import('text', new Blob(['Dear diary'])))).toMatch(/^text is no capture/)
    expect(await folder.names()).toEqual(['big', 'sure'])
  })

  it('says which capture of a recipe is not there', async () => {
    const shelf = await CaptureShelf.open(memoryFolder())
    const of = (source: string) => shelf.of(parseRecipe({ teacher: { kind: 'stored', source } }))
    expect(of('trajectories')).toBeNull()
    expect(() => of('big')).toThrow(
      'There is no capture "big": import its file, capture the teacher anew, or choose another teacher.',
    )
  })
})

describe('a lab that captures', () => {
  const QUICK: RecipeInput = {
    steps: 3,
    batchRows: 2,
    evaluateEvery: 3,
    data: { contextLength: 64, heldOut: 0.25 },
    tokenizer: { kind: 'train-bpe', vocabularySize: 300 },
    student: { layers: 1, width: 8, heads: 2 },
    optimiser: { warmupSteps: 0 },
  }
  const lab = new Lab()
  const events: LabEvent[] = []
  const of = <T extends LabEvent['type']>(type: T) =>
    events.filter((event) => event.type === type) as Extract<LabEvent, { type: T }>[]

  const ended = (...states: RunState[]) =>
    new Promise<void>((resolve) => {
      lab.subscribe((event) => {
        if (event.type === 'run' && event.status.step > 0 && states.includes(event.status.state)) resolve()
      })
    })

  beforeAll(async () => {
    lab.subscribe((event) => events.push(event))
    await lab.useBackend('wasm')
    await lab.loadDemo({ seed: 1, trajectories: 3 })
    const end = ended('finished')
    await lab.train(QUICK)
    await end
    await lab.keepStudentAsTeacher('tiny')
  })

  it('tells how far it is, what it made, and trains on that with either tokenizer', async () => {
    const summary = await lab.capture({ teacher: 'tiny', k: 4 })
    expect(summary).toMatchObject({
      name: 'tiny, top 4',
      model: 'tiny',
      k: 4,
      trajectories: 3,
      bytesPerToken: 20,
    })
    expect(of('capture').at(0)!.capture).toEqual({ teacher: 'tiny', done: 0, trajectories: 3 })
    expect(of('capture').at(-1)!.capture).toBeNull()
    expect(of('captures-changed').at(-1)!.captures).toEqual([summary])
    const stored: RecipeInput = { ...QUICK, teacher: { kind: 'stored', source: summary.name } }
    for (const recipe of [{ ...stored, tokenizer: { kind: 'teacher' as const } }, stored]) {
      const { teacher } = await lab.estimate(recipe)
      expect(teacher!.report).toMatchObject({ trajectories: 3, missing: 0, aligned: teacher!.report.tokens })
      await lab.train(recipe)
      expect(() => lab.removeTrajectories()).toThrow(
        /^Removing trajectories whose log-probabilities are being learned must wait/,
      )
      expect(await refusal(lab.capture({ teacher: 'tiny', k: 4 }))).toMatch(
        /^A capture must wait: a run is active/,
      )
      await lab.stop()
    }
    const file = await lab.exportCapture(summary.name)
    await lab.removeCapture(summary.name)
    expect(await refusal(lab.estimate(stored))).toMatch(/^There is no capture "tiny, top 4"/)
    expect((await lab.importCapture('from a friend', file)).name).toBe('from a friend')
    await lab.removeCapture('from a friend')
  })

  it('can be cancelled, keeps others waiting meanwhile, and then holds nothing of it', async () => {
    await lab.loadDemo({ seed: 2, trajectories: 200 })
    const work = refusal(lab.capture({ teacher: 'tiny', k: 4 }))
    expect(await refusal(lab.train(QUICK))).toBe(
      'Another run must wait: a capture is under way, so let it end or cancel it.',
    )
    lab.cancelCapture()
    expect(await work).toBe('The capture of tiny was stopped.')
    expect(of('captures-changed').at(-1)!.captures).toEqual([])
  })

  it('refuses a teacher that is not loaded, and a k beyond its vocabulary', async () => {
    expect(await refusal(lab.capture({ teacher: 'nobody', k: 4 }))).toMatch(/teacher "nobody" is not loaded/)
    expect(await refusal(lab.capture({ teacher: 'tiny', k: 5000 }))).toMatch(/choose a k from 1 to 300\.$/)
  })

  it('counts the trajectories that brought log-probabilities, but for those left out', async () => {
    const record = (content: string) => ({
      messages: [{ role: 'user', content: 'q' }],
      choices: [
        {
          message: { role: 'assistant', content },
          logprobs: { content: [{ token: content, logprob: -0.5, top_logprobs: [] }] },
        },
      ],
    })
    await lab.loadText('a.jsonl', `${JSON.stringify(record('yes'))}\n${JSON.stringify(record('no'))}\n`)
    expect(of('library').at(-1)!.library.logprobs).toBe(2)
    const { ids } = await lab.list({ file: 'a.jsonl' })
    await lab.setExcluded([ids[0]!], true)
    expect(of('library').at(-1)!.library.logprobs).toBe(1)
  })
})
