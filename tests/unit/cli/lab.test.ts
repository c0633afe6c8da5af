import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync, zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { householdTrajectories } from '../../../workers/environments/household/demo.ts'
import { readSafetensors } from '../../../workers/models/safetensors.ts'
import type { RecipeInput } from '../../../workers/recipe.ts'
import { contentHash } from '../../../workers/trajectories/contentHash.ts'
import type { SpanLine } from '../../../workers/trajectories/export.ts'

const TRANSCRIPT = `Question: Which lamp is the oldest?
Thought 1: I should search for the lamp.
Action 1: Search[oldest lamp]
Observation 1: The oil lamp is the oldest.
Thought 2: That is the answer.
Action 2: Finish[oil lamp]
`

const RECIPE: RecipeInput = {
  steps: 12,
  batchRows: 2,
  evaluateEvery: 4,
  data: { contextLength: 64, heldOut: 0.25 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 300 },
  student: { layers: 1, width: 16, heads: 2 },
  optimiser: { warmupSteps: 0, schedule: 'constant', learningRate: 0.01 },
}

/** The folder in which the person stands, with their files. */
let here: string
/** The built command, inside node_modules so that it finds the packages that stay outside of it. */
let built: string

beforeAll(async () => {
  here = mkdtempSync(join(tmpdir(), 'lab-cli-'))
  built = mkdtempSync('node_modules/.lab-cli-')
  const vite = ['node_modules/vite/bin/vite.js', 'build', '--mode', 'cli', '--logLevel', 'error']
  const { code, stderr } = await run(process.execPath, [...vite, '--outDir', built])
  if (code !== 0) throw new Error(stderr)
  writeFileSync(join(here, 'lamp.txt'), TRANSCRIPT)
  writeFileSync(join(here, 'diary.txt'), 'Dear diary, nothing happened today.\n')
  const household = householdTrajectories({ seed: 4, trajectories: 6 }).map(({ name, text }) => [name, text])
  writeFileSync(join(here, 'household.json'), JSON.stringify(Object.fromEntries(household)))
  writeJson('recipe.json', RECIPE)
})

afterAll(() => {
  for (const folder of [here, built]) rmSync(folder, { recursive: true, force: true })
})

interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

function run(command: string, args: string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, INIT_CWD: here } })
    const outcome: Outcome = { code: null, stdout: '', stderr: '' }
    child.stdout.on('data', (part) => {
      outcome.stdout += part
    })
    child.stderr.on('data', (part) => {
      outcome.stderr += part
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ ...outcome, code }))
  })
}

/** The command, from the package's root as npm runs it, for a person who stands in `here`. */
const lab = (...args: string[]) => run(process.execPath, [join(built, 'lab.js'), ...args])
const train = (recipe: string, out: string, ...more: string[]) =>
  lab('train', 'household.json', '--recipe', recipe, '--out', out, '--backend', 'wasm', ...more)

function writeJson(name: string, value: unknown): string {
  writeFileSync(join(here, name), JSON.stringify(value))
  return name
}

const readText = (...path: string[]) => readFileSync(join(here, ...path), 'utf8')
const readJson = (...path: string[]) => JSON.parse(readText(...path))
const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

/** A failure: nothing on stdout, and these words as the only line on stderr. */
function expectRefused({ code, stdout, stderr }: Outcome, message: string | RegExp): void {
  expect(stdout).toBe('')
  expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(message)])
  expect(code).toBe(1)
}

/** Of a failure after the device was opened, and named, the end. */
const lastLine = (outcome: Outcome): Outcome => ({
  ...outcome,
  stderr: outcome.stderr.trimEnd().split('\n').at(-1)!,
})

describe('lab', () => {
  it('without a command, or with one that is not there, says how it is used and fails', async () => {
    const none = await lab()
    expect([none.code, none.stdout]).toEqual([2, ''])
    expect(none.stderr).toContain('npm run lab -- segment FILE...')
    const unknown = await lab('distill', 'x')
    expect([unknown.code, unknown.stdout]).toEqual([2, ''])
    expect(unknown.stderr).toMatch(/^lab: there is no command "distill"\.\nusage:/)
    // A name that every object has is no command either.
    expect((await lab('constructor')).stderr).toMatch(/^lab: there is no command "constructor"\./)
  })

  it('says how it is used when asked', async () => {
    const help = await lab('--help')
    expect(help.code).toBe(0)
    expect(help.stdout).toContain('npm run lab -- train FILE...')
  })
})

