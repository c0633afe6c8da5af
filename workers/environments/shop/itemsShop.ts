import { LabError } from '../../errors.ts'
import { Pauses } from '../../pauses.ts'
import { type ItemFile, readItems } from './items.ts'
import { goalOf } from './itemTasks.ts'
import { plainExpert } from './plainExpert.ts'
import { Search } from './search.ts'
import { Shop } from './shop.ts'
import { emptySplits, splitGoods } from './splits.ts'

/** Goods on a page of results, as WebShop has it. */
const PAGE_SIZE = 10
/** Goods indexed at once, and the longest stretch of work, in milliseconds. */
const CHUNK = 100
const BUSY_MS = 30

/** A shop of a person's own, and what was wrong with single items of it. */
export interface OpenedShop {
  shop: Shop
  /** On sale, and of them those that tasks may ask for. */
  goods: number
  wanted: number
  problems: string[]
}

/**
 * Opens a shop on WebShop's own item files. Reading a file takes as long as JSON.parse does; indexing gives other tasks
 * their turn.
 *
 * @param onProgress hears the share of goods indexed, 0 … 1
 * @throws LabError `broken-record` where there is no item, or too little to ask for
 */
export async function itemsShop(
  files: readonly ItemFile[],
  onProgress?: (share: number) => void,
): Promise<OpenedShop> {
  const { goods, instructions, problems } = readItems(files)
  const wanted = goods.filter(({ id }) => instructions.has(id))
  const names = files.map(({ name }) => name).join(', ')
  const empty = emptySplits(splitGoods(wanted))
  if (empty.length > 0) {
    throw new LabError(
      'broken-record',
      `${names}: ${wanted.length} of ${goods.length} items have an instruction, which leaves nothing for ${empty.join(', ')}; add WebShop's items_human_ins.json or items_ins_v2.json with instructions for at least three of the items.`,
    )
  }
  const search = new Search()
  const pauses = new Pauses(BUSY_MS)
  try {
    for (let i = 0; i < goods.length; i += CHUNK) {
      search.add(goods.slice(i, i + CHUNK))
      if (pauses.due) {
        onProgress?.((i + CHUNK) / goods.length)
        await pauses.take()
      }
    }
  } finally {
    pauses.close()
  }
  const shop = new Shop({
    title: `Shop (${names})`,
    store: { find: (query) => search.find(query), pageSize: PAGE_SIZE },
    wanted,
    goalOf: (good, random) => goalOf(good, instructions.get(good.id)!, random),
    expert: plainExpert,
  })
  return { shop, goods: goods.length, wanted: wanted.length, problems }
}
