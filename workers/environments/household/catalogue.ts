/**
 * What the rooms that we generate are made of: a small subset of ALFWorld's types of receptacles and objects, so that
 * the vocabulary stays small, and where such things usually are. What can be done with them is in `rules.ts`.
 */
import { canContain } from './rules.ts'

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

const food: ObjectType[] = ['apple', 'bread', 'egg', 'lettuce', 'potato', 'tomato']
const dishes: ObjectType[] = ['bowl', 'cup', 'mug', 'plate']
const washing: ObjectType[] = ['cloth', 'soapbar', 'soapbottle', 'spraybottle', 'toiletpaper', 'candle']

/** Where a desk lamp stands; it cannot be put anywhere. */
const LAMP_STANDS: ReadonlySet<ReceptacleType> = new Set(['desk', 'dresser', 'sidetable'])

/** May an object of this type be found in or on a receptacle of that type? */
export function mayLie(receptacle: ReceptacleType, object: ObjectType): boolean {
  return object === 'desklamp' ? LAMP_STANDS.has(receptacle) : canContain(receptacle, object)
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
