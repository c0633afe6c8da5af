/**
 * What the invented shop sells. A department's table has a line per kind of good: its name with article ("-" where it
 * takes none), its shelf, the pool that its attributes come from, its options, and what it is for. Attributes come in
 * few pools, so that a kind never asked for before is described in words that are known.
 */

export interface Kind {
  /** Singular or plural, as goods of the kind are called in titles and instructions. */
  name: string
  article: 'a' | 'an' | ''
  department: string
  shelf: string
  attributes: readonly string[]
  /** Values of which each good offers some, by name of the option. */
  options: ReadonlyMap<string, readonly string[]>
  /** Completes "for …". */
  use: string
}

const POOLS: Record<string, readonly string[]> = {
  cloth: list('machine washable, lightweight, long sleeved, slim fit, hooded, quick drying, lined, stretchy'),
  shoe: list('waterproof, non slip, lightweight, hand made, padded, wide fit, breathable, insulated'),
  bag: list('water resistant, foldable, lightweight, padded, hand made, zipped, roomy, scratch proof'),
  skin: list(
    'fragrance free, cruelty free, long lasting, oil free, alcohol free, fast acting, vegan, gentle',
  ),
  sound: list(
    'noise cancelling, wireless, water resistant, portable, rechargeable, high definition, light, bass rich',
  ),
  power: list(
    'fast charging, heavy duty, gold plated, braided, compact, surge proof, energy saving, dust proof',
  ),
  desk: list('wireless, rechargeable, compact, silent, washable, light, heavy duty, dust proof'),
  wood: list(
    'easy to assemble, space saving, solid wood, hand made, sturdy, stackable, scratch proof, foldable',
  ),
  fabric: list(
    'machine washable, hypoallergenic, quick drying, extra soft, breathable, fade proof, lined, thick',
  ),
  metal: list(
    'dishwasher safe, non stick, stainless, heavy duty, heat proof, rust proof, stackable, hand made',
  ),
  food: list('gluten free, low sugar, organic, non gmo, low salt, dairy free, hand made, ready to eat'),
  drink: list(
    'caffeine free, organic, low sugar, hand picked, fair trade, slow roasted, non gmo, full bodied',
  ),
}

/** No two values of one option may match each other fuzzily, or a wrong choice would earn the full reward. */
const OPTIONS: Record<string, readonly string[]> = {
  color: list('black, white, navy, red, green, grey, pink, brown, purple, yellow'),
  size: list('small, medium, large'),
  'shoe size': list('6, 7, 8, 9, 10, 11'),
  'bed size': list('twin, full, queen, king'),
  length: list('3 feet, 6 feet, 10 feet'),
  scent: list('rose, lavender, mint, vanilla, lemon, coconut'),
  flavor: list('honey, ginger, cherry, lemon, apple, chili, garlic, onion'),
  volume: list('100 ml, 250 ml, 500 ml'),
  pack: list('1 pack, 3 pack, 6 pack'),
}

const FASHION = `
a rain jacket; outerwear; cloth; color size; wet days
a wool coat; outerwear; cloth; color size; cold mornings
a sports vest; tops; cloth; color size; long runs
a linen shirt; tops; cloth; color size; the office
a summer dress; dresses; cloth; color size; garden parties
a pleated skirt; dresses; cloth; color size; every day
a pajama set; nightwear; cloth; color size; quiet nights
- cargo trousers; bottoms; cloth; color size; hard work
- gym shorts; bottoms; cloth; color size; training
- hiking boots; footwear; shoe; color, shoe size; rough paths
- running shoes; footwear; shoe; color, shoe size; the track
- beach sandals; footwear; shoe; color, shoe size; the seaside
- house slippers; footwear; shoe; color, shoe size; the sofa
a travel bag; luggage; bag; color; short trips`

