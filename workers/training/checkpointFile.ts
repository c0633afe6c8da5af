import { LabError } from '../errors.ts'
import { readSafetensors, writeSafetensors } from '../models/safetensors.ts'
import type { Checkpoint } from './trainer.ts'

/** A checkpoint as one safetensors file: three vectors [P] and the step, which a float32 holds exactly up to 2²⁴. */
export function writeCheckpoint({ step, parameters, firstMoment, secondMoment }: Checkpoint): Uint8Array {
  const vector = (data: Float32Array) => ({ shape: [data.length], data })
  return writeSafetensors(
    new Map([
      ['parameters', vector(parameters)],
      ['firstMoment', vector(firstMoment)],
      ['secondMoment', vector(secondMoment)],
      ['step', vector(Float32Array.of(step))],
    ]),
    { format: 'structured-agent-distillation-lab checkpoint' },
  )
}

/**
 * @param parameterCount P of the student that is to go on
 * @throws LabError `invalid-student` for a damaged file or one of another student
 */
export function readCheckpoint(file: Uint8Array, parameterCount: number, where: string): Checkpoint {
  const tensors = readSafetensors(file, where)
  const vector = (name: string, size: number): Float32Array => {
    const data = tensors.get(name)?.data
    if (data?.length === size) return data
    throw new LabError(
      'invalid-student',
      `${where} holds ${data ? `${data.length} values` : 'nothing'} under "${name}" where this recipe's student needs ${size}: it is of another run.`,
    )
  }
  const step = vector('step', 1)[0]!
  if (!Number.isInteger(step) || step < 0) {
    throw new LabError(
      'invalid-student',
      `${where} holds the step ${step}, which is no whole number of steps: the file is damaged.`,
    )
  }
  return {
    step,
    parameters: vector('parameters', parameterCount),
    firstMoment: vector('firstMoment', parameterCount),
    secondMoment: vector('secondMoment', parameterCount),
  }
}
