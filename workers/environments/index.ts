import { LabError } from '../errors.ts'
import type { Environment } from './environment.ts'

/** What each built-in world is programmed by, apart from the rest: the shop brings a tagger of two megabytes. */
export const WORLD_PROGRAMS = {
  household: () => import('./household/environment.ts'),
  wiki: () => import('./wiki/wiki.ts'),
  shop: () => import('./shop/shop.ts'),
}

/** The built-in worlds by name. Each is made when it is asked for: the wiki invents its encyclopedia, the shop its goods. */
const WORLDS = {
  household: async () => (await WORLD_PROGRAMS.household()).household,
  wiki: async () => (await WORLD_PROGRAMS.wiki()).createWiki(),
  shop: async () => (await WORLD_PROGRAMS.shop()).inventedShop(),
} satisfies Record<string, () => Promise<Environment>>

export const ENVIRONMENT_NAMES = Object.keys(WORLDS) as (keyof typeof WORLDS)[]

const loaded = new Map<string, Promise<Environment>>()

/** A world, made once. @throws LabError `usage` for a name that no world has */
export async function environmentNamed(name: string): Promise<Environment> {
  const known = ENVIRONMENT_NAMES.find((one) => one === name)
  if (known === undefined) {
    throw new LabError(
      'usage',
      `There is no environment "${name}", only ${ENVIRONMENT_NAMES.slice(0, -1).join(', ')} and ${ENVIRONMENT_NAMES.at(-1)}.`,
    )
  }
  let world = loaded.get(known)
  if (world === undefined) {
    world = WORLDS[known]()
    loaded.set(known, world)
    // What could not be loaded may be asked for again.
    world.catch(() => loaded.delete(known))
  }
  return world
}
