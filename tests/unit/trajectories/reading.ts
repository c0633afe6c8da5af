import { expect } from 'vitest'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import type { Trajectory } from '../../../workers/trajectories/trajectory.ts'

/** Reads a text as a file named `name`. */
export function read(text: string, options: { format?: string; name?: string } = {}) {
  const { name = 'runs.txt', ...rest } = options
  return readTrajectories(name, new TextEncoder().encode(text), rest)
}

/** Kind and content of every span of every trajectory of a text that has no problems. */
export function contents(text: string, options: { format?: string } = {}): [string, string][][] {
  const { trajectories, problems } = read(text, options)
  expect(problems).toEqual([])
  return trajectories.map(spansOf)
}

export function spansOf({ text, spans }: Trajectory): [string, string][] {
  return spans.map((span) => [span.kind, text.slice(span.contentStart, span.contentEnd)])
}

export function codes(trajectory: Trajectory): string[] {
  return trajectory.warnings.map((warning) => warning.code)
}

/** What must hold for every trajectory, whatever it came from. */
export function expectPartition({ text, spans, warnings }: Trajectory): void {
  expect(text.isWellFormed()).toBe(true)
  expect(spans.length).toBeGreaterThan(0)
  let end = 0
  let step = -1
  for (const span of spans) {
    expect(span.start).toBe(end)
    expect(span.end).toBeGreaterThan(span.start)
    expect(span.contentStart).toBeGreaterThanOrEqual(span.start)
    expect(span.contentEnd).toBeGreaterThanOrEqual(span.contentStart)
    expect(span.contentEnd).toBeLessThanOrEqual(span.end)
    const content = text.slice(span.contentStart, span.contentEnd)
    expect(content).toBe(content.trim())
    expect([step, step + 1]).toContain(span.step)
    if (span.kind === 'prompt') expect(span.step).toBe(-1)
    if (span.kind === 'reason' || span.kind === 'act') expect(span.step).toBeGreaterThanOrEqual(0)
    step = span.step
    end = span.end
  }
  expect(end).toBe(text.length)
  for (const warning of warnings) {
    expect(warning.offset).toBeLessThanOrEqual(text.length)
    expect(warning.line).toBe(text.slice(0, warning.offset).split('\n').length)
  }
}
