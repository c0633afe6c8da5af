/**
 * What kinds of things the household knows: a small subset of ALFWorld's receptacle and object types, with what can
 * be opened, cleaned, heated, cooled, sliced or switched on, and what may lie where.
 */

export const RECEPTACLE_TYPES = [
  'armchair',
  'bed',
  'cabinet',
  'coffeetable',
  'countertop',
  'desk',
  'diningtable',
  'drawer',
  'dresser',
  'fridge',
  'garbagecan',
  'microwave',
  'safe',
  'shelf',
  'sidetable',
  'sinkbasin',
  'sofa',
  'stoveburner',
  'toilet',
] as const
export type ReceptacleType = (typeof RECEPTACLE_TYPES)[number]

export const OBJECT_TYPES = [
  'alarmclock',
  'apple',
  'book',
  'bowl',
  'bread',
  'candle',
  'cd',
  'cellphone',
  'cloth',
  'creditcard',
  'cup',
  'desklamp',
  'egg',
  'keychain',
  'knife',
  'lettuce',
  'mug',
  'newspaper',
  'pan',
  'pen',
  'pencil',
  'plate',
  'potato',
  'remotecontrol',
  'saltshaker',
  'soapbar',
  'soapbottle',
  'spraybottle',
  'statue',
  'toiletpaper',
  'tomato',
  'vase',
  'watch',
] as const
export type ObjectType = (typeof OBJECT_TYPES)[number]

export const ROOM_KINDS = ['kitchen', 'bathroom', 'bedroom', 'livingroom'] as const
export type RoomKind = (typeof ROOM_KINDS)[number]

/** What alfred.pddl calls openable: it starts closed as a rule, and must be open for taking and putting. */
export const OPENABLE: ReadonlySet<ReceptacleType> = new Set([
  'cabinet',
  'drawer',
  'fridge',
  'microwave',
  'safe',
])

export const CLEANABLE: ReadonlySet<ObjectType> = new Set([
  'apple',
  'bowl',
  'cloth',
  'cup',
  'egg',
  'knife',
  'lettuce',
  'mug',
  'pan',
  'plate',
  'potato',
  'soapbar',
  'tomato',
])

export const HEATABLE: ReadonlySet<ObjectType> = new Set([
  'apple',
  'bread',
  'cup',
  'egg',
  'mug',
  'plate',
  'potato',
  'tomato',
])

export const COOLABLE: ReadonlySet<ObjectType> = new Set([
  'apple',
  'bowl',
  'bread',
  'cup',
  'egg',
  'lettuce',
  'mug',
  'pan',
  'plate',
  'potato',
  'tomato',
])

export const SLICEABLE: ReadonlySet<ObjectType> = new Set(['apple', 'bread', 'lettuce', 'potato', 'tomato'])

/** Objects with a switch. They stand where they are: not pickupable. */
export const TOGGLEABLE: ReadonlySet<ObjectType> = new Set(['desklamp'])

/** Objects that cut. */
export const BLADES: ReadonlySet<ObjectType> = new Set(['knife'])

/** What alfred.pddl calls a receptacle object: things could be put into it, so examining it says what is in it. */
export const VESSELS: ReadonlySet<ObjectType> = new Set(['bowl', 'cup', 'mug', 'pan', 'plate'])

const food: ObjectType[] = ['apple', 'bread', 'egg', 'lettuce', 'potato', 'tomato']
const dishes: ObjectType[] = ['bowl', 'cup', 'mug', 'plate']
const washing: ObjectType[] = ['cloth', 'soapbar', 'soapbottle', 'spraybottle', 'toiletpaper', 'candle']
const small: ObjectType[] = ['cd', 'cellphone', 'creditcard', 'keychain', 'pen', 'pencil', 'watch']
const ornaments: ObjectType[] = ['alarmclock', 'book', 'newspaper', 'remotecontrol', 'statue', 'vase']
const seatThings: ObjectType[] = ['book', 'cellphone', 'creditcard', 'keychain', 'newspaper', 'remotecontrol']

const CONTENTS: Record<ReceptacleType, ReadonlySet<ObjectType>> = {
  armchair: new Set(seatThings),
  bed: new Set<ObjectType>(['book', 'cd', 'cellphone', 'keychain', 'newspaper']),
  cabinet: new Set<ObjectType>([...dishes, 'pan', 'saltshaker', ...washing]),
  coffeetable: new Set([...small, ...ornaments]),
  countertop: new Set<ObjectType>([...food, ...dishes, 'pan', 'knife', 'saltshaker', ...washing]),
  desk: new Set<ObjectType>([...small, ...ornaments, 'desklamp']),
  diningtable: new Set<ObjectType>([
    ...food,
    ...dishes,
    'pan',
    'knife',
    'saltshaker',
    ...small,
    ...ornaments,
  ]),
  drawer: new Set<ObjectType>([
    'knife',
    'saltshaker',
    'cloth',
    'soapbar',
    'soapbottle',
    'spraybottle',
    'toiletpaper',
    'candle',
    ...small,
    'book',
    'newspaper',
    'remotecontrol',
  ]),
  dresser: new Set<ObjectType>([...small, ...ornaments, 'desklamp']),
  fridge: new Set<ObjectType>([...food, ...dishes, 'pan']),
  garbagecan: new Set<ObjectType>([
    ...food,
    'cd',
    'cloth',
    'newspaper',
    'pen',
    'pencil',
    'soapbar',
    'soapbottle',
    'spraybottle',
    'toiletpaper',
  ]),
  microwave: new Set<ObjectType>(['apple', 'bread', 'egg', 'potato', 'tomato', ...dishes]),
  safe: new Set<ObjectType>(['cd', 'cellphone', 'creditcard', 'keychain', 'statue', 'vase', 'watch']),
  shelf: new Set<ObjectType>([...dishes, 'saltshaker', ...washing, ...small, ...ornaments]),
  sidetable: new Set<ObjectType>([...small, ...ornaments, 'desklamp']),
  sinkbasin: new Set<ObjectType>([...food, ...dishes, 'pan', 'knife', 'cloth', 'soapbar']),
  sofa: new Set(seatThings),
  stoveburner: new Set<ObjectType>(['pan']),
  toilet: new Set<ObjectType>(['candle', 'cloth', 'soapbar', 'soapbottle', 'spraybottle', 'toiletpaper']),
}

