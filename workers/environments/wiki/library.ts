import MiniSearch from 'minisearch'

export interface Page {
  title: string
  /** In order, each one line without outer white space. */
  sentences: readonly string[]
}

/** Characters of a query that similar titles are sought for; no title is longer, and fuzzy search of more takes long. */
const LONGEST_QUERY = 120
/** Share of a word's letters that may differ. */
const FUZZY = 0.25
/** Titles indexed between two chances for other work, when prepared in steps. */
const CHUNK = 2000
const QUALIFIER = / \([^()]+\)$/

/**
 * Pages found by their title, as in an encyclopedia: exactly but for case, else similar titles. MiniSearch ranks those
 * (BM25+ over the words of the title, with prefixes and misspellings); its index is built when first needed.
 */
export class Library {
  private readonly byTitle = new Map<string, Page>()
  /** Pages that differ only in what stands in brackets behind the title. */
  private readonly byBareTitle = new Map<string, Page[]>()
  private index: MiniSearch<{ id: number; title: string }> | null = null

  /** @param pages of two pages with one title the first is kept */
  constructor(pages: Iterable<Page>) {
    for (const page of pages) {
      const key = fold(page.title)
      if (this.byTitle.has(key)) continue
      this.byTitle.set(key, page)
      const bare = key.replace(QUALIFIER, '')
      if (bare === key) continue
      const others = this.byBareTitle.get(bare)
      if (others) others.push(page)
      else this.byBareTitle.set(bare, [page])
    }
  }

  get size(): number {
    return this.byTitle.size
  }

  /** In the order they came. */
  get pages(): Iterable<Page> {
    return this.byTitle.values()
  }

  find(title: string): Page | undefined {
    return this.byTitle.get(fold(title))
  }

  /** Whether the title lacks only what tells several pages apart: "Creed" where there is a "Creed (band)". */
  isAmbiguous(title: string): boolean {
    return this.byBareTitle.has(fold(title))
  }

  /** At most `count` titles, the most similar first; those that lack only their brackets before all others. */
  similar(title: string, count: number): string[] {
    const query = fold(title).slice(0, LONGEST_QUERY)
    const titles = new Set((this.byBareTitle.get(fold(title)) ?? []).map((page) => page.title))
    for (const hit of this.titles().search(query)) {
      if (titles.size >= count) break
      titles.add(hit.title)
    }
    return [...titles].slice(0, count)
  }

  /** Builds the index of titles in steps, so that a worker stays able to answer; without it the first miss does it at once. */
  async prepare(): Promise<void> {
    if (this.index !== null) return
    const index = emptyIndex()
    await index.addAllAsync(this.documents(), { chunkSize: CHUNK })
    this.index ??= index
  }

  private titles(): MiniSearch {
    if (this.index === null) {
      this.index = emptyIndex()
      this.index.addAll(this.documents())
    }
    return this.index
  }

  private documents(): { id: number; title: string }[] {
    return Array.from(this.byTitle.values(), ({ title }, id) => ({ id, title }))
  }
}

function emptyIndex(): MiniSearch<{ id: number; title: string }> {
  return new MiniSearch({
    fields: ['title'],
    storeFields: ['title'],
    searchOptions: { fuzzy: FUZZY, prefix: true },
  })
}

/** What two titles have in common that differ in case, white space or the way of writing an accent. */
function fold(title: string): string {
  return title.normalize('NFC').toLowerCase().replace(/\s+/g, ' ').trim()
}
