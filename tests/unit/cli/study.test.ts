import { spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { meant } from '../../../cli/study/patterns.ts'
import { study } from '../../../cli/study.ts'
import { messageOf } from '../../../workers/errors.ts'
import { writeStudentFolder } from '../../../workers/models/folder.ts'
import type { CellResult } from '../../../workers/study/result.ts'
import type { StudyInput } from '../../../workers/study/study.ts'
import { tokenizerFromJSON } from '../../../workers/tokenizer/json.ts'
import { tinyTeacher } from '../study/places.ts'

// Processes are started, and on a busy machine each takes its time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const SAD = 'household-few-small-sad-seed1'
const IMITATION = 'household-few-small-imitation-seed1'

let here: string
let out: string
let err: string

/** One arm of the shipped one, its teacher in a folder, for students that only write until they must stop. */
function oneArm(change: Partial<StudyInput> = {}): StudyInput {
  const tiny: StudyInput = JSON.parse(readFileSync('studies/tiny.json', 'utf8'))
  return {
    ...tiny,
    worlds: [{ environment: 'household', teacher: 'teacher' }],
    arms: { sad: {}, imitation: { recipe: { objective: { arm: 'imitation' } } } },
    testing: { ...tiny.testing, episodes: 2, historyEpisodes: 1, turnTokens: 2 },
    ...change,
  }
}

function writeStudy(name: string, change: Partial<StudyInput> = {}) {
  writeFileSync(join(here, name), JSON.stringify(oneArm(change)))
}

const result = (folder: string, id: string): CellResult =>
  JSON.parse(readFileSync(join(here, folder, 'cells', id, 'result.json'), 'utf8'))

/** Everything below a folder that nobody should find there when all is over. */
const litter = (folder: string) =>
  readdirSync(join(here, folder), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(^|\/)(lock|lock\.taking|work|run-.*)$|\.part/.test(name),
  )

beforeAll(async () => {
  here = mkdtempSync(join(tmpdir(), 'lab-study-'))
  const { config, parameters, tokenizer } = tinyTeacher(3)
  const files = writeStudentFolder(config, parameters, tokenizerFromJSON(tokenizer, 'tokenizer.json'))
  mkdirSync(join(here, 'teacher'))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(here, 'teacher', name), content)
  writeStudy('study.json')
})

afterAll(() => rmSync(here, { recursive: true, force: true }))

beforeEach(() => {
  out = ''
  err = ''
  vi.stubEnv('INIT_CWD', here)
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text
    return true
  })
})

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const lab = (name: string, folder: string, ...more: string[]) =>
  study([name, '--out', folder, '--backend', 'wasm', ...more])

const refused = async (...args: string[]) => study(args).then(() => expect.unreachable(), messageOf)

describe('lab study', () => {
  it('does the cells that are asked for, tells of each, and writes the tables of what is there', async () => {
    await lab('study.json', 'one', '--only', 'sad-seed1', '--keep-students')
    expect(JSON.parse(out)).toMatchObject({ out: 'one', cells: 4, done: 1 })
    expect(JSON.parse(out).files).toEqual(expect.arrayContaining(['results.md', 'results.json', 'cells.csv']))
    expect(err).toContain(`${SAD}: 0 of 2 episodes reached their goal; trained in`)
    expect(result('one', SAD)).toMatchObject({
      trainedBy: { program: 'lab', backend: 'wasm' },
      recipe: { teacher: { source: 'teacher' } },
    })
    expect(readdirSync(join(here, 'one', 'cells', SAD)).sort()).toEqual([
      'metrics.jsonl',
      'result.json',
      'student',
    ])
    expect(existsSync(join(here, 'one', 'cells', SAD, 'student', 'model.safetensors'))).toBe(true)
    expect(readFileSync(join(here, 'one', 'results.md'), 'utf8')).toContain('sad')
    expect(JSON.parse(readFileSync(join(here, 'one', 'study.json'), 'utf8'))).toMatchObject({ name: 'tiny' })
    expect(litter('one')).toEqual([])
  })

  it('does none of them again, whoever did it, and takes one over from a process that has died', async () => {
    const before = statSync(join(here, 'one', 'cells', SAD, 'result.json')).mtimeMs
    const { pid } = spawnSync(process.execPath, ['-e', '0'])
    mkdirSync(join(here, 'one', 'cells', IMITATION))
    writeFileSync(
      join(here, 'one', 'cells', IMITATION, 'lock'),
      JSON.stringify({ pid, host: hostname(), id: 'dead' }),
    )
    await lab('study.json', 'one', '--only', '*-seed1')
    expect(JSON.parse(out)).toMatchObject({ cells: 4, done: 2 })
    expect(err).not.toContain(`${SAD}:`)
    expect(statSync(join(here, 'one', 'cells', SAD, 'result.json')).mtimeMs).toBe(before)
    expect(litter('one')).toEqual([])
  })

  it('trains with PyTorch to the same numbers, and says so', async () => {
    cpSync(join(here, 'one', 'worlds'), join(here, 'two', 'worlds'), { recursive: true })
    await lab('study.json', 'two', '--only', SAD, '--trainer', 'scale')
    const [byLab, byScale] = [result('one', SAD), result('two', SAD)]
    expect(byScale.trainedBy).toMatchObject({
      program: 'scale',
      backend: 'cpu',
      engine: expect.stringContaining('PyTorch'),
    })
    expect(byScale.fingerprint).toBe(byLab.fingerprint)
    expect(byScale.trainTokens).toBe(byLab.trainTokens)
    expect(byScale.curve).toHaveLength(byLab.curve.length)
    for (const [i, { step, loss }] of byLab.curve.entries()) {
      expect(byScale.curve[i]!.step).toBe(step)
      expect(Math.abs(byScale.curve[i]!.loss - loss)).toBeLessThan(1e-4 * Math.max(loss, 0.01))
    }
    expect(litter('two')).toEqual([])
    // What was done on two machines goes together.
    cpSync(join(here, 'one', 'cells', IMITATION), join(here, 'two', 'cells', IMITATION), { recursive: true })
    out = ''
    await lab('study.json', 'two', '--report-only')
    expect(JSON.parse(out)).toMatchObject({ done: 2 })
  })

  it('tells in one sentence what is wrong', async () => {
    expect(await refused('study.json')).toBe('Name the folder to work in: --out DIR.')
    expect(await refused('--out', 'one')).toBe('Name one study: studies/paper.json.')
    const one = ['study.json', '--out', 'one']
    expect(await refused(...one, '--trainer', 'abacus')).toBe('--trainer abacus is none of lab, scale.')
    expect(await refused(...one, '--jobs', '0')).toContain('--jobs must be a whole number from 1 to 64')
    expect(await refused(...one, '--only', 'nothing')).toBe('No cell of study.json fits --only nothing.')
    writeFileSync(join(here, 'broken.json'), '{')
    expect(await refused('broken.json', '--out', 'one')).toContain('broken.json is not valid JSON')
    writeStudy('other.json', { seeds: [] })
    expect(await refused('other.json', '--out', 'one')).toContain('other.json: seeds must be at least 1')
    writeStudy('changed.json', { recipe: { ...oneArm().recipe, batchRows: 3 } })
    expect(await refused('changed.json', '--out', 'one', '--backend', 'wasm')).toContain(
      `cells/${SAD}/result.json is of another study, as its recipe was another (batchRows was 2 and is 3)`,
    )
    // Nothing of the folder was changed by it.
    expect(readFileSync(join(here, 'one', 'study.json'), 'utf8')).toContain('"batchRows": 2')
    writeStudy('nobody.json', { worlds: [{ environment: 'household', teacher: 'built-in:nobody' }] })
    expect(await refused('nobody.json', '--out', 'none')).toContain('no built-in teacher "nobody"')
    writeStudy('nowhere.json', { worlds: [{ environment: 'household', teacher: 'nowhere' }] })
    expect(await refused('nowhere.json', '--out', 'none')).toContain('nowhere: config.json is missing')
  })

  it('refuses results that cannot stand beside each other', async () => {
    cpSync(join(here, 'one'), join(here, 'mixed'), { recursive: true })
    const other = result('mixed', IMITATION)
    other.fingerprint = other.fingerprint.replace(/trajectories:\w+/, 'trajectories:0000')
    writeFileSync(join(here, 'mixed', 'cells', IMITATION, 'result.json'), JSON.stringify(other))
    expect(await refused('study.json', '--out', 'mixed', '--report-only')).toContain(
      'are of different studies: they learnt from different trajectories',
    )
  })
})

