import { describe, expect, it } from 'vitest'
import { LabError } from '../../../workers/errors.ts'
import { type NamedTensor, writeSafetensors } from '../../../workers/models/safetensors.ts'
import { readCheckpoint, writeCheckpoint } from '../../../workers/training/checkpointFile.ts'
import type { Checkpoint } from '../../../workers/training/trainer.ts'

const CHECKPOINT = {
  step: 999_999,
  parameters: Float32Array.of(1, -2.5, 3e-38),
  firstMoment: Float32Array.of(0.1, 0.2, 0.3),
  secondMoment: Float32Array.of(1e-12, 0, 4),
} satisfies Checkpoint

function refusal(file: Uint8Array, parameters = 3): string {
  try {
    readCheckpoint(file, parameters, 'out/checkpoint.safetensors')
  } catch (error) {
    expect(error).toBeInstanceOf(LabError)
    return (error as LabError).message
  }
  throw new Error('the checkpoint was read')
}

describe('a checkpoint file', () => {
  it('gives back the step and every bit of the three vectors', () => {
    expect(readCheckpoint(writeCheckpoint(CHECKPOINT), 3, 'c')).toEqual(CHECKPOINT)
  })

  it('gives back every bit of the weights that were changed on the way', () => {
    const steered = { ...CHECKPOINT, lambda: { reason: 0.1, act: 1 / 3, observation: 0 } }
    expect(readCheckpoint(writeCheckpoint(steered), 3, 'c')).toEqual(steered)
  })

  it.each(['{"reason":1,"act":-1,"observation":0}', '{"reason":1}', 'null', '{'])(
    'whose weights are %s is refused',
    (lambda) => {
      const vectors = { ...CHECKPOINT, step: Float32Array.of(1) }
      const tensors = Object.entries(vectors).map(([name, data]): [string, NamedTensor] => [
        name,
        { shape: [data.length], data },
      ])
      expect(refusal(writeSafetensors(new Map(tensors), { lambda }))).toContain(
        'which are not one of 0 or more for each of reason, act, observation: the file is damaged.',
      )
    },
  )

  it('of a student of another size is refused with both sizes', () => {
    expect(refusal(writeCheckpoint(CHECKPOINT), 4)).toBe(
      'out/checkpoint.safetensors holds 3 values under "parameters" where this recipe\'s student needs 4: it is of another run.',
    )
  })

  it.each(['step', 'parameters', 'firstMoment', 'secondMoment'])('without its %s is refused', (missing) => {
    const vectors = { ...CHECKPOINT, step: Float32Array.of(1) }
    const tensors = Object.entries(vectors)
      .filter(([name]) => name !== missing)
      .map(([name, data]): [string, NamedTensor] => [name, { shape: [data.length], data }])
    expect(refusal(writeSafetensors(new Map(tensors), {}))).toMatch(
      new RegExp(`^out/checkpoint.safetensors holds nothing under "${missing}" where `),
    )
  })

  it.each([-1, 2.5, Number.NaN])('at step %s, which is none, is refused', (step) => {
    expect(refusal(writeCheckpoint({ ...CHECKPOINT, step }))).toBe(
      `out/checkpoint.safetensors holds the step ${step}, which is no whole number of steps: the file is damaged.`,
    )
  })

  it('that was cut off is refused', () => {
    expect(refusal(writeCheckpoint(CHECKPOINT).slice(0, -1))).toMatch(/ends inside tensor "step"\.$/)
  })
})
