import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { evaluate } from '../../../cli/evaluate.ts'
import { writeStudentFolder } from '../../../workers/models/folder.ts'
import { type GptConfig, gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import { HOTPOT, ITEMS, PAGES, QUESTIONS } from '../acting/worldFiles.ts'
import { household } from '../household.ts'

let here: string
let out: string
let err: string

beforeAll(() => {
  here = mkdtempSync(join(tmpdir(), 'lab-evaluate-'))
  const tokenizer = trainBpe(
    household(12).map(({ text }) => text),
    400,
  )
  for (const [name, contextLength] of [
    ['student', 384],
    ['short', 96],
  ] as const) {
    const { vocabularySize } = tokenizer
    const config: GptConfig = { vocabularySize, contextLength, layers: 1, width: 16, heads: 2 }
    const parameters = initialParameters(gptParameters(config), 1)
    mkdirSync(join(here, name))
    for (const [file, content] of Object.entries(writeStudentFolder(config, parameters, tokenizer))) {
      writeFileSync(join(here, name, file), content)
    }
  }
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

describe('lab evaluate', () => {
  it('prints that the experts reach their goals, with definitions, and writes their episodes', async () => {
    for (const environment of ['household', 'wiki', 'shop']) {
      out = ''
      const name = `${environment}.jsonl`
      await evaluate([
        '--expert',
        '--environment',
        environment,
        '--episodes',
        '24',
        '--seeds',
        '2',
        '--out',
        name,
      ])
      const result = JSON.parse(out)
      expect(result).toMatchObject({ expert: true, student: null, environment, split: 'test', seeds: [1, 2] })
      expect(result.metrics.success).toEqual({ mean: 1, low: 1, high: 1, of: 48 })
      expect(result.metrics.malformedTurns.mean).toBe(0)
      expect(Object.keys(result.definitions).sort()).toEqual(
        [...Object.keys(result.metrics), 'interval'].sort(),
      )
      const { trajectories } = readTrajectories(name, readFileSync(join(here, name)))
      expect(trajectories).toHaveLength(48)
      expect(trajectories.every(({ success }) => success === true)).toBe(true)
    }
    expect(err).toContain('seed 2: episodes played')
  })

  const play = (...more: string[]) =>
    evaluate(['--student', 'student', '--environment', 'household', '--backend', 'wasm', ...more])

  it('prints how a student does, the same for the same seed and for the recorded runs of the expert', async () => {
    const some = ['--episodes', '2', '--turn-tokens', '4', '--history-episodes', '1', '--temperature', '1']
    await evaluate(['--expert', '--environment', 'household', '--episodes', '2', '--out', 'expert.jsonl'])
    const results: Record<string, object>[] = []
    for (const [file, recorded] of [
      ['one.jsonl', []],
      ['two.jsonl', ['--recorded', 'expert.jsonl']],
    ] as const) {
      out = ''
      await play(...some, '--out', file, ...recorded)
      const { seconds, ...result } = JSON.parse(out)
      expect(seconds).toBeGreaterThan(0)
      results.push(result)
    }
    const histories = results.map(({ atRecordedHistories }) => atRecordedHistories)
    expect(histories[0]).toMatchObject({
      recorded: 'expert',
      episodes: 1,
      metrics: { cotMatch: { mean: 0 } },
    })
    expect(histories[1]).toEqual({ ...histories[0], recorded: 'expert.jsonl' })
    for (const result of results) delete result.atRecordedHistories
    expect(results[1]).toEqual(results[0])
    expect(readFileSync(join(here, 'two.jsonl'), 'utf8')).toBe(readFileSync(join(here, 'one.jsonl'), 'utf8'))
    expect(results[0]).toMatchObject({
      student: 'student',
      episodes: 2,
      temperature: 1,
      metrics: { success: { mean: 0, of: 2 }, stoppedAtCap: { mean: 1 }, steps: { mean: 50 } },
      computed: { backend: 'wasm', engine: 'reference' },
    })
    expect(err).toContain('2 of 2 episodes played')
  })

  it('plays in worlds of one’s own, told by their files', async () => {
    const files = { 'dev.json': HOTPOT, 'items.json': ITEMS, 'pages.jsonl': PAGES, 'asked.jsonl': QUESTIONS }
    for (const [name, text] of Object.entries(files)) writeFileSync(join(here, name), text)
    for (const [environment, name] of [
      ['wiki', 'dev.json'],
      ['shop', 'items.json'],
    ] as const) {
      out = ''
      await evaluate(['--expert', '--world', name, '--episodes', '4', '--out', 'mine.jsonl'])
      expect(JSON.parse(out)).toMatchObject({
        ...{ environment, world: [name], episodes: 4 },
        metrics: { success: { mean: 1 }, malformedTurns: { mean: 0 } },
      })
      const { trajectories } = readTrajectories('mine.jsonl', readFileSync(join(here, 'mine.jsonl')))
      expect(trajectories.map((trajectory) => trajectory.environment)).toEqual(Array(4).fill(environment))
    }
    expect(err).toContain('Wiki (dev.json): 12 questions over 24 pages.\n')

    // Of typed questions no expert knows the way, so that a student is measured without one.
    const both = ['--world', 'pages.jsonl', '--world', 'asked.jsonl', '--environment', 'wiki']
    out = ''
    await evaluate([
      '--student',
      'student',
      ...both,
      '--episodes',
      '2',
      '--turn-tokens',
      '4',
      '--backend',
      'wasm',
    ])
    expect(JSON.parse(out)).toMatchObject({ atRecordedHistories: null, metrics: { success: { of: 2 } } })
    const refused = async (message: string | RegExp, ...args: string[]) => {
      await expect(evaluate(['--expert', ...args])).rejects.toThrow(message)
    }
    await refused(/^The file names no supporting sentence for question asked\.jsonl \d\.$/, ...both)
    await refused('Wiki (pages.jsonl) has pages and no questions', '--world', 'pages.jsonl')
    await refused(
      'dev.json holds questions or pages of a wiki',
      '--world',
      'dev.json',
      '--environment',
      'shop',
    )
    await refused(
      'No file makes a world like "household", only wiki and shop.',
      ...['--world', 'dev.json', '--environment', 'household'],
    )
    await refused(
      /\/student\/config\.json is none of the files that a world is made of/,
      '--world',
      'student',
    )
    await refused(/^gone\.json cannot be read: ENOENT/, '--world', 'gone.json')
  })

  it('fails in one sentence, and leaves no file behind', async () => {
    const before = readdirSync(here)
    const expert = (...more: string[]) => evaluate(['--expert', ...more])
    const refused = async (run: Promise<void>, message: RegExp | string) => {
      await expect(run).rejects.toThrow(message)
    }
    await refused(evaluate([]), 'Name one who is to act: --student DIR, or --expert.')
    await refused(expert('--student', 'student'), 'Name one who is to act: --student DIR, or --expert.')
    await refused(expert(), 'Name the environment: --environment household, wiki or shop, or --world FILE.')
    await refused(
      expert('--environment', 'garden'),
      'There is no environment "garden", only household, wiki and shop.',
    )
    const wiki = (...more: string[]) => expert('--environment', 'wiki', ...more)
    await refused(wiki('--split', 'dev'), '--split dev is none of train, validation, test.')
    for (const [option, value, range] of [
      ['--episodes', '0', '1 to 100000'],
      ['--episodes', '1e9', '1 to 100000'],
      ['--seeds', 'x', '1 to 1000'],
      ['--seed', '-1', '0 to 4294967295'],
      ['--turn-tokens', '', '1 to 100000'],
      ['--history-episodes', '1.5', '0 to 100000'],
    ] as const) {
      await refused(
        wiki(`${option}=${value}`),
        `${option} must be a whole number from ${range}, not "${value}".`,
      )
    }
    await refused(wiki('--temperature=-1'), '--temperature must be a number of at least 0, not "-1".')
    await refused(wiki('--backend', 'cuda'), '--backend cuda is none of automatic, webgpu, wasm, cpu.')
    await refused(wiki('--recorded', 'gone.jsonl'), /^gone\.jsonl cannot be read: ENOENT/)
    await refused(wiki('--out', 'gone/x.jsonl'), /^gone\/x\.jsonl cannot be written: ENOENT/)
    await refused(
      evaluate(['--student', 'gone', '--environment', 'wiki']),
      /^gone: config\.json is missing; a student folder holds model\.safetensors, config\.json and tokenizer\.json\.$/,
    )
    await refused(
      evaluate(['--student', 'short', '--environment', 'household', '--backend', 'wasm', '--out', 'x.jsonl']),
      /^The student reads 96 tokens at once, and the task ".*…" alone has \d+: it needs a context of at least \d+\.$/,
    )
    expect(readdirSync(here)).toEqual(before)
  })
})
