/**
 * The UTF-16 offset of the text at a point of the window, in rows whose leaves carry `data-start` and which carry
 * `data-row-start` and `data-row-end` themselves. Beside the text it is that of the row's nearer end.
 *
 * @returns undefined where there is no row
 */
export function offsetAtPoint(scroller: HTMLElement, x: number, y: number): number | undefined {
  const box = scroller.getBoundingClientRect()
  const inX = Math.min(Math.max(x, box.left + 1), box.left + scroller.clientWidth - 1)
  const inY = Math.min(Math.max(y, box.top + 1), box.top + scroller.clientHeight - 1)
  const { node, offset } = positionAt(inX, inY)
  const leaf = node instanceof Text ? node.parentElement?.closest<HTMLElement>('[data-start]') : null
  if (leaf && scroller.contains(leaf)) return Number(leaf.dataset.start) + offset
  const row = document.elementFromPoint(inX, inY)?.closest<HTMLElement>('[data-row-start]')
  if (!row || !scroller.contains(row)) return undefined
  const content = row.lastElementChild!.getBoundingClientRect()
  return Number(inX < content.left + content.width / 2 ? row.dataset.rowStart : row.dataset.rowEnd)
}

function positionAt(x: number, y: number): { node: Node | null; offset: number } {
  // Safari has the older of the two only.
  if (document.caretPositionFromPoint) {
    const position = document.caretPositionFromPoint(x, y)
    return { node: position?.offsetNode ?? null, offset: position?.offset ?? 0 }
  }
  const range = document.caretRangeFromPoint(x, y)
  return { node: range?.startContainer ?? null, offset: range?.startOffset ?? 0 }
}