describe('lab segment', () => {
  it('prints one JSON line for each trajectory, whose span texts concatenate to it, and messages elsewhere', async () => {
    const { code, stdout, stderr } = await lab('segment', 'lamp.txt', 'household.json')
    expect(code).toBe(0)
    const lines = jsonLines(stdout)
    expect(lines).toHaveLength(7)
    expect(Object.keys(lines[0])).toEqual(['file', 'index', 'format', 'environment', 'spans', 'warnings'])
    const textOf = (line: { spans: { text: string }[] }) => line.spans.map(({ text }) => text).join('')
    expect(textOf(lines[0])).toBe(TRANSCRIPT)
    expect(lines.slice(1).map(textOf)).toEqual(Object.values(readJson('household.json')))
    expect(lines[0].spans.map(({ kind, content }: Record<string, string>) => [kind, content])).toContainEqual(
      ['act', 'Search[oldest lamp]'],
    )
    expect(stderr).toMatch(/^7 trajectories, \d+ warnings\.\n$/)
  })

  it('writes the same to a file where it is named, and reads a whole folder', async () => {
    const printed = await lab('segment', 'lamp.txt')
    const written = await lab('segment', 'lamp.txt', '--out', 'spans.jsonl')
    expect([written.code, written.stdout]).toEqual([0, ''])
    expect(readText('spans.jsonl')).toBe(printed.stdout)
    const folder = await lab('segment', '.')
    expect(folder.code).toBe(0)
    expect(jsonLines(folder.stdout).length).toBeGreaterThanOrEqual(7)
  })

  it('goes on past a file that holds nothing, and names it', async () => {
    const { code, stdout, stderr } = await lab('segment', 'diary.txt', 'lamp.txt')
    expect(code).toBe(0)
    expect(jsonLines(stdout)).toHaveLength(1)
    expect(stderr).toContain('diary.txt holds no trajectory that the lab knows; it tried ')
  })

  it('reads what archives hold, and writes tool calls in the form asked for, by option or by recipe', async () => {
    const call = { id: 'c', type: 'function', function: { name: 'find', arguments: '{"key": 1}' } }
    const messages = [
      { role: 'user', content: 'Find it.' },
      { role: 'assistant', content: 'I look.', tool_calls: [call] },
      { role: 'tool', tool_call_id: 'c', content: 'there' },
    ]
    const jsonl = new TextEncoder().encode(`${JSON.stringify({ messages })}\n`.repeat(2))
    writeFileSync(join(here, 'calls.zip'), zipSync({ 'a/calls.jsonl': jsonl }))
    writeJson('keywords.json', { reading: { toolCalls: 'keywords' } })
    const acts = (stdout: string) =>
      jsonLines(stdout).map(({ file, spans }) => [
        file,
        ...spans
          .filter(({ kind }: { kind: string }) => kind === 'act')
          .map(({ content }: { content: string }) => content),
      ])
    const plain = ['calls.zip/a/calls.jsonl', 'find({"key": 1})']
    const keywords = ['calls.zip/a/calls.jsonl', 'find(key=1)']
    expect(acts((await lab('segment', 'calls.zip')).stdout)).toEqual([plain, plain])
    const options = [
      ['--tool-calls', 'keywords'],
      ['--recipe', 'keywords.json'],
    ]
    for (const option of options) {
      expect(acts((await lab('segment', 'calls.zip', ...option)).stdout)).toEqual([keywords, keywords])
    }
    const both = await lab('segment', 'calls.zip', '--recipe', 'keywords.json', '--tool-calls', 'json')
    expect(acts(both.stdout)).toEqual([plain, plain])
    expectRefused(
      await lab('segment', 'calls.zip', '--tool-calls', 'xml'),
      /^lab segment: --tool-calls xml is none of json, keywords\.$/,
    )
    for (const name of ['calls.zip', 'keywords.json']) rmSync(join(here, name))
  })

  it('applies what was corrected by hand, wherever the same text comes from', async () => {
    const other = TRANSCRIPT.replaceAll('lamp', 'clock')
    writeFileSync(join(here, 'two.txt'), `${TRANSCRIPT}\n${other}`)
    const [first, second] = jsonLines((await lab('segment', 'two.txt')).stdout)
    const text = (line: SpanLine) => line.spans.map((span) => span.text).join('')
    writeJson('corrections.json', {
      version: 1,
      corrections: {
        [contentHash(text(first))]: { spans: [['other', text(first).length]] },
        [contentHash(text(second))]: { excluded: true },
      },
    })
    const { code, stdout, stderr } = await lab('segment', 'two.txt', '--corrections', 'corrections.json')
    expect(code).toBe(0)
    const lines = jsonLines(stdout)
    expect(lines.map((line) => line.spans.map(({ kind }: { kind: string }) => kind))).toEqual([['other']])
    expect(text(lines[0])).toBe(text(first))
    expect(stderr).toContain('1 trajectories were left out, as the corrections say.')
    for (const name of ['two.txt', 'corrections.json']) rmSync(join(here, name))
  })

  it('ends quietly when its reader has seen enough', async () => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`t${i}`, TRANSCRIPT]))
    writeJson('many.json', many)
    const command = `"${process.execPath}" "${join(built, 'lab.js')}" segment many.json | head -n 1 | wc -l`
    const { code, stdout, stderr } = await run('sh', ['-c', command])
    expect([code, stdout.trim()]).toEqual([0, '1'])
    expect(stderr).not.toMatch(/EPIPE|at .*\.js/)
    rmSync(join(here, 'many.json'))
  })

  it('fails in one line for no file, a missing file, an unknown format, an unknown option', async () => {
    expectRefused(await lab('segment'), /^lab segment: Name at least one file of trajectories\.$/)
    expectRefused(await lab('segment', 'gone.txt'), /^lab segment: gone\.txt cannot be read: ENOENT.*\.$/)
    expectRefused(
      await lab('segment', 'lamp.txt', '--format', 'morse'),
      /^lab segment: There is no format "morse"; the lab knows .*react-text.*\.$/,
    )
    expectRefused(
      await lab('segment', 'lamp.txt', '--fromat', 'x'),
      /^lab segment: Unknown option '--fromat'/,
    )
  })

  it('fails where nothing at all was found, after the reason for each file', async () => {
    const { code, stdout, stderr } = await lab('segment', 'diary.txt')
    expect([code, stdout]).toEqual([1, ''])
    const lines = stderr.trimEnd().split('\n')
    expect(lines).toEqual([
      expect.stringMatching(/^diary\.txt holds no trajectory that the lab knows; it tried /),
      'lab segment: No trajectory was found in diary.txt.',
    ])
  })
})

