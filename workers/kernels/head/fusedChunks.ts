import type { GpuArray } from '../gpu/array.ts'
import { folded, foldedEntry } from '../gpu/folded.ts'
import { type ElementType, Program, variants } from '../gpu/program.ts'
import type { Runner } from '../gpu/runner.ts'

/** Logits of the student that are there at a time, bytes; a teacher's come to as many again. */
export const CHUNK_BYTES = 32 * 2 ** 20
/** Rows of logits begin at multiples of this many elements. */
const WIDTH_MULTIPLE = 64
/** Chunks begin at multiples of this many rows, so that those of any width are aligned as bindings must be. */
const LEAST_ROWS = 16
/** The number of rows varies from step to step; arrays should not, as they are used again by their size. */
export const ROW_MULTIPLE = 64

/** Arrays of a program of which not every variant has all. */
export type Bindings = Record<string, { type: ElementType; access: 'read' | 'read_write' }>

/** Elements from one row of logits to the next. */
export function logitStride(vocabulary: number): number {
  return Math.ceil(vocabulary / WIDTH_MULTIPLE) * WIDTH_MULTIPLE
}

/** Rows of logits of one chunk out of `rows`, a multiple of ROW_MULTIPLE or of LEAST_ROWS. */
export function chunkRows(runner: Runner, rows: number, vocabulary: number, chunkBytes: number): number {
  const most = Math.min(chunkBytes / (4 * logitStride(vocabulary)), runner.limits.groups)
  const multiple = most >= ROW_MULTIPLE ? ROW_MULTIPLE : LEAST_ROWS
  return Math.min(rows, Math.max(multiple, Math.floor(most / multiple) * multiple))
}

const GATHER_THREADS = 64

/**
 * Rows of hidden states side by side, zeros for those from nowhere; the student's and a teacher's at once. The position
 * of each is the first of its `words`.
 */
const gather = variants((teacher: boolean) => {
  const part = (from: string, to: string, width: string, stride: string) => `
  let row = i / u.${stride};
  let column = i % u.${stride};
  if (row >= u.count) { return; }
  let position = targets[row * u.words];
  var value = 0.0;
  if (position >= 0 && column < u.${width}) { value = ${from}[u32(position) * u.${width} + column]; }
  ${to}[i] = value;`
  return new Program({
    label: 'head: gather',
    arrays: {
      targets: { type: 'i32', access: 'read' },
      hidden: { type: 'f32', access: 'read' },
      gathered: { type: 'f32', access: 'read_write' },
      ...(teacher && {
        teacherHidden: { type: 'f32', access: 'read' },
        teacherGathered: { type: 'f32', access: 'read_write' },
      }),
    } as Bindings,
    uniforms: {
      words: 'u32',
      count: 'u32',
      width: 'u32',
      stride: 'u32',
      teacherWidth: 'u32',
      teacherStride: 'u32',
      groups: 'u32',
    },
    workgroup: [GATHER_THREADS],
    code: `${foldedEntry('place', 'thread')}
  ${
    teacher
      ? `if (place >= u.groups) {
  let i = (place - u.groups) * ${GATHER_THREADS}u + thread;${part('teacherHidden', 'teacherGathered', 'teacherWidth', 'teacherStride')}
  return;
  }`
      : ''
  }
  let i = place * ${GATHER_THREADS}u + thread;${part('hidden', 'gathered', 'width', 'stride')}
}
`,
  })
})

/** Hidden states of the rows asked for, side by side. */
export interface Gathered {
  array: GpuArray
  /** D, and the elements from one row to the next. */
  width: number
  stride: number
  /** Of rows `first` … `first + count` − 1. */
  part(first: number, count: number): GpuArray
}

function gatheredArray(runner: Runner, rows: number, width: number): Gathered {
  const stride = Math.ceil(width / 4) * 4
  const array = runner.array([rows, stride])
  return {
    array,
    width,
    stride,
    part: (first, count) => runner.view(array, [count, stride], 4 * first * stride),
  }
}

/**
 * Puts the rows at some positions side by side, the student's and a teacher's at once.
 *
 * @param targets int32, `words` for each row of which the first is its position
 */
export function gatherRows(
  runner: Runner,
  targets: GpuArray,
  words: number,
  rows: number,
  hidden: GpuArray,
  teacherHidden: GpuArray | null = null,
): { student: Gathered; teacher: Gathered | null } {
  const student = gatheredArray(runner, rows, hidden.shape[1]!)
  const teacher = teacherHidden && gatheredArray(runner, rows, teacherHidden.shape[1]!)
  const groups = Math.ceil((rows * student.stride) / GATHER_THREADS)
  const teacherGroups = teacher ? Math.ceil((rows * teacher.stride) / GATHER_THREADS) : 0
  runner.run(
    gather(teacher !== null),
    {
      targets,
      hidden,
      gathered: student.array,
      ...(teacher && { teacherHidden: teacherHidden!, teacherGathered: teacher.array }),
    },
    {
      words,
      count: rows,
      width: student.width,
      stride: student.stride,
      teacherWidth: teacher?.width ?? 0,
      teacherStride: teacher?.stride ?? 0,
      groups,
    },
    folded(groups + teacherGroups, runner.limits),
  )
  return { student, teacher }
}
