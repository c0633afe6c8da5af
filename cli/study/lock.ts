import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'

/** Milliseconds between two signs of life. */
const BEAT = 30_000
/** Milliseconds without one after which a holder is taken for dead, also where it runs on another machine. */
const DEAD_AFTER = 600_000

/** Who holds a lock, as the file says. */
interface Holder {
  pid: number
  host: string
  /** Told apart from a process of the same number. */
  id: string
}

/** Locks that this process holds. */
const held = new Set<string>()

/**
 * Takes a lock that other processes respect, or takes it over from one that is dead. Its file names the process.
 *
 * @param path of the file, whose folder is there
 * @returns lets go of it; null where a living process holds it
 */
export async function takeLock(path: string): Promise<(() => Promise<void>) | null> {
  const own: Holder = { pid: process.pid, host: hostname(), id: randomUUID() }
  const content = `${JSON.stringify(own)}\n`
  if (!(await create(path, content)) && !(await takeOver(path, content))) return null
  held.add(own.id)
  const beating = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => {})
  }, BEAT)
  beating.unref()
  return async () => {
    clearInterval(beating)
    held.delete(own.id)
    // Somebody may have taken this process for dead.
    if ((await contentOf(path)) === content) await rm(path, { force: true })
  }
}

/** @returns false where it is there already */
async function create(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** One process at a time looks whether the holder is dead and puts itself in its place. */
async function takeOver(path: string, content: string): Promise<boolean> {
  if (!(await isDead(path))) return false
  const guard = `${path}.taking`
  if (!(await create(guard, content))) {
    // Of a process that died just there; the next one to ask gets through.
    if (await isDead(guard)) await rm(guard, { force: true })
    return false
  }
  try {
    // It may have been taken over meanwhile, or let go of.
    if (!(await isDead(path))) return create(path, content)
    const part = `${path}.part-${process.pid}`
    await writeFile(part, content)
    await rename(part, path)
    return true
  } finally {
    await rm(guard, { force: true })
  }
}

async function isDead(path: string): Promise<boolean> {
  const content = await contentOf(path)
  if (content === null) return false
  const seen = await stat(path).catch(() => null)
  if (seen === null) return false
  if (Date.now() - seen.mtimeMs > DEAD_AFTER) return true
  const holder = holderIn(content)
  // Not yet written, or cut short by a full disk: it has its ten minutes.
  if (holder === null || holder.host !== hostname()) return false
  if (holder.pid === process.pid) return !held.has(holder.id)
  return !isAlive(holder.pid)
}

function holderIn(content: string): Holder | null {
  try {
    return JSON.parse(content)
  } catch {
    return null
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // One of another user's is alive, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function contentOf(path: string): Promise<string | null> {
  return readFile(path, 'utf8').catch(() => null)
}
