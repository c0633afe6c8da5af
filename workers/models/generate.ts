import type { Sampling } from '../kernels/operations.ts'
import { Random } from '../random.ts'
import type { GptConfig } from './parameters.ts'
import type { TextCache, TextModel, TextPass } from './textModel.ts'

export interface GenerationOptions extends Sampling {
  maxTokens: number
  seed: number
  /** Ends the text; it is not returned. */
  endOfTextId: number
}

export interface WritingOptions extends Omit<GenerationOptions, 'seed'> {
  /** A generator for each text, so that none depends on its neighbours. */
  random: (text: number) => Random
  /** Tokens of each text at most, where they differ; `maxTokens` holds as well. */
  room?: readonly number[]
  /** Hears a text's tokens so far whenever it has grown, unless by its end-of-text; returning true ends it. */
  done?: (text: number, written: readonly number[]) => boolean
  /**
   * What a text that has ended goes on from, as a prompt of at least one id: then it is written to anew, up to its room
   * again. As far as it begins like what the text was, it is not read again. Null, as left out, when that is all.
   */
  next?: (text: number, written: readonly number[]) => ArrayLike<number> | null
  /** Asked before every token; returning false ends all. */
  goesOn?: () => Promise<boolean>
}

/** Lengths that are read at once are padded to a multiple of this, so that buffers are of few sizes. */
const LENGTH_MULTIPLE = 32
/** Texts side by side at most, … */
const MOST_TEXTS = 256
/** … and values in the keys of one layer, which are bound as one array, and in those of all with their values. */
const MOST_LAYER_ELEMENTS = 1 << 25
const MOST_CACHE_ELEMENTS = 1 << 28
/** Elements in the widest array of a forward pass at most; where there is more to read it takes several passes. */
const MOST_PASS_ELEMENTS = 1 << 24
/** Texts that have more than their last token to read wait for each other until they are this share of all. */
const READING_SHARE = 1 / 4

/**
 * Continues a prompt token by token; see `writeAll`.
 *
 * @param onToken hears each new id; returning false ends the text
 */
export async function generate(
  model: TextModel,
  prompt: ArrayLike<number>,
  { seed, ...options }: GenerationOptions,
  onToken: (id: number) => boolean,
): Promise<void> {
  await writeAll(model, [prompt], {
    ...options,
    random: () => new Random(seed),
    done: (_, written) => !onToken(written.at(-1)!),
  })
}

/**
 * The first token that is read of a text of `length` tokens. What the model reads, its window, is the whole text until
 * that is longer than its context; then it moves on by a quarter of the context at a time, whenever it must, and its
 * tokens count their positions from its own beginning. It depends on the length alone, so that a text goes on in the same
 * way wherever its prompt ended.
 */
export function windowStart(length: number, contextLength: number): number {
  const stride = Math.ceil(contextLength / 4)
  return Math.ceil(Math.max(0, length - contextLength) / stride) * stride
}

/** A text that is being written. */
interface Text {
  readonly index: number
  ids: number[]
  written: number[]
  readonly random: Random
  readonly room: number
  /** Its row of the cache. */
  place: number
  /** The beginning of its window, and how many tokens from there are in the cache. */
  start: number
  read: number
}

/**
 * Continues several prompts side by side, a token of each at a time. Every text is read once and its keys and values
 * kept; after that a token costs no more than itself. Tokens are drawn on the device and those of all texts come back in
 * one transfer. A text that has ended makes room for one that waits.
 *
 * @param prompts ids, at least one each
 * @returns what was written to each, its end-of-text included (with `next`: what was written last); null when it was told
 *   not to go on
 * @throws RangeError for a manner of drawing that is none
 */
export async function writeAll(
  model: TextModel,
  prompts: readonly ArrayLike<number>[],
  options: WritingOptions,
): Promise<number[][] | null> {
  checkSampling(options)
  const texts = prompts.map(
    (prompt, index): Text => ({
      index,
      ids: Array.from(prompt),
      written: [],
      random: options.random(index),
      room: Math.min(options.maxTokens, options.room?.[index] ?? options.maxTokens),
      place: 0,
      start: 0,
      read: 0,
    }),
  )
  const waiting = texts.filter(({ room }) => room > 0)
  if (waiting.length === 0) return texts.map(({ written }) => written)

  const { config } = model
  const { capacity, rows } = cacheSize(config, waiting, options.next !== undefined)
  const cache = model.open(rows, capacity)
  const places = Array.from({ length: rows }, (_, row) => rows - 1 - row)
  try {
    for (let open: Text[] = []; waiting.length > 0 || open.length > 0; ) {
      while (waiting.length > 0 && open.length < rows) {
        const text = waiting.shift()!
        text.place = places.pop()!
        open.push(text)
      }
      if (options.goesOn && !(await options.goesOn())) return null
      for (const text of open) moveWindow(text, config)
      const ready = readyTexts(open)
      const next = await nextTokens(config, cache, capacity, ready, places, options)
      open = open.filter((text) => {
        const id = next.get(text)
        if (id === undefined) return true
        text.ids.push(id)
        text.written.push(id)
        const hasEnded = id === options.endOfTextId || options.done?.(text.index, text.written)
        if (!hasEnded && text.written.length < text.room) return true
        const more = options.next?.(text.index, text.written)
        if (more) {
          goOn(text, Array.from(more))
          return true
        }
        places.push(text.place)
        return false
      })
    }
  } finally {
    cache.dispose()
  }
  return texts.map(({ written }) => written)
}

