/** SVG as text: no DOM, so that the command line draws what the page draws. */

/** The page's colours in the light; a figure has a ground of its own, so that it can be read on a dark page as well. */
export const INK = '#1b1f26'
export const SOFT = '#58606c'
export const LINE = '#dadde2'
export const GROUND = '#ffffff'
export const ACCENT = '#1760a8'

/** The span kinds as on the page: colour, and a stroke for eyes and paper without colours. */
export const KINDS = {
  reason: { colour: '#6440bf', dash: undefined },
  act: { colour: '#0a7059', dash: '7 3' },
} as const

/** Okabe & Ito's colours (2008), which can be told apart by most eyes; yellow is left out, being too light on white. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000']
const SHAPES = ['circle', 'square', 'triangle', 'diamond', 'cross'] as const
const DASHES = [undefined, '7 3', '2 3', '9 3 2 3']

export interface Look {
  colour: string
  shape: (typeof SHAPES)[number]
  dash: string | undefined
}

/** How the arm at a place of the study looks, everywhere the same; the first 35 all differ. */
export function lookOf(place: number): Look {
  const at = Math.max(0, place)
  return {
    colour: COLOURS[at % COLOURS.length]!,
    shape: SHAPES[at % SHAPES.length]!,
    dash: DASHES[at % DASHES.length],
  }
}

export type Attributes = Record<string, string | number | undefined>

/** An element with its attributes escaped; those that are undefined are left out. @param children SVG */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${typeof value === 'number' ? rounded(value) : escaped(value)}"`],
  )
  const open = `<${name}${written.join('')}`
  return children.length > 0 ? `${open}>${children.join('')}</${name}>` : `${open}/>`
}

export interface TextLook {
  anchor?: 'start' | 'middle' | 'end'
  size?: number
  colour?: string
  bold?: boolean
  /** In the colour of the ground, where lines go behind it. */
  rim?: boolean
  /** Degrees, about its own place. */
  turn?: number
}

/** A line of text whose middle is at y. */
export function label(x: number, y: number, content: string, look: TextLook = {}): string {
  const { anchor = 'start', size = 12, colour = INK, bold = false, rim = false, turn } = look
  return element(
    'text',
    {
      x,
      y,
      dy: '0.35em',
      'text-anchor': anchor === 'start' ? undefined : anchor,
      'font-size': size === 12 ? undefined : size,
      'font-weight': bold ? 600 : undefined,
      fill: colour === INK ? undefined : colour,
      stroke: rim ? GROUND : undefined,
      'stroke-width': rim ? 4 : undefined,
      'paint-order': rim ? 'stroke' : undefined,
      transform: turn === undefined ? undefined : `rotate(${turn} ${rounded(x)} ${rounded(y)})`,
    },
    escaped(content),
  )
}

export function line(x1: number, y1: number, x2: number, y2: number, attributes: Attributes): string {
  return element('line', { x1, y1, x2, y2, ...attributes })
}

/** A mark around (x, y) with a white rim, so that marks on one another stay apart. */
export function mark(
  x: number,
  y: number,
  { colour, shape }: Pick<Look, 'colour' | 'shape'>,
  size = 4,
): string {
  const look = { fill: colour, stroke: GROUND, 'stroke-width': 1 }
  const s = size
  switch (shape) {
    case 'circle':
      return element('circle', { cx: x, cy: y, r: s, ...look })
    case 'square':
      return element('rect', { x: x - s * 0.9, y: y - s * 0.9, width: s * 1.8, height: s * 1.8, ...look })
    case 'triangle':
      return element('path', {
        d: path(
          [
            [x, y - s * 1.2],
            [x + s * 1.2, y + s],
            [x - s * 1.2, y + s],
          ],
          true,
        ),
        ...look,
      })
    case 'diamond':
      return element('path', {
        d: path(
          [
            [x, y - s * 1.3],
            [x + s * 1.3, y],
            [x, y + s * 1.3],
            [x - s * 1.3, y],
          ],
          true,
        ),
        ...look,
      })
    case 'cross':
      return element('path', {
        d: `${path([
          [x - s, y - s],
          [x + s, y + s],
        ])}${path([
          [x - s, y + s],
          [x + s, y - s],
        ])}`,
        stroke: colour,
        'stroke-width': 2,
      })
  }
}

/** The `d` of a path through points. */
export function path(points: readonly (readonly [x: number, y: number])[], closed = false): string {
  const steps = points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${rounded(x)} ${rounded(y)}`)
  return `${steps.join('')}${closed ? 'Z' : ''}`
}

export interface Sheet {
  /** A file's name; ids are made of it, so that several figures may stand in one page. */
  name: string
  width: number
  height: number
  title: string
  description: string
}

/** A whole figure on a ground of its own. */
export function sheet({ name, width, height, title, description }: Sheet, ...children: string[]): string {
  const id = name.replace(/[^a-z0-9-]/g, '-')
  const svg = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${rounded(width)} ${rounded(height)}`,
      width,
      height,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-desc`,
      'font-family': 'ui-sans-serif, system-ui, sans-serif',
      'font-size': 12,
      fill: INK,
    },
    element('title', { id: `${id}-title` }, escaped(title)),
    element('desc', { id: `${id}-desc` }, escaped(description)),
    element('rect', { width, height, rx: 4, fill: GROUND }),
    ...children,
  )
  return `${svg}\n`
}

/** Pixels about as wide as a text in 12 px is, on the wide side. */
export function widthOf(text: string): number {
  return text.length * 6.8
}

/** Text for XML; what XML cannot hold at all becomes a replacement character. */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}

/** Hundredths of a pixel are enough, and the same on every machine. */
function rounded(value: number): string {
  return String(Number(value.toFixed(2)))
}