describe('lab pack', () => {
  it('puts a run into one file, the same bytes each time', async () => {
    const pack = (out: string) => lab('pack', 'household.json', '--recipe', 'recipe.json', '--out', out)
    const { code, stdout } = await pack('RUN.zip')
    expect(code).toBe(0)
    const bytes = readFileSync(join(here, 'RUN.zip'))
    expect(JSON.parse(stdout)).toEqual({ out: 'RUN.zip', trajectories: 6, bytes: bytes.length })
    const files = unzipSync(bytes)
    const text = (name: string) => new TextDecoder().decode(files[name])
    expect(JSON.parse(text('recipe.json'))).toMatchObject({
      steps: 12,
      objective: { divergence: 'forward-kl' },
    })
    const segmented = await lab('segment', 'household.json')
    expect(text('trajectories.jsonl')).toBe(segmented.stdout)
    expect(text('sad_scale/train.py')).toBe(readFileSync('scale/sad_scale/train.py', 'utf8'))
    await pack('again.zip')
    expect(Buffer.compare(readFileSync(join(here, 'again.zip')), bytes)).toBe(0)
    for (const name of ['RUN.zip', 'again.zip']) rmSync(join(here, name))
  })

  it('leaves out what the corrections exclude, and the teacher where that is wished', async () => {
    const [first] = jsonLines((await lab('segment', 'household.json')).stdout) as SpanLine[]
    const text = first!.spans.map((span) => span.text).join('')
    writeJson('corrections.json', { version: 1, corrections: { [contentHash(text)]: { excluded: true } } })
    expect((await train('recipe.json', 'teacher')).code).toBe(0)
    const taught = {
      ...RECIPE,
      tokenizer: { kind: 'teacher' },
      teacher: { kind: 'model', source: 'teacher' },
    }
    writeJson('taught.json', taught)
    const pack = async (...more: string[]) => {
      const named = ['--recipe', 'taught.json', '--out', 'RUN.zip', '--corrections', 'corrections.json']
      const { code, stderr } = await lab('pack', 'household.json', ...named, ...more)
      expect([code, stderr]).toEqual([0, '1 trajectories were left out, as the corrections say.\n'])
      return unzipSync(readFileSync(join(here, 'RUN.zip')))
    }
    const files = await pack()
    expect(new TextDecoder().decode(files['trajectories.jsonl']).trimEnd().split('\n')).toHaveLength(5)
    const weights = readFileSync(join(here, 'teacher/model.safetensors'))
    expect(Buffer.compare(files['teacher/model.safetensors']!, weights)).toBe(0)
    const without = await pack('--teacher-left-out')
    expect(Object.keys(without).filter((name) => name.startsWith('teacher'))).toEqual([])
    for (const name of ['RUN.zip', 'teacher', 'taught.json', 'corrections.json']) {
      rmSync(join(here, name), { recursive: true })
    }
  })

  it('fails in one line, and leaves the file that was there', async () => {
    writeFileSync(join(here, 'RUN.zip'), 'before')
    expectRefused(await lab('pack'), /^lab pack: Name at least one file of trajectories\.$/)
    expectRefused(await lab('pack', 'household.json', '--out', 'x'), /^lab pack: Name the recipe/)
    expectRefused(
      await lab('pack', 'household.json', '--recipe', 'recipe.json'),
      /^lab pack: Name the file to write/,
    )
    const broken = writeJson('broken.json', { ...RECIPE, teacher: { kind: 'model', source: 'gone' } })
    expectRefused(
      await lab('pack', 'household.json', '--recipe', broken, '--out', 'RUN.zip'),
      /^lab pack: gone: config\.json is missing/,
    )
    expectRefused(
      await lab('pack', 'household.json', '--recipe', 'recipe.json', '--out', 'no/RUN.zip'),
      /^lab pack: no\/RUN\.zip cannot be written: ENOENT/,
    )
    mkdirSync(join(here, 'folder'))
    expectRefused(
      await lab('pack', 'household.json', '--recipe', 'recipe.json', '--out', 'folder'),
      /^lab pack: folder cannot be written: EISDIR/,
    )
    rmSync(join(here, 'folder'), { recursive: true })
    expect(readText('RUN.zip')).toBe('before')
    expect(readdirSync(here).filter((name) => name.endsWith('.part'))).toEqual([])
    for (const name of ['RUN.zip', 'broken.json']) rmSync(join(here, name))
  })
})

