import { foldedEntry } from '../gpu/folded.ts'
import { Program, variants } from '../gpu/program.ts'
import type { Bindings } from './fusedChunks.ts'
import { totalCode } from './fusedSoftmax.ts'
import { TARGET } from './fusedTargets.ts'

/** Gradients of rows back to the positions they came from, zeros at all others; and the square of each row's norm. */
export const scatter = variants((threads: number) => {
  return new Program({
    label: 'head: scatter',
    arrays: {
      targets: { type: 'i32', access: 'read' },
      gathered: { type: 'f32', access: 'read' },
      hidden: { type: 'f32', access: 'read_write' },
      squares: { type: 'f32', access: 'read_write' },
    },
    uniforms: { count: 'u32', width: 'u32', stride: 'u32', sources: 'u32' },
    workgroup: [threads],
    code: `${totalCode(threads)}${foldedEntry('position', 'thread')}
  if (position >= u.count) { return; }
  let source = targets[u.sources + position];
  let start = position * u.width;
  if (source < 0) {
    for (var i = thread; i < u.width; i += ${threads}u) { hidden[start + i] = 0.0; }
    return;
  }
  let begin = u32(source) * u.stride;
  var square = 0.0;
  for (var i = thread; i < u.width; i += ${threads}u) {
    let value = gathered[begin + i];
    hidden[start + i] = value;
    square += value * value;
  }
  let all = total(vec4<f32>(square, 0.0, 0.0, 0.0), thread);
  if (thread == 0u) { squares[source] = all.x; }
}
`,
  })
})

/**
 * HEAD_SUMS of each term, and the squares of its gradients where there are any; a workgroup a term. Nothing is multiplied
 * by a mask, as 0 · NaN is NaN: what is not finite is added to its own term alone.
 */
export const sumTerms = variants((gradients: boolean, threads: number) => {
  return new Program({
    label: 'head: sums',
    arrays: {
      targets: { type: 'i32', access: 'read' },
      columns: { type: 'f32', access: 'read' },
      sums: { type: 'f32', access: 'read_write' },
      ...(gradients && {
        ofRows: { type: 'f32', access: 'read' },
        squares: { type: 'f32', access: 'read_write' },
      }),
    } as Bindings,
    uniforms: { count: 'u32' },
    workgroup: [threads],
    code: `${totalCode(threads)}
@compute @workgroup_size(WG) fn main(
  @builtin(workgroup_id) group : vec3<u32>,
  @builtin(local_invocation_index) thread : u32,
) {
  let term = group.x;
  var first = vec4<f32>(0.0);
  var rest = vec4<f32>(0.0);
  for (var row = thread; row < u.count; row += ${threads}u) {
    if (${TARGET.term('row')} == i32(term)) {
      let at = 5u * row;
      first += vec4<f32>(columns[at] * ${TARGET.tokenWeight('row')}, columns[at + 1u], columns[at + 2u], columns[at + 3u]);
      rest.x += columns[at + 4u];
      ${gradients ? 'rest.y += ofRows[row];' : ''}
    }
  }
  first = total(first, thread);
  rest = total(rest, thread);
  if (thread == 0u) {
    for (var i = 0u; i < 4u; i++) { sums[5u * term + i] = first[i]; }
    sums[5u * term + 4u] = rest.x;
    ${gradients ? 'squares[term] = rest.y;' : ''}
  }
}
`,
  })
})
