import { folded } from '../gpu/folded.ts'
import { Program, variants } from '../gpu/program.ts'
import type { Runner } from '../gpu/runner.ts'
import type { Operations } from '../operations.ts'
import { drawBytes, drawCode, greedyCode } from './code.ts'

const UNIFORMS = { rows: 'u32', stride: 'u32', count: 'u32' } as const

const greedyProgram = variants(
  (threads: number) =>
    new Program({
      label: 'sample the likeliest',
      arrays: {
        logits: { type: 'f32', access: 'read' },
        tokens: { type: 'i32', access: 'read_write' },
      },
      uniforms: UNIFORMS,
      workgroup: [threads],
      workgroupBytes: 4 * (threads + Math.sqrt(threads)),
      code: greedyCode(threads),
    }),
)

const drawProgram = variants(
  (threads: number) =>
    new Program({
      label: 'sample',
      arrays: {
        logits: { type: 'f32', access: 'read' },
        draws: { type: 'f32', access: 'read' },
        tokens: { type: 'i32', access: 'read_write' },
      },
      uniforms: { ...UNIFORMS, temperature: 'f32', firstStage: 'u32', stages: 'u32', k: 'u32', p: 'f32' },
      workgroup: [threads],
      workgroupBytes: drawBytes(threads),
      code: drawCode(threads),
    }),
)

/** Passes over a row that a search for a threshold takes. */
const SEARCH = 17

/**
 * One workgroup draws one row's token. Nothing is sorted: a threshold is found by a search over the bits of the logits,
 * each pass of which counts or weighs what lies above three candidates.
 */
export function fusedSample(runner: Runner): Operations['sample'] {
  // Square numbers: reductions are in two stages of equal size.
  const threads = runner.limits.software ? 64 : 256
  return (logits, { temperature, topK = 0, topP = 1, vocabularySize }, draws) => {
    const [rows, stride] = logits.shape as [number, number]
    const count = Math.min(vocabularySize ?? stride, stride)
    const tokens = runner.array([rows], 'int32')
    const groups = folded(rows, runner.limits)
    if (temperature === 0) {
      runner.run(greedyProgram(threads), { logits, tokens }, { rows, stride, count }, groups, rows * count)
      return tokens
    }
    const k = topK > 0 && topK < count ? topK : 0
    const firstStage = k > 0 ? 0 : 1
    const stages = topP < 1 ? 2 : 1
    const drawn = runner.upload(draws, [rows])
    runner.run(
      drawProgram(threads),
      { logits, draws: drawn, tokens },
      { rows, stride, count, temperature, firstStage, stages, k, p: topP },
      groups,
      10 * (4 + SEARCH * (stages - firstStage)) * rows * count,
    )
    runner.free(drawn)
    return tokens
  }
}
