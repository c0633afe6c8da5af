/** A stretch of words, and whether the other text has it too. */
export interface Piece {
  text: string
  shared: boolean
}

/** Words compared with each other at most; the time grows with the square. */
const MOST_WORDS = 600

/**
 * Two texts, each cut where it differs from the other, word by word: what they share is the longest row of words that
 * both have in this order. White space counts for nothing, and is marked between two differing words only. Of texts of thousands of
 * words only their equal beginnings and ends are shared.
 */
export function differences(ours: string, theirs: string): [Piece[], Piece[]] {
  const [a, b] = [partsOf(ours), partsOf(theirs)]
  const [placesA, placesB] = [placesOf(a), placesOf(b)]
  const [sharedA, sharedB] = [new Set<number>(), new Set<number>()]
  for (const [i, j] of commonWords(
    placesA.map((place) => a[place]!),
    placesB.map((place) => b[place]!),
  )) {
    sharedA.add(placesA[i]!)
    sharedB.add(placesB[j]!)
  }
  return [pieces(a, sharedA), pieces(b, sharedB)]
}

/** Words and the white space between them, in turns. */
function partsOf(text: string): string[] {
  return text.match(/\S+|\s+/g) ?? []
}

function isWord(part: string): boolean {
  return part.trim() !== ''
}

/** Places of the words among the parts of a text. */
function placesOf(parts: readonly string[]): number[] {
  return parts.flatMap((part, place) => (isWord(part) ? place : []))
}

/** Places of the words of a longest common subsequence, in pairs. */
function commonWords(a: readonly string[], b: readonly string[]): [number, number][] {
  const pairs: [number, number][] = []
  let [start, endA, endB] = [0, a.length, b.length]
  while (start < endA && start < endB && a[start] === b[start]) pairs.push([start, start++])
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) pairs.push([--endA, --endB])
  const [rows, columns] = [endA - start, endB - start]
  if (rows === 0 || columns === 0 || rows > MOST_WORDS || columns > MOST_WORDS) return pairs
  // longest[i * width + j]: words shared by what is left of a from i and of b from j.
  const width = columns + 1
  const longest = new Uint16Array((rows + 1) * width)
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      longest[i * width + j] =
        a[start + i] === b[start + j]
          ? longest[(i + 1) * width + j + 1]! + 1
          : Math.max(longest[(i + 1) * width + j]!, longest[i * width + j + 1]!)
    }
  }
  for (let i = 0, j = 0; i < rows && j < columns; ) {
    if (a[start + i] === b[start + j]) pairs.push([start + i++, start + j++])
    else if (longest[(i + 1) * width + j]! >= longest[i * width + j + 1]!) i++
    else j++
  }
  return pairs
}

function pieces(parts: readonly string[], sharedWords: ReadonlySet<number>): Piece[] {
  const differs = (place: number) => place in parts && isWord(parts[place]!) && !sharedWords.has(place)
  const found: Piece[] = []
  for (const [place, text] of parts.entries()) {
    const shared = isWord(text) ? !differs(place) : !(differs(place - 1) && differs(place + 1))
    const last = found.at(-1)
    if (last?.shared === shared) last.text += text
    else found.push({ text, shared })
  }
  return found
}