describe('a pattern', () => {
  it('is a part of an id, or with wildcards all of it', () => {
    const fits = (...patterns: string[]) => meant(patterns)({ id: SAD })
    expect(fits()).toBe(true)
    expect(fits('small-sad')).toBe(true)
    expect(fits('wiki')).toBe(false)
    expect(fits('wiki', 'seed1')).toBe(true)
    expect(fits('household-*-sad-seed?')).toBe(true)
    expect(fits('*sad')).toBe(false)
    expect(fits('household.*')).toBe(false)
  })
})

describe('lab study as a command', () => {
  let built: string
  beforeAll(() => {
    built = mkdtempSync('node_modules/.lab-study-')
    const vite = ['node_modules/vite/bin/vite.js', 'build', '--mode', 'cli', '--logLevel', 'error']
    const { status, stderr } = spawnSync(process.execPath, [...vite, '--outDir', built], { encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
  })
  afterAll(() => rmSync(built, { recursive: true, force: true }))

  /** @param ends whether it is to be ended, by what it has said */
  function command(ends: (said: string) => boolean, ...args: string[]) {
    const child = spawn(process.execPath, [join(built, 'lab.js'), 'study', 'study.json', ...args], {
      env: { ...process.env, INIT_CWD: here },
    })
    let said = ''
    let asked = false
    child.stdout.resume()
    child.stderr.on('data', (text) => {
      said += text
      if (!asked && ends(said)) {
        asked = true
        child.kill('SIGINT')
      }
    })
    return new Promise<{ code: number | null; said: string }>((resolve) =>
      child.on('close', (code) => resolve({ code, said })),
    )
  }

  it('shares the cells with others, is ended by Ctrl-C, and goes on', async () => {
    cpSync(join(here, 'one', 'worlds'), join(here, 'three', 'worlds'), { recursive: true })
    const options = ['--out', 'three', '--backend', 'wasm', '--jobs', '2']
    const ended = await command((said) => said.includes('reached their goal'), ...options)
    expect(ended.code).toBe(1)
    expect(ended.said).toContain('lab study: It was interrupted; what is done stays')
    const cells = () =>
      readdirSync(join(here, 'three'), { recursive: true, encoding: 'utf8' }).filter((name) =>
        name.endsWith('result.json'),
      )
    const done = cells().length
    expect(done).toBeGreaterThan(0)
    expect(done).toBeLessThan(4)
    expect(litter('three')).toEqual([])
    const { code, said } = await command(() => false, ...options)
    expect(code).toBe(0)
    expect(cells()).toHaveLength(4)
    expect(said.match(/reached their goal/g)).toHaveLength(4 - done)
    expect(existsSync(join(here, 'three', 'results.md'))).toBe(true)
    expect(litter('three')).toEqual([])
  })
})
