/** Values that are plain words, and the range of those that are plain numbers, by relation. */

const COLOURS = ['red', 'green', 'blue', 'white', 'black', 'yellow', 'purple', 'brown', 'grey', 'orange']

export const WORDS: Record<string, readonly string[]> = {
  'country crop': ['rye', 'oats', 'barley', 'beans', 'flax', 'hops', 'plums', 'tea', 'rice', 'maize'],
  'country flag': ['a star', 'a crown', 'a ship', 'a tree', 'a wheel', 'a sun', 'a lion', 'a key', 'a tower'],
  'country bird': [
    'the owl',
    'the stork',
    'the lark',
    'the gull',
    'the crane',
    'the swan',
    'the crow',
    'the robin',
  ],
  'river fish': ['trout', 'pike', 'eels', 'perch', 'salmon', 'carp', 'roach', 'bream'],
  'town product': [
    'cheese',
    'lace',
    'bells',
    'paper',
    'honey',
    'glass',
    'wool',
    'salt',
    'rope',
    'beer',
    'soap',
  ],
  'university colour': COLOURS,
  'university best subject': ['law', 'history', 'botany', 'logic', 'music', 'geology', 'physics', 'medicine'],
  'species food': [
    'seeds',
    'moss',
    'snails',
    'reeds',
    'worms',
    'berries',
    'bark',
    'ants',
    'leaves',
    'spiders',
  ],
  'species time': ['dawn', 'noon', 'dusk', 'night'],
  'person pastime': [
    'chess',
    'sailing',
    'skating',
    'fishing',
    'dancing',
    'riding',
    'cooking',
    'kites',
    'maps',
  ],
  'company sign': [
    'a bear',
    'a fish',
    'an anchor',
    'a rose',
    'a bell',
    'a swan',
    'an oak',
    'a moon',
    'a drum',
  ],
  'band style': ['jazz', 'waltzes', 'folk songs', 'marches', 'ballads', 'polkas', 'blues', 'hymns'],
  'club sport': ['rowing', 'hockey', 'cricket', 'football', 'tennis', 'handball', 'swimming', 'cycling'],
  'club colour': COLOURS,
  'book theme': [
    'exile',
    'war',
    'love',
    'revenge',
    'a journey',
    'a theft',
    'a flood',
    'a trial',
    'a wedding',
  ],
  'painting main colour': COLOURS,
}

/**
 * Smallest and largest, and what all are multiples of. Few different numbers are enough, and a small student can learn
 * which of a hundred is larger.
 */
export const NUMBERS: Record<string, readonly [from: number, to: number, step: number]> = {
  'country year of its first law': [1400, 1790, 10],
  'river length': [20, 980, 10],
  'river number of bridges': [2, 90, 1],
  'river depth': [2, 40, 1],
  'town year of founding': [880, 1390, 10],
  'town number of people': [1000, 98000, 1000],
  'university year of founding': [1400, 1790, 10],
  'university number of students': [200, 9800, 200],
  'species size': [1, 60, 1],
  'company number of workers': [10, 990, 10],
  'band number of members': [3, 12, 1],
  'book number of pages': [80, 690, 10],
  'film number of minutes': [50, 190, 2],
  'painting height': [20, 300, 5],
}

/** Members of bands whose name tells how many they are. */
export const MEMBERS: Record<string, number> = { Trio: 3, Quartet: 4 }

/** Work that entries of other kinds need people for comes in turn, so that each split has people of each. */
export const PROFESSIONS = [
  'a writer',
  'a film maker',
  'an actor',
  'a painter',
  'a singer',
  'a scientist',
  'a merchant',
  'a coach',
] as const
export type Profession = (typeof PROFESSIONS)[number]

/** Books and records first: publishers and labels are taken from their makers. */
export const PRODUCTS = ['books', 'records', 'clocks', 'boats', 'shoes', 'pianos'] as const
