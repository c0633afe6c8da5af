import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LabError } from '../../../workers/errors.ts'
import { parseRecipe } from '../../../workers/recipe.ts'
import type { Draft } from '../../../workers/trajectories/formats/format.ts'
import { mappingFormat } from '../../../workers/trajectories/mapping/mapping.ts'
import { type Mapping, MappingSchema } from '../../../workers/trajectories/reading.ts'
import { segment } from '../../../workers/trajectories/segmenter.ts'
import { expectPartition, spansOf } from './reading.ts'

function mapped(input: unknown) {
  return mappingFormat(MappingSchema.parse(input))
}

function spans(drafts: Draft[] | null | undefined) {
  return drafts?.map((draft) => {
    const trajectory = segment(draft, { file: 'f', index: 0, format: 'mapped' })
    return trajectory === null ? [] : spansOf(trajectory)
  })
}

const RUN = [
  ['prompt', 'wash the cup'],
  ['reason', 'look first'],
  ['act', 'look'],
  ['observation', 'a sink'],
  ['act', 'wash({"what": "cup"})'],
  ['observation', 'clean'],
]

describe('fields mapped by hand', () => {
  it('reads a list of steps inside a record, whatever the steps lack', () => {
    const record = {
      goal: 'wash the cup',
      log: [
        { why: 'look first', do: 'look', saw: 'a sink' },
        { do: { name: 'wash', arguments: { what: 'cup' } }, saw: 'clean' },
      ],
      success: true,
    }
    const inner = { prompt: 'goal', reason: 'why', act: 'do', observation: 'saw' }
    const whole = { prompt: 'goal', reason: 'log[*].why', act: 'log[*].do', observation: 'log[*].saw' }
    for (const mapping of [
      { kind: 'fields', steps: 'log', ...inner },
      { kind: 'fields', steps: 'log[*]', ...inner },
      { kind: 'fields', ...whole },
    ]) {
      const drafts = mapped(mapping).readJson!(record)
      expect(spans(drafts)).toEqual([RUN])
      expect(drafts![0]!.success).toBe(true)
    }
  })

  it('reads parallel lists', () => {
    const record = {
      goal: 'wash the cup',
      history: { why: ['look first', null], do: ['look', '{"name":"wash","arguments":{"what":"cup"}}'] },
      saw: ['a sink', 'clean'],
    }
    const mapping = { kind: 'fields', prompt: 'goal', reason: 'history.why', act: 'history.do[*]' }
    expect(spans(mapped({ ...mapping, observation: 'saw' }).readJson!(record))).toEqual([RUN])
  })

  it('reads one row per step, a trajectory for every group of neighbours', () => {
    const rows = [
      { run: 1, goal: 'wash the cup', why: 'look first', do: 'look', saw: 'a sink' },
      { run: 1, goal: 'wash the cup', do: { name: 'wash', arguments: { what: 'cup' } }, saw: 'clean' },
      { run: 2, goal: 'stop', do: 'stop', reward: 1 },
      { goal: 'no run' },
    ]
    const format = mapped({
      kind: 'fields',
      group: 'run',
      prompt: 'goal',
      reason: 'why',
      act: 'do',
      observation: 'saw',
    })
    expect(rows.map((row) => format.rowKey!(row))).toEqual(['1', '1', '2', null])
    const drafts = format.readJson!(rows)
    expect(spans(drafts)).toEqual([
      RUN,
      [
        ['prompt', 'stop'],
        ['act', 'stop'],
      ],
    ])
    expect(drafts![1]!.reward).toBe(1)
    expect(spans(format.readJson!(rows[2]!))).toHaveLength(1)
  })

  it('takes parallel calls for one step, between their thought and its answers', () => {
    const record = {
      turns: [
        { why: 'both', calls: [{ tool: 'a', args: {} }, { tool: 'b' }], saw: ['A', 'B'] },
        { why: 'end', calls: ['stop'] },
      ],
    }
    const format = mapped({ kind: 'fields', steps: 'turns', reason: 'why', act: 'calls', observation: 'saw' })
    const { spans: found, text } = segment(format.readJson!(record)![0]!, {
      file: 'f',
      index: 0,
      format: 'mapped',
    })!
    expect(text).toBe('both\na({})\nA\nb()\nB\nend\nstop\n')
    expect(found.map(({ step }) => step)).toEqual([0, 0, 0, 1, 1, 2, 2])
  })

  it('puts what was seen before the thought, where the mapping says so', () => {
    const rows = {
      s: [
        { do: 'open', saw: 'a door' },
        { do: 'go', saw: 'open door' },
      ],
    }
    const mapping = { kind: 'fields', steps: 's', act: 'do', observation: 'saw', order: 'observation-first' }
    expect(spans(mapped(mapping).readJson!(rows))).toEqual([
      [
        ['prompt', 'a door'],
        ['act', 'open'],
        ['observation', 'open door'],
        ['act', 'go'],
      ],
    ])
  })

  it('leaves alone what holds neither a thought nor an act', () => {
    const format = mapped({ kind: 'fields', prompt: 'goal', reason: 'why', observation: 'saw' })
    expect(format.readJson!({ goal: 'g', saw: 's' })).toBeNull()
    expect(format.readJson!([{ why: 'x' }])).toBeNull()
    expect(format.readJson!({ goal: 'g', why: ' ' })).toEqual([])
  })

  it('is refused by the recipe with the key and the place of a broken path', () => {
    const mapping = { kind: 'fields', act: 'a..b' }
    expect(() => parseRecipe({ reading: { mappings: [mapping] } })).toThrow(
      'reading.mappings.0.act must be a path such as turns[*].thought (a name is missing at character 3 of "a..b")',
    )
    expect(() => mappingFormat(mapping as Mapping)).toThrow(LabError)
  })
})

