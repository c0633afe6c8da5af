import { LabError } from '../errors.ts'
import { readMetadata, readSafetensors, writeSafetensors } from '../models/safetensors.ts'
import { TERMS } from '../objective/weights.ts'
import type { Checkpoint, Lambda } from './trainer.ts'

/**
 * A checkpoint as one safetensors file: three vectors [P], the step, which a float32 holds exactly up to 2²⁴, and λ as
 * JSON beside them, which a float32 would round.
 */
export function writeCheckpoint({
  step,
  parameters,
  firstMoment,
  secondMoment,
  lambda,
}: Checkpoint): Uint8Array {
  const vector = (data: Float32Array) => ({ shape: [data.length], data })
  return writeSafetensors(
    new Map([
      ['parameters', vector(parameters)],
      ['firstMoment', vector(firstMoment)],
      ['secondMoment', vector(secondMoment)],
      ['step', vector(Float32Array.of(step))],
    ]),
    {
      format: 'structured-agent-distillation-lab checkpoint',
      ...(lambda && { lambda: JSON.stringify(lambda) }),
    },
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
  const { lambda } = readMetadata(file, where)
  return {
    step,
    parameters: vector('parameters', parameterCount),
    firstMoment: vector('firstMoment', parameterCount),
    secondMoment: vector('secondMoment', parameterCount),
    ...(lambda !== undefined && { lambda: parseLambda(lambda, where) }),
  }
}

function parseLambda(stored: unknown, where: string): Lambda {
  let lambda: unknown
  try {
    lambda = JSON.parse(String(stored))
  } catch {}
  if (isLambda(lambda)) return lambda
  throw new LabError(
    'invalid-student',
    `${where} holds the weights ${stored}, which are not one of 0 or more for each of ${TERMS.join(', ')}: the file is damaged.`,
  )
}

function isLambda(value: unknown): value is Lambda {
  if (typeof value !== 'object' || value === null) return false
  return TERMS.every((term) => {
    const weight = (value as Record<string, unknown>)[term]
    return typeof weight === 'number' && weight >= 0
  })
}
