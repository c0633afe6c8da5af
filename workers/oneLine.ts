/** White space of any kind as single blanks, and no half of a character: what a transcript can hold as one line. */
export function oneLine(text: string): string {
  return text.toWellFormed().replace(/\s+/g, ' ').trim()
}
