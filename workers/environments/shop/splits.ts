import { Random } from '../../random.ts'
import { SPLITS, type Split } from '../environment.ts'

/** What a split may ask for: goods of kinds that no other split asks for, and goods of kinds that training knows. */
export interface Share<T> {
  newKinds: T[]
  knownKinds: T[]
}

/** Of all kinds, and again of the goods of all other kinds. */
const TEST_SHARE = 0.2
const VALIDATION_SHARE = 0.1
const TEST_GOODS = 0.1
const VALIDATION_GOODS = 0.1

/**
 * Shares goods out, so that no good is asked for in two splits, and no kind of the new ones either. Which good goes where
 * follows from names alone, not from their order. With at least three goods no split is empty.
 */
export function splitGoods<T extends { id: string; kind: string }>(
  goods: readonly T[],
): Record<Split, Share<T>> {
  const shares: Record<Split, Share<T>> = {
    train: { newKinds: [], knownKinds: [] },
    validation: { newKinds: [], knownKinds: [] },
    test: { newKinds: [], knownKinds: [] },
  }
  const kinds = shuffled([...new Set(goods.map(({ kind }) => kind))], (kind) => `kind ${kind}`)
  const forTest = Math.floor(kinds.length * TEST_SHARE)
  const forValidation = Math.floor(kinds.length * VALIDATION_SHARE)
  const splitOfKind = new Map<string, Split>()
  for (const [i, kind] of kinds.entries()) {
    if (i < forTest) splitOfKind.set(kind, 'test')
    else if (i < forTest + forValidation) splitOfKind.set(kind, 'validation')
  }
  const known: T[] = []
  for (const good of goods) {
    const split = splitOfKind.get(good.kind)
    if (split) shares[split].newKinds.push(good)
    else known.push(good)
  }
  const atLeast = (share: number) => (known.length < 3 ? 0 : Math.max(1, Math.floor(known.length * share)))
  const ordered = shuffled(known, ({ id }) => `good ${id}`)
  shares.test.knownKinds = ordered.splice(0, atLeast(TEST_GOODS))
  shares.validation.knownKinds = ordered.splice(0, atLeast(VALIDATION_GOODS))
  shares.train.knownKinds = ordered
  return shares
}

/** Splits that hold nothing. */
export function emptySplits<T>(shares: Record<Split, Share<T>>): Split[] {
  return SPLITS.filter((split) => shares[split].newKinds.length + shares[split].knownKinds.length === 0)
}

/** A good of a split: in half of the draws of a new kind, where there are such. */
export function drawGood<T>(share: Share<T>, random: Random): T {
  const fromNew = share.knownKinds.length === 0 || random.next() < 0.5
  return random.pick(fromNew && share.newKinds.length > 0 ? share.newKinds : share.knownKinds)
}

/** In an order that looks random and follows from the labels. */
function shuffled<T>(items: readonly T[], label: (item: T) => string): T[] {
  const drawn = new Map(items.map((item) => [item, new Random(0).fork(label(item)).next()]))
  return [...items].sort((a, b) => drawn.get(a)! - drawn.get(b)! || (label(a) < label(b) ? -1 : 1))
}
