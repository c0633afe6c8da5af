import posTagger from 'wink-pos-tagger'

let tagger: ReturnType<typeof posTagger> | undefined
const known = new Map<string, readonly string[]>()
/** A playing needs two titles; this holds those of a study's goods without growing for ever. */
const REMEMBERED = 5000

/**
 * The nouns of a title, lower case, in its order, repeated as often as they stand there: what WebShop compares to tell
 * whether two goods are of one type. WebShop asks spaCy's en_core_web_sm for NOUN and PROPN; this asks a tagger that
 * runs in a browser for the tags of the Penn Treebank that begin with NN, so that single words may come out otherwise.
 */
export function nounsOf(title: string): readonly string[] {
  const nouns = known.get(title)
  if (nouns) return nouns
  tagger ??= posTagger()
  const found = tagger
    .tagSentence(title)
    .filter(({ pos }) => pos.startsWith('NN'))
    .map(({ value }) => value.toLowerCase())
  if (known.size >= REMEMBERED) known.clear()
  known.set(title, found)
  return found
}
