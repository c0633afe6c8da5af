/** Lines of a text by offset, for scanners that look only at how each line begins. Lines end with `\n`; a `\r` before it is white space of that line. */

/** Offset just after the newline of the line that holds `offset`, or the text's length. */
export function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  return newline < 0 ? text.length : newline + 1
}

/** Offset of the first character of the line that holds `offset`. */
export function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
}

/** True when the line that ends just before `offset` (a line start) is blank, or there is none. */
export function blankBefore(text: string, offset: number): boolean {
  for (let i = offset - 2; i >= 0; i--) {
    const code = text.charCodeAt(i)
    if (code === 10) return true
    if (code !== 32 && code !== 9 && code !== 13) return false
  }
  return true
}

/** Line number of an offset, counted from 1. */
export function lineNumber(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** True when [start, end) holds nothing but white space. */
export function isBlank(text: string, start = 0, end = text.length): boolean {
  return skipSpace(text, start, end) === end
}

/** First offset in [start, end) that is not white space, or `end`. */
export function skipSpace(text: string, start: number, end = text.length): number {
  let at = start
  while (at < end && isSpace(text.charCodeAt(at))) at++
  return at
}

/** One past the last character of [start, end) that is not white space, or `start`. */
export function trimSpace(text: string, start: number, end: number): number {
  let at = end
  while (at > start && isSpace(text.charCodeAt(at - 1))) at--
  return at
}

/** White space as `String.trim` has it, for one UTF-16 code unit. */
function isSpace(code: number): boolean {
  if (code <= 32) return code === 32 || (code >= 9 && code <= 13)
  if (code < 0xa0) return false
  return (
    code === 0xa0 ||
    code === 0xfeff ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  )
}
