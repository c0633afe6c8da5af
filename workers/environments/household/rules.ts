/**
 * ALFWorld's rules about types of things: what can be opened, cleaned, heated, cooled, sliced, switched on or picked up,
 * and what may be put where. They are facts of the game that alfred.pddl leaves to each problem file (`openable`,
 * `cleanable`, `canContain`, …); types are written as the game writes them in names, e.g. "mug" in "mug 2".
 */

const words = (list: string): ReadonlySet<string> => new Set(list.trim().split(/\s+/))

/** Receptacles with a door or a lid. In ALFWorld single ones do not open all the same, e.g. a drawer without a front. */
export const OPENABLE = words('cabinet drawer fridge microwave safe')

export const CLEANABLE = words(`
  apple bowl butterknife cloth cup dishsponge egg fork kettle knife ladle lettuce mug pan plate pot potato soapbar spatula
  spoon tomato`)

export const HEATABLE = words('apple bread cup egg mug plate potato tomato')

export const COOLABLE = words('apple bowl bread cup egg lettuce mug pan plate pot potato tomato winebottle')

export const SLICEABLE = words('apple bread egg lettuce potato tomato')

/** Objects that cut. */
export const BLADES = words('butterknife knife')

/** Objects with a switch. */
export const TOGGLEABLE = words('desklamp floorlamp')

/** What alfred.pddl calls a receptacle object: things could be put into it, so examining it says what is in it. */
export const VESSELS = words('bowl box cup mug pan plate pot')

/** Objects that stay where they stand; everything else can be picked up. */
const FIXED = words(`
  bathtub blinds chair curtains desklamp floorlamp houseplant laundryhamperlid lightswitch mirror painting poster showerdoor
  showerglass sink stoveknob television window`)

export function isPickupable(object: string): boolean {
  return !FIXED.has(object)
}

const TABLETOP = `
  alarmclock apple baseballbat basketball book bowl box bread butterknife candle cd cellphone cloth creditcard cup dishsponge
  egg fork glassbottle handtowel kettle keychain knife ladle laptop lettuce mug newspaper pan papertowel pen pencil
  peppershaker plate pot potato remotecontrol saltshaker soapbar soapbottle spatula spoon spraybottle statue tennisracket
  tissuebox toiletpaper toiletpaperroll tomato vase watch wateringcan winebottle`

const SEAT = `
  basketball book box cellphone cloth creditcard keychain laptop newspaper pillow remotecontrol`

const DRESSER = `
  alarmclock basketball book bowl box candle cd cellphone cloth creditcard cup glassbottle keychain laptop mug newspaper pen
  pencil plate remotecontrol spraybottle statue tennisracket tissuebox toiletpaper toiletpaperroll vase watch wateringcan
  winebottle`

const CONTENTS: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    armchair: SEAT,
    bathtubbasin: 'cloth dishsponge handtowel soapbar',
    bed: 'baseballbat basketball book cellphone laptop newspaper pillow tennisracket',
    cabinet: `
      book bowl box candle cd cloth cup dishsponge glassbottle handtowel kettle ladle mug newspaper pan peppershaker plate
      plunger pot saltshaker soapbar soapbottle spraybottle tissuebox toiletpaper toiletpaperroll vase wateringcan winebottle`,
    cart: `
      candle cloth dishsponge handtowel mug papertowel plunger soapbar soapbottle spraybottle statue tissuebox toiletpaper
      toiletpaperroll vase`,
    coffeemachine: 'mug',
    coffeetable: TABLETOP,
    countertop: TABLETOP,
    desk: `${DRESSER} soapbottle`,
    diningtable: TABLETOP,
    drawer: `
      book butterknife candle cd cellphone cloth creditcard dishsponge fork handtowel keychain knife ladle newspaper pen
      pencil peppershaker remotecontrol saltshaker soapbar soapbottle spatula spoon spraybottle tissuebox toiletpaper
      toiletpaperroll watch wateringcan`,
    dresser: DRESSER,
    fridge: `
      apple bowl bread cup egg glassbottle lettuce mug pan plate pot potato tomato winebottle`,
    garbagecan: `
      apple bread cd cloth dishsponge egg handtowel lettuce newspaper papertowel pen pencil potato soapbar soapbottle
      spraybottle tissuebox toiletpaper toiletpaperroll tomato winebottle`,
    handtowelholder: 'handtowel',
    laundryhamper: 'cloth',
    microwave: 'apple bowl bread cup egg glassbottle mug plate potato tomato',
    ottoman: SEAT,
    safe: 'cd cellphone creditcard keychain statue vase watch',
    shelf: `
      alarmclock book bowl box candle cd cellphone cloth creditcard cup dishsponge glassbottle handtowel kettle keychain mug
      newspaper papertowel pen pencil peppershaker plate pot remotecontrol saltshaker soapbar soapbottle spraybottle statue
      tissuebox toiletpaper toiletpaperroll vase watch wateringcan winebottle`,
    sidetable: TABLETOP,
    sinkbasin: `
      apple bowl butterknife cloth cup dishsponge egg fork glassbottle handtowel kettle knife ladle lettuce mug pan plate pot
      potato soapbar spatula spoon tomato`,
    sofa: SEAT,
    stoveburner: 'kettle pan pot',
    toilet: `
      candle cloth dishsponge handtowel newspaper papertowel soapbar soapbottle spraybottle tissuebox toiletpaper
      toiletpaperroll`,
    toiletpaperhanger: 'toiletpaper toiletpaperroll',
    towelholder: 'towel',
    tvstand: 'tissuebox',
  }).map(([receptacle, objects]) => [receptacle, words(objects)]),
)

/** alfred.pddl's canContain: may an object of this type be put in or on a receptacle of that type? */
export function canContain(receptacle: string, object: string): boolean {
  return CONTENTS.get(receptacle)?.has(object) ?? false
}
