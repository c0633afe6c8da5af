import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import { roundValues, shareFloor } from '../../../../workers/study/drawing/plot.ts'
import { lookOf } from '../../../../workers/study/drawing/svg.ts'
import { figuresOf, type StudyFigure } from '../../../../workers/study/figures.ts'
import { reportOf, type StudyReport } from '../../../../workers/study/report.ts'
import { clearOutcome, resultsOf, smallStudy, teachersOf } from './results.ts'

/** An element as Python's expat has read it. */
interface Parsed {
  tag: string
  attributes: Record<string, string>
  text: string
}

const PARSE = `
import json, sys, xml.etree.ElementTree as tree
for text in json.load(sys.stdin):
    elements = tree.fromstring(text).iter()
    print(json.dumps([{"tag": e.tag.split("}")[1], "attributes": e.attrib, "text": e.text or ""} for e in elements]))
`

/** Every element of each figure; throws where one is no XML. */
function parsed(figures: readonly StudyFigure[]): Parsed[][] {
  const python = process.env.SCALE_PYTHON ?? 'python3'
  const { status, stdout, stderr } = spawnSync(python, ['-c', PARSE], {
    input: JSON.stringify(figures.map(({ svg }) => svg)),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) throw new Error(stderr || `${python} could not be started.`)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Parsed[])
}

const texts = (elements: Parsed[]) => elements.filter(({ tag }) => tag === 'text').map(({ text }) => text)

const study = smallStudy()
const report = reportOf(study, resultsOf(study, clearOutcome), teachersOf(study))
const figures = figuresOf(report)
let drawn: Map<string, Parsed[]>

beforeAll(() => {
  const elements = parsed(figures)
  drawn = new Map(figures.map(({ name }, i) => [name, elements[i]!]))
})

describe('figures', () => {
  it('are XML with a title, a description, a ground of their own and a size', () => {
    for (const { name, title, description, width, height } of figures) {
      const [svg, first, second, ground] = drawn.get(name)!
      expect(svg).toMatchObject({
        tag: 'svg',
        attributes: { role: 'img', viewBox: `0 0 ${width} ${height}` },
      })
      expect(first).toMatchObject({ tag: 'title', text: title })
      expect(second).toMatchObject({ tag: 'desc', text: description })
      expect(svg!.attributes['aria-labelledby']).toBe(`${first!.attributes.id} ${second!.attributes.id}`)
      expect(ground).toMatchObject({ tag: 'rect', attributes: { fill: '#ffffff' } })
    }
  })

  it('draw nothing outside of their sheet, and no number that is none', () => {
    for (const { name, svg, width, height } of figures) {
      expect(svg).not.toMatch(/NaN|Infinity|undefined/)
      for (const { attributes } of drawn.get(name)!.slice(4)) {
        for (const [key, most] of [
          ['x', width],
          ['cx', width],
          ['x2', width],
          ['y', height],
          ['cy', height],
          ['y2', height],
        ] as const) {
          if (attributes[key] === undefined) continue
          expect(Number(attributes[key])).toBeGreaterThanOrEqual(0)
          expect(Number(attributes[key])).toBeLessThanOrEqual(most)
        }
      }
    }
  })

  it('put an arm’s mean and its seeds where their values are on the axis', () => {
    const elements = drawn.get('success-household')!
    const ticks = elements.filter(({ tag, text }) => tag === 'text' && /^(0|100)$/.test(text))
    const [zero, full] = ticks.map(({ attributes }) => Number(attributes.x))
    const at = (share: number) => zero! + share * (full! - zero!)
    const row = elements.findIndex(({ tag, text }) => tag === 'text' && text === 'sad')
    const circles = elements
      .slice(row)
      .filter(({ tag }) => tag === 'circle')
      .slice(0, 4)
      .map(({ attributes }) => Number(attributes.cx))
    for (const [i, share] of [0.6, 0.65, 0.7, 0.65].entries()) expect(circles[i]).toBeCloseTo(at(share), 1)
    expect(texts(elements)).toContain('65.0')
  })

  it('say what their axes are, with units', () => {
    expect(texts(drawn.get('success-shop')!)).toContain('success, % of the test episodes')
    expect(texts(drawn.get('size-household')!)).toContain('parameters of the student')
    expect(texts(drawn.get('agreement-shop-many-small')!)).toEqual(
      expect.arrayContaining(['agreement, %', 'optimiser steps', 'token-kd-masked (3)']),
    )
    expect(texts(drawn.get('success-and-agreement-shop')!)).toContain('agreement on act tokens, %')
  })

  it('draw span kinds in the page’s colours, told apart by strokes as well', () => {
    const paths = drawn.get('agreement-shop-many-small')!.filter(({ tag }) => tag === 'path')
    expect(paths.slice(0, 2).map(({ attributes }) => attributes.stroke)).toEqual(['#6440bf', '#0a7059'])
    expect(paths[0]!.attributes['stroke-dasharray']).toBeUndefined()
    expect(paths[1]!.attributes['stroke-dasharray']).toBe('7 3')
  })

  it('draw thirteen arms so that no two look alike', () => {
    const looks = Array.from({ length: 13 }, (_, i) => `${lookOf(i).colour} ${lookOf(i).shape}`)
    expect(new Set(looks).size).toBe(13)
  })

  it('are the same twice', () => {
    expect(figuresOf(report)).toEqual(figures)
  })

  it('hold whatever a name may be', () => {
    const name = (broken: string) => `<script>alert("1")</script> & 'x' ]]> ${broken} é`
    // What XML cannot hold: a null byte, a bell, and half of a surrogate pair.
    const told = JSON.stringify(report).replaceAll('"token-kd"', JSON.stringify(name('\u0000\u0007\ud800')))
    const elements = parsed(figuresOf(JSON.parse(told) as StudyReport))
    expect(elements.flat().some(({ tag }) => tag === 'script')).toBe(false)
    const safe = name('\ufffd\ufffd\ufffd')
    expect(elements.some((one) => texts(one).includes(safe))).toBe(true)
  })

  it('are none of a study of which nothing is done', () => {
    expect(figuresOf(reportOf(study, [], teachersOf(study)))).toEqual([])
  })

  it('of a study half done draw what is there', () => {
    const half = resultsOf(study, (cell) =>
      cell.environment === 'shop' || cell.arm !== 'sad' || cell.seed > 1 ? null : clearOutcome(cell),
    )
    const some = figuresOf(reportOf(study, half, []))
    expect(some.map(({ name }) => name)).toEqual([
      'success-household',
      'size-household',
      'success-and-agreement-household',
      'agreement-household-many-small',
      'agreement-household-many-large',
    ])
    expect(parsed(some)).toHaveLength(5)
  })
})

describe('an axis', () => {
  it('has ticks at round values', () => {
    expect(roundValues(0, 1, 5).map((value) => Number(value.toFixed(6)))).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    expect(roundValues(39_000, 92_000, 6)).toEqual([40_000, 50_000, 60_000, 70_000, 80_000, 90_000])
    expect(roundValues(0, 800, 4)).toEqual([0, 200, 400, 600, 800])
  })

  it('of shares begins at a round value below the least', () => {
    expect(shareFloor([0.973, 0.99])).toBeCloseTo(0.96, 9)
    expect(shareFloor([0.55, 0.99])).toBeCloseTo(0.5, 9)
    expect(shareFloor([0])).toBe(0)
  })
})
