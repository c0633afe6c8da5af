/** What an array holds as a kernel sees it; `u32` of half-precision weights are two values each. */
export type ElementType = 'f32' | 'vec2<f32>' | 'vec4<f32>' | 'u32' | 'vec2<u32>' | 'i32' | 'vec4<i32>'
export type UniformType = 'u32' | 'i32' | 'f32'

export interface ProgramSpec<Arrays extends string, Uniforms extends string> {
  /** Names it in errors, timings and counts. */
  label: string
  /** Storage arrays in binding order; eight at most, which every adapter has. */
  arrays: Record<Arrays, { type: ElementType; access: 'read' | 'read_write' }>
  /** Members of the struct `u`. Values that change from step to step belong in an array: each set of values is kept. */
  uniforms?: Record<Uniforms, UniformType>
  workgroup: [x: number, y?: number, z?: number]
  /** Bytes of workgroup memory that it declares. */
  workgroupBytes?: number
  /** A feature of the device that the code uses. */
  enable?: 'subgroups'
  /**
   * WGSL of everything but the bindings. The entry is written `@compute @workgroup_size(WG) fn main(...)`; WG is put in.
   * All arrays and at least one uniform must be used in it.
   */
  code: string
}

/** A kernel's source. One object is one pipeline, so a variant is made once and kept; see `variants`. */
export class Program<Arrays extends string = string, Uniforms extends string = string> {
  readonly label: string
  readonly arrays: readonly { name: Arrays; type: ElementType; access: 'read' | 'read_write' }[]
  readonly uniforms: readonly { name: Uniforms; type: UniformType }[]
  readonly workgroup: readonly [number, number, number]
  readonly workgroupBytes: number
  readonly source: string

  constructor(spec: ProgramSpec<Arrays, Uniforms>) {
    this.label = spec.label
    this.arrays = (Object.keys(spec.arrays) as Arrays[]).map((name) => ({ name, ...spec.arrays[name] }))
    const uniforms = spec.uniforms ?? ({} as Record<Uniforms, UniformType>)
    this.uniforms = (Object.keys(uniforms) as Uniforms[]).map((name) => ({ name, type: uniforms[name] }))
    const [x, y = 1, z = 1] = spec.workgroup
    this.workgroup = [x, y, z]
    this.workgroupBytes = spec.workgroupBytes ?? 0
    const bindings = this.arrays.map(
      ({ name, type, access }, i) =>
        `@group(0) @binding(${i}) var<storage, ${access}> ${name} : array<${type}>;`,
    )
    if (this.uniforms.length > 0) {
      const members = this.uniforms.map(({ name, type }) => `${name} : ${type},`).join(' ')
      bindings.push(
        `struct Uniforms { ${members} }`,
        `@group(0) @binding(${this.arrays.length}) var<uniform> u : Uniforms;`,
      )
    }
    const enable = spec.enable ? `enable ${spec.enable};\n` : ''
    this.source = `${enable}${bindings.join('\n')}\n${spec.code.replaceAll('@workgroup_size(WG)', `@workgroup_size(${x}, ${y}, ${z})`)}`
  }
}

/** One program for each set of arguments, made when it is first asked for. */
export function variants<Arguments extends readonly (string | number | boolean)[], Result>(
  make: (...args: Arguments) => Result,
): (...args: Arguments) => Result {
  const made = new Map<string, Result>()
  return (...args) => {
    const key = args.join()
    let found = made.get(key)
    if (found === undefined) {
      found = make(...args)
      made.set(key, found)
    }
    return found
  }
}
