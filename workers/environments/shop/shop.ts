import { LabError } from '../../errors.ts'
import { Random } from '../../random.ts'
import type { Environment, Episode, ExpertRun, Split } from '../environment.ts'
import { inventedGoods } from './catalogue.ts'
import { Expert } from './expert.ts'
import type { Goal, Good } from './good.ts'
import { understand } from './instruction.ts'
import { KINDS } from './kinds.ts'
import { startPage } from './pages.ts'
import { ShopPlay, type Store } from './play.ts'
import { readPage } from './readPage.ts'
import { shopScript } from './script.ts'
import { Search } from './search.ts'
import { drawGood, type Share, splitGoods } from './splits.ts'
import { drawGoal } from './tasks.ts'
import { Visit } from './visit.ts'

/** Turns of ReAct's own runs of WebShop. */
const STEP_CAP = 15
/** The invented catalogue is one and the same everywhere, so that numbers compare. */
const CATALOGUE_SEED = 2022
/** Goods on a page of the invented shop: as many as ReAct's wrapper showed of WebShop's ten. */
const PAGE_SIZE = 3

/** A shop and what may be asked for in it. */
export interface Stock {
  title: string
  store: Store
  /** Goods that tasks may ask for. */
  wanted: readonly Good[]
  goalOf(good: Good, random: Random): Goal
  /** Plays a visit to its end. @param instruction what the customer wants, to the letter */
  expert(visit: Visit, instruction: string, random: Random): ExpertRun
}

/** WebShop's text game (Yao et al. 2022, arXiv 2207.01206) over a stock; the kind of a task is the good's department. */
export class Shop implements Environment {
  readonly name = 'shop'
  readonly title: string
  readonly taskTypes: readonly string[]
  readonly stepCap = STEP_CAP
  readonly script = shopScript
  private readonly shares: Record<Split, ReadonlyMap<string, Share<Good>>>

  constructor(private readonly stock: Stock) {
    this.title = stock.title
    this.taskTypes = [...new Set(stock.wanted.map(({ department }) => department))]
    const shares = splitGoods(stock.wanted)
    const byDepartment = (split: Split) =>
      new Map(this.taskTypes.flatMap((type) => shareOf(shares[split], type)))
    this.shares = {
      train: byDepartment('train'),
      validation: byDepartment('validation'),
      test: byDepartment('test'),
    }
  }

  taskTypesIn(split: Split): readonly string[] {
    return this.taskTypes.filter((type) => this.shares[split].has(type))
  }

  /** @throws LabError `usage` where the split holds no such task, which only a small file of items can cause */
  episode(seed: number, split: Split, taskType?: string): Episode {
    const random = new Random(seed).fork(`shop ${split} ${taskType ?? 'any'}`)
    const shares = this.shares[split]
    const type = taskType ?? (shares.size > 0 ? random.pick([...shares.keys()]) : 'any')
    const share = shares.get(type)
    if (!share) {
      throw new LabError(
        'usage',
        `${this.title} has no ${type} task in its ${split} split (there are: ${[...shares.keys()].join(', ') || 'none'}).`,
      )
    }
    const goal = this.stock.goalOf(drawGood(share, random), random)
    return {
      id: `shop-${split}-${taskType ?? 'any'}-${seed >>> 0}`,
      split,
      taskType: type,
      prompt: `${startPage(goal.instruction)}\n\n`,
      start: () => new ShopPlay(this.stock.store, goal),
    }
  }

  expert(episode: Episode, random: Random): ExpertRun {
    const visit = new Visit(episode, STEP_CAP)
    return this.stock.expert(visit, instructionOf(episode.prompt), random)
  }
}

function instructionOf(prompt: string): string {
  const page = readPage(prompt)
  return page.page === 'start' ? page.instruction : ''
}

/** The goods of a department, if there are any. */
function shareOf(share: Share<Good>, department: string): [string, Share<Good>][] {
  const only = (goods: Good[]) => goods.filter((good) => good.department === department)
  const found = { newKinds: only(share.newKinds), knownKinds: only(share.knownKinds) }
  return found.newKinds.length + found.knownKinds.length > 0 ? [[department, found]] : []
}

/** The invented shop: its goods are made up and indexed, which takes about a fifth of a second. */
export function inventedShop(): Shop {
  const goods = inventedGoods(CATALOGUE_SEED)
  const search = new Search()
  search.add(goods)
  return new Shop({
    title: 'Shop',
    store: { find: (query) => search.find(query), pageSize: PAGE_SIZE },
    // In the order of the tables, so that task types are.
    wanted: KINDS.flatMap(({ name }) => goods.filter(({ kind }) => kind === name)),
    goalOf: drawGoal,
    expert: (visit, instruction, random) => {
      const wish = understand(instruction)
      if (!wish)
        throw new LabError('usage', `The expert does not understand the instruction "${instruction}".`)
      return new Expert(visit, wish, random).solve()
    },
  })
}
