import type { Trajectory } from '../../workers/trajectories/trajectory.ts'
import { trajectoryOf } from '../unit/dataset/fixtures.ts'
import { household } from '../unit/household.ts'

/** Trajectories that are as odd as those that a lab may hold: what Python makes of them must be what the lab does. */
export const ODD_TRAJECTORIES: Trajectory[] = [
  // A character whose halves belong to two spans, and halves of their own.
  trajectoryOf([
    ['prompt', 'Aufgabe: 😀 \ud83d', -1],
    ['reason', '\ude00 denk\u0301e 中文 👩‍👩‍👧 \ude00', 0],
    ['act', '> go \ud83d\n', 0],
    ['observation', '\u0085\ufeff \u00a0 OK.\n', 0],
    ['act', '> stop\ud83d', 1],
  ]),
  // Spans of white space and of one character; a token may reach over several.
  trajectoryOf([
    ['prompt', ' ', -1],
    ['reason', ' ', 0],
    ['act', '\n', 0],
    ['observation', 'e', 0],
    ['reason', 'e', 1],
    ['reason', ' e', 1],
    ['act', 'e e', 2],
  ]),
  // Nothing in front of the first step; steps that are not counted one by one.
  trajectoryOf([
    ['reason', 'thought '.repeat(17), 3],
    ['act', 'act '.repeat(5), 3],
    ['observation', 'seen '.repeat(41), 3],
    ['act', 'act', 7],
    ['other', '\n---\n', 7],
  ]),
  // No step at all, and a step number alone.
  trajectoryOf([['prompt', 'A prompt alone.', -1]]),
  trajectoryOf([
    ['prompt', 'A prompt.', -1],
    ['observation', 'And what was seen.', 0],
  ]),
  // Somebody's words, thoughts among them, before the first step.
  trajectoryOf([
    ['prompt', 'System.\n', -1],
    ['observation', 'Noise.\n', -1],
    ['reason', 'Early thought.\n', -1],
    ['prompt', 'More.\n', -1],
    ['act', '> act\n', 0],
  ]),
  // Known to be unfinished.
  trajectoryOf(
    [
      ['prompt', 'Task.\n', -1],
      ['reason', 'Thought.\n', 0],
      ['act', '> act\n', 0],
    ],
    ['unfinished'],
  ),
  // A prompt longer than any context here, and steps longer than the room.
  trajectoryOf([
    ['prompt', 'word '.repeat(211), -1],
    ['reason', 'thinking '.repeat(53), 0],
    ['act', '> act 0\n', 0],
    ['observation', 'seen '.repeat(97), 0],
    ['observation', 'a'.repeat(307), 1],
    ['act', '> act 1\n', 1],
    ['reason', '<|endoftext|> \0 '.repeat(29), 2],
    ['act', '> act 2\n', 2],
  ]),
]

/** Those and ordinary ones, some of which tell how they ended. */
export function oddAndOrdinary(count: number): Trajectory[] {
  const outcomes: Partial<Trajectory>[] = [
    { success: true },
    { success: false, reward: 0.25 },
    { reward: 1.5 },
    { reward: -0.5 },
    {},
    { reward: 0.1, taskType: 'clean' },
  ]
  return [...household(count), ...ODD_TRAJECTORIES].map((trajectory, i) => ({
    ...trajectory,
    ...outcomes[i % outcomes.length],
  }))
}