describe('lab train', () => {
  /** Files that a finished run leaves. */
  const FILES = [
    'checkpoint.safetensors',
    'config.json',
    'generation_config.json',
    'metrics.csv',
    'metrics.jsonl',
    'model.safetensors',
    'recipe.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]
  let first: Outcome

  beforeAll(async () => {
    first = await train('recipe.json', 'out/first')
  })

  it('writes the student, its numbers, its recipe and a checkpoint, and prints how it ended', () => {
    expect([first.code, first.stderr]).toEqual([0, expect.stringContaining('Run finished at step 12.')])
    expect(readdirSync(join(here, 'out/first')).sort()).toEqual(FILES)
    const summary = JSON.parse(first.stdout)
    expect(summary).toMatchObject({ out: 'out/first', step: 12, backend: 'wasm' })
    const lines = jsonLines(readText('out/first/metrics.jsonl'))
    const trained = lines.filter(({ split }) => split === 'train')
    expect(trained.map(({ step }) => step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
    expect(lines.filter(({ split }) => split === 'held-out').map(({ step }) => step)).toEqual([0, 4, 8, 12])
    expect(summary.train).toEqual(trained.at(-1))
    expect(trained.at(-1).loss).toBeLessThan(trained[0].loss)
    const csv = readText('out/first/metrics.csv').trimEnd().split('\n')
    expect(csv).toHaveLength(1 + lines.length)
    expect(csv[0]).toMatch(/^step,split,loss,lambda\.reason/)
    expect(readJson('out/first/recipe.json')).toMatchObject({ ...RECIPE, seed: 1, version: 1 })
    expect(readJson('out/first/config.json')).toMatchObject({ model_type: 'gpt2', n_layer: 1, n_embd: 16 })
    const { eos_token_id } = readJson('out/first/generation_config.json')
    expect(readJson('out/first/config.json').eos_token_id).toBe(eos_token_id)
  })

  it('gives the same student for the same recipe', async () => {
    expect((await train('recipe.json', 'out/again')).code).toBe(0)
    for (const file of ['model.safetensors', 'checkpoint.safetensors', 'tokenizer.json', 'recipe.json']) {
      expect(
        readFileSync(join(here, 'out/again', file)).equals(readFileSync(join(here, 'out/first', file))),
      ).toBe(true)
    }
  })

  it('resumes where it stood, with the same recipe made longer', async () => {
    const before = jsonLines(readText('out/again/metrics.jsonl'))
    const recipe = writeJson('longer.json', { ...RECIPE, steps: 16 })
    const resumed = await train(recipe, 'out/again', '--resume')
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringContaining('Run finished at step 16.')])
    const lines = jsonLines(readText('out/again/metrics.jsonl'))
    expect(lines.slice(0, before.length)).toEqual(before)
    expect(lines.filter(({ split }) => split === 'train').map(({ step }) => step)).toEqual(
      Array.from({ length: 16 }, (_, i) => i + 1),
    )
    const checkpoint = readSafetensors(readFileSync(join(here, 'out/again/checkpoint.safetensors')), 'c')
    expect(checkpoint.get('step')!.data[0]).toBe(16)
    expect(readText('out/again/metrics.csv').trimEnd().split('\n')).toHaveLength(1 + lines.length)
    expect(readJson('out/again/recipe.json').steps).toBe(16)
  })

  it('resumes a finished run by doing nothing more', async () => {
    const model = readFileSync(join(here, 'out/first/model.safetensors'))
    const metrics = readText('out/first/metrics.jsonl')
    const resumed = await train('recipe.json', 'out/first', '--resume')
    expect([resumed.code, JSON.parse(resumed.stdout).step]).toEqual([0, 12])
    expect(readFileSync(join(here, 'out/first/model.safetensors')).equals(model)).toBe(true)
    expect(readText('out/first/metrics.jsonl')).toBe(metrics)
  })

  it('refuses to resume with another recipe, and where there is nothing to resume, and changes nothing', async () => {
    const other = writeJson('other.json', { ...RECIPE, seed: 2 })
    const before = FILES.map((name) => statSync(join(here, 'out/first', name)).mtimeMs)
    expectRefused(
      await train(other, 'out/first', '--resume'),
      /^lab train: The recipe differs from the one in the folder: --resume goes on with the same recipe, only steps may change\.$/,
    )
    expect(FILES.map((name) => statSync(join(here, 'out/first', name)).mtimeMs)).toEqual(before)
    expectRefused(
      await train('recipe.json', 'out/nowhere', '--resume'),
      /^lab train: There is no run to resume in out\/nowhere; leave --resume out to begin one\.$/,
    )
  })

  it('takes a student folder as teacher by its path', async () => {
    const recipe = writeJson('taught.json', {
      ...RECIPE,
      steps: 4,
      tokenizer: { kind: 'teacher' },
      teacher: { kind: 'model', source: 'out/first' },
    })
    const { code, stderr } = await train(recipe, 'out/taught')
    expect([code, stderr]).toEqual([0, expect.stringContaining('Run finished at step 4.')])
    const [line] = jsonLines(readText('out/taught/metrics.jsonl'))
    expect(line.reason.teacherEntropy).toBeGreaterThan(0)
    expect(readText('out/taught/tokenizer.json')).toBe(readText('out/first/tokenizer.json'))
    const missing = writeJson('missing.json', {
      ...RECIPE,
      tokenizer: { kind: 'teacher' },
      teacher: { kind: 'model', source: 'nobody' },
    })
    expectRefused(
      await train(missing, 'out/missing'),
      /^lab train: nobody: config\.json is missing; a student folder holds model\.safetensors, config\.json and tokenizer\.json\.$/,
    )
  })

  it('captures a teacher in a file, and trains on it by its path, whoever’s tokenizer the student has', async () => {
    const capture = (k: string, out: string, ...more: string[]) =>
      lab(
        'capture',
        'household.json',
        '--teacher',
        'out/first',
        '--k',
        k,
        '--out',
        out,
        '--backend',
        'wasm',
        ...more,
      )
    const made = await capture('4', 'first.capture')
    expect([made.code, made.stderr]).toEqual([0, expect.stringContaining('captured 6 of 6 trajectories')])
    expect(JSON.parse(made.stdout)).toMatchObject({
      out: 'first.capture',
      model: 'first',
      k: 4,
      trajectories: 6,
      bytesPerToken: 20,
    })
    expect(statSync(join(here, 'first.capture')).size).toBe(JSON.parse(made.stdout).bytes)

    const teacher = { kind: 'stored', source: 'first.capture' }
    const same = writeJson('stored.json', { ...RECIPE, steps: 4, tokenizer: { kind: 'teacher' }, teacher })
    const { code, stderr } = await train(same, 'out/stored')
    expect([code, stderr]).toEqual([0, expect.stringContaining('Run finished at step 4.')])
    expect(stderr).toContain(
      'of 6 trajectories: 100.0 % of the reason and act tokens have a target, 0.0 % that',
    )
    expect(jsonLines(readText('out/stored/metrics.jsonl'))[0].reason.teacherEntropy).toBeGreaterThan(0)
    expect(readText('out/stored/tokenizer.json')).toBe(readText('out/first/tokenizer.json'))
    const resumed = await train(
      writeJson('stored.json', { ...JSON.parse(readText('stored.json')), steps: 6 }),
      'out/stored',
      '--resume',
    )
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringContaining('Run finished at step 6.')])
    const own = writeJson('aligned.json', {
      ...RECIPE,
      steps: 4,
      tokenizer: { kind: 'train-bpe', vocabularySize: 280 },
      teacher,
    })
    expect(await train(own, 'out/aligned')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('have a target'),
    })

    expectRefused(
      await lab('train', 'lamp.txt', '--recipe', same, '--out', 'out/lamp', '--backend', 'wasm').then(
        lastLine,
      ),
      /^lab train: None of the 1 loaded trajectories is in the capture "first\.capture": /,
    )
    expectRefused(
      await capture('999', 'x.capture').then(lastLine),
      /^lab capture: 999 tokens cannot be kept .* choose a k from 1 to 300\.$/,
    )
    expect(readdirSync(here).filter((name) => name.startsWith('x.capture'))).toEqual([])
    mkdirSync(join(here, 'x.capture'))
    expectRefused(
      await capture('2', 'x.capture').then(lastLine),
      /^lab capture: x\.capture cannot be written: EISDIR/,
    )
    expect(readdirSync(here).filter((name) => name.endsWith('.part'))).toEqual([])
    rmSync(join(here, 'x.capture'), { recursive: true })
    const wrong = writeJson('wrong.json', { ...RECIPE, teacher: { kind: 'stored', source: 'lamp.txt' } })
    expectRefused(await train(wrong, 'out/wrong'), /^lab train: lamp\.txt is no capture of this lab/)
    expectRefused(
      await lab('capture', 'household.json', '--out', 'y'),
      /^lab capture: Name the teacher: --teacher DIR, a student folder\.$/,
    )
  })

  it('fails in one line for whatever is wrong with how it was called', async () => {
    expectRefused(await lab('train'), /^lab train: Name at least one file of trajectories\.$/)
    expectRefused(await lab('train', 'lamp.txt'), /^lab train: Name the recipe: --recipe recipe\.json\.$/)
    expectRefused(
      await lab('train', 'lamp.txt', '--recipe', 'recipe.json'),
      /^lab train: Name the folder to write to: --out DIR\.$/,
    )
    expectRefused(
      await lab('train', 'lamp.txt', '--recipe', 'recipe.json', '--out', 'o', '--backend', 'cuda'),
      /^lab train: --backend cuda is none of automatic, webgpu, wasm, cpu\.$/,
    )
    expectRefused(await train('gone.json', 'o'), /^lab train: gone\.json cannot be read: ENOENT/)
    expectRefused(await train('lamp.txt', 'o'), /^lab train: lamp\.txt is not valid JSON: .*\.$/)
    expectRefused(
      await train(writeJson('typo.json', { student: { layer: 2 } }), 'o'),
      /^lab train: typo\.json: student\.layer is an unknown key: remove it or correct its spelling\.$/,
    )
    expectRefused(
      await train(writeJson('negative.json', { student: { layers: -2 } }), 'o'),
      /^lab train: negative\.json: student\.layers must be at least 1 \(it is -2\)\.$/,
    )
    expect(readdirSync(here)).not.toContain('o')
    expectRefused(
      await train('recipe.json', 'lamp.txt'),
      /^lab train: lamp\.txt cannot be written to: EEXIST/,
    )
  })

  it('says that a student is too large with the number, and leaves no folder that looks trained', async () => {
    const recipe = writeJson('large.json', { ...RECIPE, student: { layers: 48, width: 4096, heads: 8 } })
    const { code, stdout, stderr } = await train(recipe, 'out/large')
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^lab train: This student of [\d,]+ parameters needs about [\d.e+]+ GiB/,
    )
    expect(readdirSync(join(here, 'out/large'))).toEqual([])
  })

  it('stopped from the keyboard keeps its student, from which it can go on', async () => {
    const recipe = writeJson('long.json', { ...RECIPE, steps: 100_000, evaluateEvery: 100_000 })
    const args = ['train', 'household.json', '--recipe', recipe, '--out', 'out/long', '--backend', 'wasm']
    const child = spawn(process.execPath, [join(built, 'lab.js'), ...args], {
      env: { ...process.env, INIT_CWD: here },
    })
    let stderr = ''
    child.stderr.on('data', (part) => {
      const begun = stderr.includes('step 10/')
      stderr += part
      if (!begun && stderr.includes('step 10/')) child.kill('SIGINT')
    })
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect([code, stderr]).toEqual([0, expect.stringMatching(/Run stopped at step \d+\./)])
    const stopped = Number(/Run stopped at step (\d+)/.exec(stderr)![1])
    expect(readdirSync(join(here, 'out/long')).sort()).toEqual(FILES)
    const checkpoint = readSafetensors(readFileSync(join(here, 'out/long/checkpoint.safetensors')), 'c')
    expect(checkpoint.get('step')!.data[0]).toBe(stopped)
    const shorter = writeJson('shorter.json', { ...RECIPE, steps: stopped + 2, evaluateEvery: 100_000 })
    const resumed = await train(shorter, 'out/long', '--resume')
    expect([resumed.code, JSON.parse(resumed.stdout).step]).toEqual([0, stopped + 2])
  })

  it('killed in the middle and resumed writes exactly the student of a run that was not', async () => {
    const recipe = writeJson('sixty.json', { ...RECIPE, steps: 60, evaluateEvery: 5 })
    expect((await train(recipe, 'out/whole')).code).toBe(0)
    const args = ['train', 'household.json', '--recipe', recipe, '--out', 'out/killed', '--backend', 'wasm']
    const child = spawn(process.execPath, [join(built, 'lab.js'), ...args], {
      env: { ...process.env, INIT_CWD: here },
    })
    child.stderr.on('data', () => {
      if (existsSync(join(here, 'out/killed/checkpoint.safetensors'))) child.kill('SIGKILL')
    })
    await new Promise((resolve) => child.on('close', resolve))
    const resumed = await train(recipe, 'out/killed', '--resume')
    expect([resumed.code, resumed.stderr]).toEqual([0, expect.stringContaining('Run finished at step 60.')])
    for (const file of ['model.safetensors', 'checkpoint.safetensors']) {
      const [killed, whole] = ['killed', 'whole'].map((run) => readFileSync(join(here, 'out', run, file)))
      expect(killed!.equals(whole!)).toBe(true)
    }
    const numbers = (run: string) =>
      jsonLines(readText('out', run, 'metrics.jsonl')).map(({ elapsedMs, tokensPerSecond, ...line }) => line)
    expect(numbers('killed')).toEqual(numbers('whole'))
  })
})
