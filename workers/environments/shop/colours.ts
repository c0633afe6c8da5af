/** The names of colours that WebShop knows, in its order (`COLOR_SET` of its normalize.py, MIT licence, Princeton NLP). */
const COLOURS =
  `alabaster apricot aqua ash asphalt azure banana beige black blue blush bordeaux bronze brown burgundy
camel camo caramel champagne charcoal cheetah chestnut chocolate christmas coffee cognac copper coral cranberry cream
crystal dark denim eggplant elephant espresso fuchsia gold granite grape graphite grass gray green grey heather indigo
ivory ivy khaki lavender lemon leopard light lilac lime magenta maroon mauve merlot midnight mint mocha multicolor
mushroom mustard natural navy nude olive orange peach pewter pink plum purple rainbow red rose royal rust sand sapphire
seashell silver skull slate steel stone stonewash sunflower tan taupe teal tiger turquoise violet walnut wheat white
wine yellow`.split(/\s+/)

/**
 * The first colour of WebShop's list whose name the text holds anywhere, else the text itself: "sky blue" and "blue"
 * are one colour, and so, as there, are all values that happen to hold the letters of one ("standard" is tan).
 */
export function normaliseColour(text: string): string {
  return COLOURS.find((colour) => text.includes(colour)) ?? text
}