const BEAUTY = `
a face cream; skin care; skin; scent volume; dry skin
a hand lotion; skin care; skin; scent volume; rough hands
a sun lotion; skin care; skin; volume; bright days
a clay mask; skin care; skin; scent; tired skin
a lip balm; lip care; skin; scent pack; windy days
a body wash; bath; skin; scent volume; the shower
a bath oil; bath; skin; scent volume; long baths
a bar soap; bath; skin; scent pack; the sink
a shampoo; hair care; skin; scent volume; curly hair
a hair mask; hair care; skin; scent; damaged hair
a beard oil; hair care; skin; scent; short beards
a nail polish; nails; skin; color; parties
an eye pencil; makeup; skin; color; the evening
a makeup pouch; makeup; bag; color; the handbag`

const ELECTRONICS = `
a desk speaker; audio; sound; color; music at work
- ear buds; audio; sound; color; the train
a clip microphone; audio; sound; color; interviews
a pocket radio; audio; sound; color; the kitchen
a usb cable; cables; power; color length; phones
an extension lead; cables; power; color length; the workshop
a monitor cable; cables; power; length; screens
a wall charger; chargers; power; color; two devices
a car charger; chargers; power; color; the road
a power bank; chargers; power; color; camping
a computer mouse; input; desk; color; small hands
a keyboard; input; desk; color; writers
a game pad; input; desk; color; two players
a laptop sleeve; cases; bag; color; the commute`

const HOME = `
a side table; furniture; wood; color; the sofa
a book shelf; furniture; wood; color; small rooms
a bar stool; furniture; wood; color; the counter
a shoe rack; furniture; wood; color; the hall
a coat stand; furniture; wood; color; guests
a duvet cover; bedding; fabric; color, bed size; all seasons
a bed sheet; bedding; fabric; color, bed size; hot nights
a wool blanket; bedding; fabric; color, bed size; winter
a window curtain; textiles; fabric; color; bright rooms
a bath towel; textiles; fabric; color pack; the family
a table cloth; textiles; fabric; color; dinners
a frying pan; kitchen; metal; color size; eggs
a soup pot; kitchen; metal; color size; stews
a tea kettle; kitchen; metal; color; the stove`

const GROCERY = `
- oat biscuits; snacks; food; flavor pack; the break
- fruit bars; snacks; food; flavor pack; hikers
- corn chips; snacks; food; flavor pack; film nights
- salted nuts; snacks; food; flavor pack; guests
- rice crackers; snacks; food; flavor pack; lunch boxes
a pasta sauce; pantry; food; flavor volume; quick dinners
a peanut butter; pantry; food; volume; toast
a fruit jam; pantry; food; flavor volume; breakfast
a tomato soup; pantry; food; flavor volume; cold days
a salad dressing; pantry; food; flavor volume; greens
a herbal tea; drinks; drink; flavor pack; the evening
a ground coffee; drinks; drink; flavor volume; early risers
a cocoa powder; drinks; drink; flavor volume; children
a fruit syrup; drinks; drink; flavor volume; hot days`

/** Kinds by department, in the order of the tables; departments are those of WebShop. */
export const KINDS: readonly Kind[] = [
  ...department('fashion', FASHION),
  ...department('beauty', BEAUTY),
  ...department('electronics', ELECTRONICS),
  ...department('garden', HOME),
  ...department('grocery', GROCERY),
]

/** Every attribute of the shop. */
export const ATTRIBUTES: ReadonlySet<string> = new Set(Object.values(POOLS).flat())

function department(name: string, table: string): Kind[] {
  return table
    .trim()
    .split('\n')
    .map((line) => {
      const [called, shelf, pool, options, use] = line.split('; ') as [string, string, string, string, string]
      const [article, ...words] = called.split(' ')
      const names = options.includes(', ') ? list(options) : options.split(' ')
      return {
        name: words.join(' '),
        article: article === '-' ? '' : (article as 'a' | 'an'),
        department: name,
        shelf,
        attributes: POOLS[pool]!,
        options: new Map(names.map((option) => [option, OPTIONS[option]!])),
        use,
      }
    })
}

function list(words: string): string[] {
  return words.split(', ')
}
