import { describe, expect, it } from 'vitest'
import { StepService } from '../../../cli/steps.ts'
import { readableStep } from '../../../workers/training/stepBorders.ts'
import { spanLine } from '../../../workers/trajectories/export.ts'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import { DEFAULT_READING } from '../../../workers/trajectories/reading.ts'
import type { Span, Trajectory } from '../../../workers/trajectories/trajectory.ts'
import { household } from '../household.ts'

const SYMBOLS = `Question: Which 🪔 is the oldest?
Thought 1: I should search for the 🪔🪔.
Action 1: Search[oldest 🪔]
Observation 1: The 🛢 lamp is the oldest.
Thought 2: 🎉 That is the answer.
Action 2: Finish[oil 🪔]
`

const read = (text: string): Trajectory[] =>
  readTrajectories('file', new TextEncoder().encode(text)).trajectories

const place = ({ kind, start, end, contentStart, contentEnd }: Span) => ({
  kind,
  start,
  end,
  contentStart,
  contentEnd,
})

/** The borders of a trajectory's steps but for the first, as questions. */
function openings(trajectory: Trajectory) {
  const steps = new Map(trajectory.spans.toReversed().map(({ step, start }) => [step, start]))
  return [...steps]
    .filter(([step, from]) => step >= 0 && from > 0)
    .map(([step, from]) => ({
      do: 'open',
      trajectory: spanLine(trajectory),
      from,
      step,
      reading: DEFAULT_READING,
    }))
}

const ask = (service: StepService, questions: unknown[]) =>
  JSON.parse(service.answer(JSON.stringify(questions)))

describe('lab steps', () => {
  it('answers as the lab reads steps itself, symbols outside the basic plane included', () => {
    const trajectories = [...household(3), ...read(SYMBOLS)]
    let readable = 0
    for (const trajectory of trajectories) {
      const service = new StepService()
      const questions = openings(trajectory)
      for (const [i, answer] of ask(service, questions).entries()) {
        const { from, step } = questions[i]!
        const own = readableStep(trajectory, from, step, DEFAULT_READING)
        expect(answer?.recorded).toEqual(own?.recorded.map(place))
        if (own === null) continue
        readable++
        const texts = [
          'Thought 9: 🪔 so I look.\nAction 9: Look[🪔]\nObservation 9: 🎉\n',
          '> look\n',
          '',
          '🪔',
        ]
        const answers = ask(
          service,
          texts.map((written) => ({ do: 'read', id: answer.id, written })),
        )
        expect(answers).toEqual(texts.map((written) => own.read(written)?.map(place) ?? null))
      }
    }
    expect(readable).toBeGreaterThan(10)
  })

  it('refuses what it does not understand, and what is closed', () => {
    const service = new StepService()
    expect(() => service.answer('{')).toThrow(/^A question is no JSON: /)
    expect(() => service.answer('[{"do": "sing"}]')).toThrow(/^A question is not understood: 0\.do must be /)
    const [first] = openings(read(SYMBOLS)[0]!)
    const [{ id }] = ask(service, [first])
    expect(ask(service, [{ do: 'close', id }])).toEqual([null])
    const again = [{ do: 'read', id, written: '' }]
    expect(() => ask(service, again)).toThrow(`No step is open as ${id}.`)
    expect(() => ask(service, [{ ...first, step: 99 }])).toThrow('The trajectory has no step 99 at ')
  })
})
