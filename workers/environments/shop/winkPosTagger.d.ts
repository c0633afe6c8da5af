/** wink-pos-tagger ships without types; this is the part that the shop uses. */
declare module 'wink-pos-tagger' {
  interface TaggedToken {
    value: string
    /** Lower case; absent on some punctuation. */
    normal?: string
    /** A tag of the Penn Treebank, e.g. `NN`, `NNPS`, `VBZ`. */
    pos: string
  }
  interface Tagger {
    tagSentence(sentence: string): TaggedToken[]
  }
  export default function posTagger(): Tagger
}
