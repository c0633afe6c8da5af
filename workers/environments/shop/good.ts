/** The vocabulary of the shop: goods as WebShop has them, and what an episode asks for. */

/** One good, with what its pages show and what WebShop's reward looks at. */
export interface Good {
  /** At most ten characters, as Amazon's are; upper case. */
  readonly id: string
  readonly title: string
  /** The department, e.g. `fashion`: WebShop's `category`. */
  readonly department: string
  /** The kind of good: the query that WebShop found it with, lower case. */
  readonly kind: string
  /** Levels from the widest to the narrowest: WebShop's `product_category`, cut at "›". */
  readonly categories: readonly string[]
  readonly description: string
  /** Bullet points, shown behind [Features]. */
  readonly features: readonly string[]
  readonly attributes: readonly string[]
  /** Values by name of the option, lower case, in the order of the page. */
  readonly options: ReadonlyMap<string, readonly string[]>
  /** What buying it costs, in dollars. */
  readonly price: number
  /** As the pages print it, e.g. `$12.99` or `$12.99 to $18.99`. */
  readonly priceTag: string
}

/** What an agent is asked to buy, as WebShop's goals have it. */
export interface Goal {
  /** The good that the goal was made of; another may earn the same reward. */
  readonly goodId: string
  readonly title: string
  readonly kind: string
  readonly categories: readonly string[]
  /** As the agent reads it, price included. */
  readonly instruction: string
  readonly attributes: readonly string[]
  /** Wanted values, in any order. */
  readonly options: readonly string[]
  /** In dollars; the price may be this or lower. */
  readonly priceLimit: number
}

/** The price limit of a goal that has none: it is not told. */
export const NO_LIMIT = 1_000_000
