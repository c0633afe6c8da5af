import {
  type ClusterPlan,
  DEFAULT_PLAN,
  fits,
  GPT2_VOCABULARY,
  GPUS,
  type Gpu,
  KNOWN_SHAPES,
  memoryPerGpu,
  type Recipe,
  type RunEstimate,
  type TeacherSummary,
  type Workload,
} from '../../workers/protocol.ts'

/** What a person says of the machines; a number that is being typed may be no number yet. */
export interface Machines {
  /** The name of one of GPUS. */
  gpu: string
  gpus: number | string
  machines: number | string
  host: string
  /** Percent of a GPU's peak that is reached. */
  share: number | string
}

export const FIRST_MACHINES: Machines = {
  gpu: 'NVIDIA A100, 80 GB',
  gpus: DEFAULT_PLAN.gpus,
  machines: DEFAULT_PLAN.machines,
  host: DEFAULT_PLAN.host,
  share: 40,
}

export const MOST = { gpus: 64, machines: 10_000 }

/** A whole number of things, 1 while none is typed. */
function whole(value: number | string, most: number): number {
  const number = Math.floor(Number(value))
  return number >= 1 ? Math.min(number, most) : 1
}

/** A size of student to look at. */
export interface Size {
  name: string
  work: Workload
}

/** The recipe's own student, and others of published sizes under the same recipe. */
export function sizesOf(recipe: Recipe, estimate: RunEstimate | null, teachers: TeacherSummary[]): Size[] {
  const { data, teacher, tokenizer, student, steps, batchRows, accumulate, recompute } = recipe
  const model = teacher.kind === 'model' ? teachers.find(({ name }) => name === teacher.source) : undefined
  const wished = tokenizer.kind === 'train-bpe' ? tokenizer.vocabularySize : model?.vocabularySize
  const common = {
    contextLength: data.contextLength,
    steps,
    batchRows,
    accumulate,
    recompute,
    // Of a student with tokens of its own the teacher is asked before the run.
    teacherParameters: tokenizer.kind === 'teacher' ? (model?.parameters ?? 0) : 0,
  }
  const own: Workload = {
    ...common,
    layers: student.layers,
    width: student.width,
    vocabularySize: estimate?.vocabularySize ?? wished ?? GPT2_VOCABULARY,
  }
  return [
    { name: 'This recipe’s', work: own },
    ...KNOWN_SHAPES.map(({ name, of, layers, width }) => ({
      name: `${name}, as ${of}`,
      work: { ...common, layers, width, vocabularySize: GPT2_VOCABULARY },
    })),
  ]
}

/** The machines in numbers, and whether the student must be shared out over them. */
export interface Chosen {
  gpu: Gpu
  /** Of all machines together. */
  gpus: number
  /** 0 … 1 */
  share: number
  plan: ClusterPlan
}

export function chosenOf(machines: Machines, own: Workload): Chosen {
  const gpu = GPUS.find(({ name }) => name === machines.gpu) ?? GPUS[0]!
  const each = whole(machines.gpus, MOST.gpus)
  const many = whole(machines.machines, MOST.machines)
  const gpus = each * many
  const shard = gpus > 1 && !fits(memoryPerGpu(own, gpus, false), gpu)
  const share = Math.min(100, Math.max(1, Number(machines.share) || 1)) / 100
  const host = machines.host.trim() || DEFAULT_PLAN.host
  return { gpu, gpus, share, plan: { machines: many, gpus: each, host, shard } }
}