/** alfred.pddl's canContain: may an object of this type lie in or on a receptacle of that type? */
export function canContain(receptacle: ReceptacleType, object: ObjectType): boolean {
  return CONTENTS[receptacle].has(object)
}

/** Where an object usually is, likeliest first. Rooms are filled by it and the expert searches by it. */
export const LIKELY: Record<ObjectType, readonly ReceptacleType[]> = {
  alarmclock: ['desk', 'sidetable'],
  apple: ['fridge', 'countertop', 'diningtable'],
  book: ['desk', 'shelf', 'sofa'],
  bowl: ['cabinet', 'countertop'],
  bread: ['countertop', 'diningtable', 'fridge'],
  candle: ['shelf', 'countertop', 'toilet'],
  cd: ['desk', 'drawer', 'sidetable'],
  cellphone: ['desk', 'sidetable', 'sofa'],
  cloth: ['cabinet', 'sinkbasin'],
  creditcard: ['coffeetable', 'desk', 'drawer'],
  cup: ['cabinet', 'countertop', 'sinkbasin'],
  desklamp: ['desk', 'sidetable', 'dresser'],
  egg: ['fridge', 'countertop'],
  keychain: ['coffeetable', 'drawer', 'sidetable'],
  knife: ['drawer', 'countertop'],
  lettuce: ['fridge', 'diningtable'],
  mug: ['cabinet', 'countertop', 'shelf'],
  newspaper: ['sofa', 'coffeetable', 'sidetable'],
  pan: ['stoveburner', 'cabinet', 'sinkbasin'],
  pen: ['desk', 'drawer', 'sidetable'],
  pencil: ['desk', 'drawer', 'shelf'],
  plate: ['cabinet', 'diningtable', 'countertop'],
  potato: ['fridge', 'sinkbasin', 'countertop'],
  remotecontrol: ['sofa', 'coffeetable', 'armchair'],
  saltshaker: ['cabinet', 'drawer', 'countertop'],
  soapbar: ['sinkbasin', 'countertop', 'toilet'],
  soapbottle: ['countertop', 'cabinet', 'toilet'],
  spraybottle: ['cabinet', 'shelf', 'countertop'],
  statue: ['shelf', 'coffeetable', 'dresser'],
  toiletpaper: ['toilet', 'cabinet', 'drawer'],
  tomato: ['fridge', 'countertop', 'diningtable'],
  vase: ['shelf', 'sidetable', 'coffeetable'],
  watch: ['coffeetable', 'drawer', 'sidetable', 'dresser'],
}

/** What a room of each kind always has, what it may have besides (once per mention), and what lies about in it. */
export const ROOMS: Record<
  RoomKind,
  {
    always: readonly ReceptacleType[]
    maybe: readonly ReceptacleType[]
    objects: readonly ObjectType[]
  }
> = {
  kitchen: {
    always: ['countertop', 'fridge', 'microwave', 'sinkbasin'],
    maybe: [
      'cabinet',
      'cabinet',
      'cabinet',
      'countertop',
      'diningtable',
      'drawer',
      'drawer',
      'garbagecan',
      'shelf',
      'shelf',
      'stoveburner',
      'stoveburner',
    ],
    objects: [...food, ...dishes, 'pan', 'knife', 'saltshaker'],
  },
  bathroom: {
    always: ['sinkbasin', 'toilet'],
    maybe: [
      'cabinet',
      'cabinet',
      'cabinet',
      'countertop',
      'drawer',
      'drawer',
      'garbagecan',
      'shelf',
      'shelf',
    ],
    objects: washing,
  },
  bedroom: {
    always: ['bed', 'desk'],
    maybe: [
      'drawer',
      'drawer',
      'drawer',
      'dresser',
      'garbagecan',
      'safe',
      'shelf',
      'shelf',
      'shelf',
      'sidetable',
      'sidetable',
    ],
    objects: ['alarmclock', 'book', 'cd', 'cellphone', 'creditcard', 'keychain', 'pen', 'pencil', 'watch'],
  },
  livingroom: {
    always: ['sidetable', 'sofa'],
    maybe: [
      'armchair',
      'armchair',
      'coffeetable',
      'diningtable',
      'drawer',
      'drawer',
      'garbagecan',
      'shelf',
      'shelf',
      'sidetable',
    ],
    objects: [
      'book',
      'cellphone',
      'creditcard',
      'keychain',
      'newspaper',
      'remotecontrol',
      'statue',
      'vase',
      'watch',
    ],
  },
}
