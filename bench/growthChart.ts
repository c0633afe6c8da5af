import { exponent, type Growth, type GrowthResult } from './growth.ts'
import { sizes } from './shapes.ts'

const PANEL = { width: 190, height: 190, gap: 46, top: 56 }
const NAMES = { T: 'tokens of a row', B: 'rows', D: 'width', L: 'layers', V: 'vocabulary' }

/** The growths side by side on double logarithmic paper, one SVG; bars are the least and most of the rounds. */
export function growthChart({ base, growths }: GrowthResult, where: string): string {
  const times = growths.flatMap(({ points }) => points.flatMap(({ ms }) => [ms.min, ms.max]))
  const low = Math.floor(Math.log2(Math.min(...times)))
  const high = Math.ceil(Math.log2(Math.max(...times)))
  const y = (ms: number) => PANEL.top + PANEL.height * (1 - (Math.log2(ms) - low) / (high - low))
  const width = growths.length * (PANEL.width + PANEL.gap) + PANEL.gap
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => 2 ** (low + i))
  const panels = growths.map((growth, i) =>
    panel(growth, PANEL.gap + i * (PANEL.width + PANEL.gap), y, ticks),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${PANEL.top + PANEL.height + 44}" font-family="sans-serif" font-size="11" fill="#222">
<rect width="100%" height="100%" fill="#fff"/>
<text x="${PANEL.gap}" y="18" font-size="14">Milliseconds of a step of the fused engine as one size grows, the others as in ${sizes(base)}</text>
<text x="${PANEL.gap}" y="34" fill="#666">${escaped(where)}</text>
${panels.join('\n')}
</svg>
`
}

function panel(growth: Growth, left: number, y: (ms: number) => number, ticks: number[]): string {
  const { letter, points } = growth
  const [first, last] = [points[0]!.value, points.at(-1)!.value]
  const inner = PANEL.width - 30
  const x = (value: number) => left + 15 + (inner * Math.log2(value / first)) / Math.log2(last / first)
  const bottom = PANEL.top + PANEL.height
  const path = points.map(({ value, ms }) => `${x(value).toFixed(1)},${y(ms.median).toFixed(1)}`).join(' ')
  return [
    `<text x="${left}" y="${PANEL.top - 6}">${letter}, ${NAMES[letter]}: grows as ${letter}<tspan dy="-4" font-size="9">${exponent(growth).toFixed(2)}</tspan></text>`,
    ...ticks.map(
      (ms) =>
        `<path d="M${left} ${y(ms).toFixed(1)}h${PANEL.width}" stroke="#ddd"/><text x="${left - 4}" y="${(y(ms) + 4).toFixed(1)}" text-anchor="end">${ms}</text>`,
    ),
    ...points.map(({ value, ms }) => {
      const at = x(value).toFixed(1)
      return [
        `<path d="M${at} ${y(ms.min).toFixed(1)}V${y(ms.max).toFixed(1)}" stroke="#1971c2" stroke-opacity=".4" stroke-width="5"/>`,
        `<circle cx="${at}" cy="${y(ms.median).toFixed(1)}" r="3.5" fill="#1971c2"/>`,
        `<text x="${at}" y="${bottom + 16}" text-anchor="middle">${value}</text>`,
      ].join('')
    }),
    `<polyline points="${path}" fill="none" stroke="#1971c2"/>`,
  ].join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
