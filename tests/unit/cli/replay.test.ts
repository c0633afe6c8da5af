import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { replay } from '../../../cli/replay.ts'
import { householdTrajectories } from '../../../workers/environments/household/demo.ts'

let here: string
let out: string
let err: string

beforeEach(() => {
  here = mkdtempSync(join(tmpdir(), 'lab-replay-'))
  out = ''
  err = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text
    return true
  })
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    err += text
    return true
  })
  process.exitCode = undefined
})

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
  rmSync(here, { recursive: true, force: true })
})

function write(name: string, text: string): string {
  const path = join(here, name)
  writeFileSync(path, text)
  return path
}

const texts = householdTrajectories({ seed: 6, trajectories: 12 }).map(({ name, text }) => [name, text])
const all = JSON.stringify(Object.fromEntries(texts))
const [, first] = texts[0]!
const changed = first!.replace(/\nYou pick up the .*/, '\nYou drop it.')

describe('lab replay', () => {
  it('gives a score for each file and one for all', async () => {
    await replay([write('a.json', all), write('b.txt', first!), '--environment', 'household'])
    expect(out).toMatch(
      /a\.json: 12 trajectories, (\d+) of \1 \(100\.0 %\) of the game's answers equal to the letter\n/,
    )
    expect(out).toMatch(/b\.txt: 1 trajectories/)
    expect(out).toMatch(/all files: 13 trajectories, (\d+) of \1 \(100\.0 %\)/)
    expect(out).toMatch(/predicted from what was known: \d+ of \d+/)
    expect(out).toMatch(/given by a first sight, so only their wording is tried: \d+ of \d+/)
    expect(out).toMatch(/goal reached at the end, where the world can know: 12 of 12/)
    expect(out).not.toMatch(/expected:/)
    expect(process.exitCode).toBeUndefined()
  })

  it('prints every difference with its place, and ends well all the same', async () => {
    await replay([write('b.txt', changed), '--environment', 'household'])
    expect(out).toMatch(
      /b\.txt trajectory 1 step \d+: take .* from .*\n {2}expected: You drop it\.\n {2}got: {6}You pick up the /,
    )
    expect(process.exitCode).toBeUndefined()
  })

  it('gives the same as JSON', async () => {
    await replay([write('b.txt', changed), '--environment', 'household', '--json'])
    const report = JSON.parse(out)
    expect(report).toMatchObject({ environment: 'household', total: { trajectories: 1, different: 1 } })
    expect(report.files[0].differences).toMatchObject([{ trajectory: 1, expected: 'You drop it.' }])
  })

  it('goes on behind a file that cannot be read, and ends with status 1', async () => {
    const diary = write('diary.txt', 'Nothing happened today.\n')
    const missing = join(here, 'missing.txt')
    await replay([diary, missing, write('b.txt', first!), '--environment', 'household'])
    expect(err).toMatch(/missing\.txt cannot be read/)
    expect(err).toMatch(/No trajectory was found in .*diary\.txt/)
    expect(out).toMatch(/b\.txt: 1 trajectories/)
    expect(process.exitCode).toBe(1)
  })

  it('says so where a trajectory does not tell its room', async () => {
    const text = 'Your task is to: put a mug in shelf.\n> go to shelf 1\nOn the shelf 1, you see nothing.\n'
    await replay([write('c.txt', text), '--environment', 'household'])
    expect(out).toMatch(/trajectories that do not tell their room: 1/)
  })

  it('refuses other worlds, no world and no file', async () => {
    await expect(replay(['x', '--environment', 'shop'])).rejects.toThrow(/shop cannot be replayed/)
    await expect(replay(['x'])).rejects.toThrow(/--environment/)
    await expect(replay(['--environment', 'household'])).rejects.toThrow(/at least one file/)
  })
})
