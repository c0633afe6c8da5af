import type { Claim } from '../ports.ts'

/**
 * Takes a name for oneself among all tabs of the page; whoever closes a tab gives up what it had.
 *
 * @returns null where somebody else has it
 */
export async function claimed(name: string): Promise<Claim | null> {
  if (typeof navigator === 'undefined' || !('locks' in navigator)) return claimedHere(name)
  return new Promise((resolve, reject) => {
    let release = () => {}
    const held = new Promise<void>((free) => {
      release = free
    })
    navigator.locks
      .request(`study ${name}`, { ifAvailable: true }, async (lock) => {
        resolve(lock && { release: async () => release() })
        if (lock) await held
      })
      .catch(reject)
  })
}

const here = new Set<string>()

/** Where there are no other tabs to know of. */
function claimedHere(name: string): Claim | null {
  if (here.has(name)) return null
  here.add(name)
  return {
    release: async () => {
      here.delete(name)
    },
  }
}