function checkSampling({ temperature, topK = 0, topP = 1 }: Sampling): void {
  if (!(temperature >= 0)) throw new RangeError(`The temperature must be 0 or more, not ${temperature}.`)
  if (!Number.isInteger(topK) || topK < 0) {
    throw new RangeError(`Top-k must be a whole number, 0 for all tokens, not ${topK}.`)
  }
  if (!(topP > 0 && topP <= 1)) throw new RangeError(`Top-p must be above 0 and at most 1, not ${topP}.`)
}

/** Positions that the longest text needs, and how many texts are written side by side. */
function cacheSize(
  config: GptConfig,
  texts: readonly Text[],
  goOn: boolean,
): { capacity: number; rows: number } {
  const { contextLength, width, layers } = config
  // What is written last is never read.
  const longest = texts.reduce((most, { ids, room }) => Math.max(most, ids.length + room - 1), 1)
  // Nobody knows how long texts become that go on.
  const capacity = goOn ? contextLength : Math.min(contextLength, padded(longest))
  const rows = Math.min(
    texts.length,
    MOST_TEXTS,
    Math.max(1, Math.floor(MOST_LAYER_ELEMENTS / (capacity * width))),
    Math.max(1, Math.floor(MOST_CACHE_ELEMENTS / (2 * layers * capacity * width))),
  )
  return { capacity, rows }
}

function padded(length: number): number {
  return Math.ceil(length / LENGTH_MULTIPLE) * LENGTH_MULTIPLE
}

/** Lets a text that has ended be written to anew. @param ids all of it */
function goOn(text: Text, ids: number[]): void {
  let same = text.start
  const known = text.start + text.read
  while (same < known && ids[same] === text.ids[same]) same++
  // Its last token is read in any case: what comes after it is drawn from there.
  text.read = Math.max(0, Math.min(same, ids.length - 1) - text.start)
  text.ids = ids
  text.written = []
}

/** Where the window of a text has moved, all in it is to be read. */
function moveWindow(text: Text, { contextLength }: GptConfig): void {
  const start = windowStart(text.ids.length, contextLength)
  if (start !== text.start) Object.assign(text, { start, read: 0 })
}

/** Texts whose next token is drawn now: those with one token to read alone, until enough others have come together. */
function readyTexts(open: Text[]): Text[] {
  const writing = open.filter((text) => unread(text) === 1)
  const reading = open.length - writing.length
  return reading >= READING_SHARE * open.length ? open : writing
}

/**
 * The token after each of the texts; what of them is not yet in the cache is there afterwards.
 *
 * @param free rows of the cache that are nobody's
 */
async function nextTokens(
  config: GptConfig,
  cache: TextCache,
  capacity: number,
  texts: readonly Text[],
  free: readonly number[],
  sampling: Sampling,
): Promise<Map<Text, number>> {
  const passes = passesOver(texts, config, capacity)
  const drawn = await cache.draw(
    passes.map((pass) => placedPass(pass, free, sampling)),
    sampling,
  )
  const next = new Map<Text, number>()
  for (const [i, ids] of drawn.entries()) {
    for (const [row, text] of passes[i]!.texts.entries()) next.set(text, ids[row]!)
  }
  return next
}

/** Texts that are read at once, and how many tokens of each at most. */
interface Pass {
  texts: Text[]
  length: number
}

/** Texts of which one token is new are kept apart from those that are read at length. */
function passesOver(texts: readonly Text[], config: GptConfig, capacity: number): Pass[] {
  const { width, vocabularySize } = config
  const passes: Pass[] = []
  const ordered = texts.toSorted((a, b) => unread(b) - unread(a))
  for (const text of ordered) {
    const last = passes.at(-1)
    const length = unread(text) === 1 ? 1 : Math.min(capacity - text.read, padded(unread(text)))
    const fits =
      last &&
      text.read + last.length <= capacity &&
      (last.texts.length + 1) * Math.max(4 * width * last.length, vocabularySize) <= MOST_PASS_ELEMENTS
    if (fits && (length === 1) === (last.length === 1)) last.texts.push(text)
    else passes.push({ texts: [text], length })
  }
  return passes
}

function unread({ ids, start, read }: Text): number {
  return ids.length - start - read
}

/** A power of two, or one and a half of one, that is no less. */
function roundCount(count: number): number {
  const power = 2 ** Math.ceil(Math.log2(count))
  return count <= 0.75 * power ? 0.75 * power : power
}

/** What a pass reads, whose texts have read it then. */
function placedPass({ texts, length }: Pass, free: readonly number[], sampling: Sampling): TextPass {
  // When texts end one after the other, their rows go on with nothing in them, so that buffers are of few sizes.
  const empty = length > 1 ? [] : free.slice(0, roundCount(texts.length) - texts.length)
  const count = texts.length + empty.length
  const ids = new Int32Array(count * length)
  const lasts = Int32Array.from({ length: count }, (_, row) => row * length)
  const lengths = new Int32Array(count)
  const places = Int32Array.from([...texts.map(({ place }) => place), ...empty])
  const draws = new Float32Array(count)
  for (const [row, text] of texts.entries()) {
    // What stands behind the last token is not seen by it, attention being causal.
    ids.set(text.ids.slice(text.start + text.read), row * length)
    lasts[row]! += unread(text) - 1
    lengths[row] = text.read
    if (sampling.temperature > 0) draws[row] = draw(text.random)
    text.read += unread(text)
  }
  return { length, ids, lasts, lengths, places, draws }
}

/** As many bits as float32 holds, lest it be rounded to 1. */
function draw(random: Random): number {
  return Math.floor(random.next() * 2 ** 24) / 2 ** 24
}