describe('markers mapped by hand', () => {
  const MARKERS = {
    kind: 'markers',
    prompt: ['TASK:'],
    reason: ['> think:', 'REASON'],
    act: ['>'],
    observation: ['SAW:'],
  }

  it('cut where a line begins with one, the longest first', () => {
    const text =
      'a log\nTASK: wash\n> think: look\n  twice\n> look\nSAW: sink\nTASK: dry\nREASON x\r\n> dry\n'
    const drafts = mapped(MARKERS).readText!(text)!
    expect(spans(drafts)).toEqual([
      [
        ['prompt', 'a log'],
        ['prompt', 'wash'],
        ['reason', 'look\n  twice'],
        ['act', 'look'],
        ['observation', 'sink'],
      ],
      [
        ['prompt', 'dry'],
        ['reason', 'x'],
        ['act', 'dry'],
      ],
    ])
    expect(drafts.map(({ start }) => start)).toEqual([0, text.indexOf('TASK: dry')])
  })

  it('take other lines for the answer, where the mapping says so', () => {
    const text = 'You are here.\nTASK: wash\nnow\n> think: look\nOK.\n> look\na sink\nand a cup\n'
    expect(spans(mapped({ ...MARKERS, otherLines: 'observation' }).readText!(text))).toEqual([
      [
        ['prompt', 'You are here.'],
        ['prompt', 'wash\nnow'],
        ['reason', 'look'],
        ['observation', 'OK.'],
        ['act', 'look'],
        ['observation', 'a sink\nand a cup'],
      ],
    ])
  })

  it('leave the end of a tag or a bracket out of the content', () => {
    const mapping = { kind: 'markers', reason: ['<why>', 'think['], act: ['<do>'] }
    const text = '<why> a [b] </why>\n<do>\nx\n</do>\nthink[c[d]]\n<do>y'
    expect(spans(mapped(mapping).readText!(text))![0]!.map(([, content]) => content)).toEqual([
      'a [b]',
      'x',
      'c[d]',
      'y',
    ])
  })

  it('leave alone a text without a thought or an act', () => {
    expect(mapped(MARKERS).readText!('TASK: wash\nSAW: nothing\n')).toBeNull()
    expect(mapped({ kind: 'markers' }).readText!('x')).toBeNull()
  })
})

describe('any mapping', () => {
  const path = fc.constantFrom('a', 'b', 'a[*].b', '[*]', '[*].a', 'a[0]', '$', 'b[*][*]')
  const fields = fc.record(
    {
      kind: fc.constant('fields' as const),
      group: path,
      steps: path,
      prompt: path,
      reason: path,
      act: path,
      observation: path,
      order: fc.constantFrom('act-first' as const, 'observation-first' as const),
    },
    { requiredKeys: ['kind'] },
  )
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom('x', 'think: y', '{"name": "f"}', '', null, 1, true, { name: 'f', args: [1n] }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.record({ a: tie('value'), b: tie('value') }, { requiredKeys: [] }),
    ),
  })).value
  const object = value.filter((any): any is object => typeof any === 'object' && any !== null)

  it('of fields gives partitions and never throws', () => {
    fc.assert(
      fc.property(fields, object, (mapping, record) => {
        const format = mapped(mapping)
        for (const draft of format.readJson!(record) ?? []) {
          const trajectory = segment(draft, { file: 'f', index: 0, format: 'mapped' })
          if (trajectory !== null) expectPartition(trajectory)
        }
      }),
    )
  })

  it('of markers keeps every character', () => {
    const marker = fc.array(fc.constantFrom('a', 'ab', '>', '> ', '<t>', 'x['), { maxLength: 2 })
    const markers = fc.record({
      kind: fc.constant('markers' as const),
      prompt: marker,
      reason: marker,
      act: marker,
      observation: marker,
      otherLines: fc.constantFrom('continue' as const, 'observation' as const),
    })
    const text = fc
      .array(
        fc.oneof(fc.constantFrom('a', 'ab', '> ', '>', '\n', 'x[', ']', '\r\n', '<t>', '</t>'), fc.string()),
      )
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(markers, text, (mapping, source) => {
        const drafts = mapped(mapping).readText!(source) ?? []
        const joined = drafts.flatMap(({ pieces }) => pieces.map((piece) => piece.text)).join('')
        expect(source.startsWith(joined)).toBe(true)
        for (const draft of drafts) {
          const trajectory = segment(draft, { file: 'f', index: 0, format: 'mapped' })
          if (trajectory !== null) expectPartition(trajectory)
        }
      }),
    )
  })

  it('takes linear time', () => {
    const format = mapped({ kind: 'markers', reason: ['a'], act: ['aa'], prompt: ['b'] })
    const rows = mapped({ kind: 'fields', group: 'g', reason: 'r', act: 'a' })
    const time = (n: number) => {
      const began = performance.now()
      format.readText!('b\na\naa\n\n'.repeat(n))
      rows.readJson!(Array.from({ length: n }, (_, i) => ({ g: i >> 3, r: 'x', a: '{"name":"f"}' })))
      return performance.now() - began
    }
    time(2000)
    const [once, often] = [Math.min(time(2000), time(2000)), Math.min(time(32_000), time(32_000))]
    expect(often).toBeLessThan(Math.max(once, 10) * 16 * 4)
  })
})
