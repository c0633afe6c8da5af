/**
 * Invented names. All are put together from a few dozen syllables, so that a small byte-pair vocabulary spells each in
 * two to four tokens and names that no training text holds are made of pieces that it does.
 */
import type { Random } from '../../../random.ts'
import { normaliseAnswer } from '../scoring.ts'
import type { Kind } from './relation.ts'

const ONSETS = (
  'Bal Bren Calv Corv Darn Del Dov El Fal Fend Garv Gol Halv Hes Ib Ister Jor Kal Kes Larn Lom Marv Mev Nal Nor ' +
  'Ol Or Pel Quor Ral Ros Sal Sev Tal Tes Tor Ul Und Val Ves Wen Wol Yar Yel Zan Zel'
).split(' ')
const MIDDLES = ['a', 'e', 'i', 'o', 'an', 'en', 'in', 'or', 'al', 'us']
const TOWN_ENDS = ['bury', 'wick', 'low', 'mere', 'stead', 'holm', 'gate', 'den', 'combe', 'ness']
const RIVER_ENDS = ['rel', 'ven', 'tis', 'ra', 'mun', 'lo']
const COUNTRY_ENDS = ['dria', 'mark', 'stova', 'via', 'onia']
const FIRST_ENDS = ['a', 'o', 'in', 'el', 'is', 'en', 'ara', 'ric', 'ima', 'on']
const LAST_ENDS = ['sen', 'ard', 'ick', 'ow', 'man', 'ell', 'ter', 'ane', 'ock', 'ley', 'ost', 'ura']
const SCHOOL_ENDS = ['ton', 'ford']
const UNIVERSITIES = ['University', 'College', 'Academy']
const COMPANIES = ['Works', 'Brothers', 'House', 'Trading']
const BANDS = ['Quartet', 'Trio', 'Singers', 'Orchestra']
const CLUBS = ['Rovers', 'Wanderers', 'Albion', 'United', 'Harriers']
const CREATURES = ['moth', 'finch', 'newt', 'beetle', 'wren', 'toad', 'bat', 'heron']
const ADJECTIVES = (
  'Amber Ashen Borrowed Brass Broken Copper Crooked Distant Double Empty Folded Frozen Gentle Hidden Hollow ' +
  'Idle Iron Late Linen Little Marble Paper Patient Quiet Salted Scarlet Seventh Silent Silver Sleeping Slow ' +
  'Tall Velvet Wandering Wooden Yellow'
).split(' ')
const NOUNS = (
  'Almanac Anchor Apron Balcony Barge Bell Candle Carriage Chimney Clock Compass Cradle Ferry Fiddle Garden ' +
  'Glove Hammer Harbour Kettle Ladder Lantern Ledger Lighthouse Meadow Mill Mirror Needle Orchard Oven Parade ' +
  'Pigeon Postman Quarry Ribbon Saddle Shepherd Staircase Tailor Thimble Tower Umbrella Valley Violin Weaver ' +
  'Window Winter'
).split(' ')
const PATTERNS = ['The {A} {N}', '{A} {N}', 'The {N} and the {M}', '{N} and {M}']

/** Tries for one name; a pool that is nearly used up would need more. */
const TRIES = 2000

/** Hands out names of which no two are the same to HotpotQA's scoring. */
export class Names {
  private readonly taken = new Set<string>()
  private readonly makers: Record<Kind, () => string>

  /** @param avoided names that are not handed out */
  constructor(
    private readonly random: Random,
    avoided: Iterable<string> = [],
  ) {
    for (const name of avoided) this.taken.add(normaliseAnswer(name))
    const core = (ends: readonly string[]) => () => this.core(ends)
    this.makers = {
      country: core(COUNTRY_ENDS),
      river: core(RIVER_ENDS),
      town: core(TOWN_ENDS),
      person: () => `${this.short(FIRST_ENDS)} ${this.short(LAST_ENDS)}`,
      university: () => `${this.core(SCHOOL_ENDS)} ${random.pick(UNIVERSITIES)}`,
      company: () => `${this.short(LAST_ENDS)} ${random.pick(COMPANIES)}`,
      band: () => `${this.short(FIRST_ENDS)} ${random.pick(BANDS)}`,
      species: () => `${this.core(RIVER_ENDS)} ${random.pick(CREATURES)}`,
      club: () => `${this.short(FIRST_ENDS)} ${random.pick(CLUBS)}`,
      book: () => this.work(),
      film: () => this.work(),
      painting: () => this.work(),
    }
  }

  /** A name for an entry of that kind that no other entry has. */
  next(kind: Kind): string {
    for (let tries = 0; tries < TRIES; tries++) {
      const name = this.makers[kind]()
      const key = normaliseAnswer(name)
      if (this.taken.has(key)) continue
      this.taken.add(key)
      return name
    }
    throw new Error(`The names for a ${kind} are used up.`)
  }

  private short(ends: readonly string[]): string {
    return this.random.pick(ONSETS) + this.random.pick(ends)
  }

  /** Three syllables, or two. */
  private core(ends: readonly string[]): string {
    const middle = this.random.next() < 0.5 ? this.random.pick(MIDDLES) : ''
    return this.random.pick(ONSETS) + middle + this.random.pick(ends)
  }

  private work(): string {
    const { random } = this
    return random
      .pick(PATTERNS)
      .replace('{A}', random.pick(ADJECTIVES))
      .replace('{N}', random.pick(NOUNS))
      .replace('{M}', random.pick(NOUNS))
  }
}
