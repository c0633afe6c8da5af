import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { takeLock } from '../../../cli/study/lock.ts'

let folder: string
let path: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-lock-'))
  path = join(folder, 'lock')
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A process that has been, and is no more. */
const deadPid = () => spawnSync(process.execPath, ['-e', '0']).pid

const holds = (holder: object | string) =>
  writeFileSync(path, typeof holder === 'string' ? holder : JSON.stringify({ id: 'other', ...holder }))

const old = () => utimesSync(path, new Date(), new Date(Date.now() - 3_600_000))

describe('a lock', () => {
  it('is had by one at a time, and leaves nothing when it is let go of', async () => {
    const release = (await takeLock(path))!
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() })
    expect(await takeLock(path)).toBeNull()
    await release()
    expect(existsSync(path)).toBe(false)
    const again = await takeLock(path)
    expect(again).not.toBeNull()
    await again!()
  })

  it('is taken over from a process that is dead, also by one of the same number', async () => {
    for (const pid of [deadPid(), process.pid]) {
      holds({ pid, host: hostname() })
      const release = await takeLock(path)
      expect(release).not.toBeNull()
      await release!()
    }
    expect(readdirSync(folder)).toEqual([])
  })

  it('is taken over by one of several who ask at once', async () => {
    holds({ pid: deadPid(), host: hostname() })
    const releases = await Promise.all(Array.from({ length: 8 }, () => takeLock(path)))
    expect(releases.filter((release) => release !== null)).toHaveLength(1)
    for (const release of releases) await release?.()
    expect(readdirSync(folder)).toEqual([])
  })

  it('is left to a living process, to another machine and to what cannot be read, for ten minutes', async () => {
    for (const holder of [{ pid: process.ppid, host: hostname() }, { pid: 1, host: 'elsewhere' }, '{"pi']) {
      holds(holder)
      expect(await takeLock(path)).toBeNull()
      old()
      const release = await takeLock(path)
      expect(release).not.toBeNull()
      await release!()
    }
  })

  it('is not taken away from who has taken it over', async () => {
    const first = (await takeLock(path))!
    old()
    const second = (await takeLock(path))!
    await first()
    expect(existsSync(path)).toBe(true)
    await second()
    expect(existsSync(path)).toBe(false)
  })
})
