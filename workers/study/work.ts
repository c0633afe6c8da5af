import type { CellResult, ComputedBy, TeacherResult } from './result.ts'
import type { Study } from './study.ts'

/** What was computed on one device by one program. */
export interface Work {
  /** Teachers' episodes are measured too. */
  what: 'trained' | 'measured'
  /** Whose it was: the lab's own, or scale's PyTorch. */
  program: 'lab' | 'scale'
  backend: string
  engine: string
  adapter: string
  /** Students, and teachers where they were measured. */
  agents: number
  /** Of all of them together, one after another. */
  seconds: number
}

/** Of a world's teacher, what a reader should know. */
export type TeacherNote = Pick<
  TeacherResult,
  'environment' | 'source' | 'parameters' | 'contextLength' | 'vocabularySize' | 'trajectories'
> & {
  /** Test episodes that teacher and expert played. */
  episodes: number
}

/** By program and device, the longest first. */
export function workOf(results: readonly CellResult[], teachers: readonly TeacherResult[]): Work[] {
  const all = new Map<string, Work>()
  const add = (what: Work['what'], program: Work['program'], computed: ComputedBy) => {
    const { backend, engine, adapter, seconds } = computed
    const key = JSON.stringify([what, program, backend, engine, adapter])
    const known = all.get(key) ?? { what, program, backend, engine, adapter, agents: 0, seconds: 0 }
    all.set(key, { ...known, agents: known.agents + 1, seconds: known.seconds + seconds })
  }
  for (const { trainedBy, evaluatedBy } of results) {
    add('trained', trainedBy.program, trainedBy)
    add('measured', 'lab', evaluatedBy)
  }
  for (const { evaluatedBy } of teachers) add('measured', 'lab', evaluatedBy)
  const byKey = [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, work]) => work)
  return byKey.sort((a, b) => b.seconds - a.seconds)
}

/** In the order of the study's worlds. */
export function teacherNotesOf(study: Study, teachers: readonly TeacherResult[]): TeacherNote[] {
  return study.worlds.flatMap((world) => {
    const teacher = teachers.find(({ environment }) => environment === world.environment)
    if (!teacher) return []
    const { environment, source, parameters, contextLength, vocabularySize, trajectories, episodes } = teacher
    return [
      {
        environment,
        source,
        parameters,
        contextLength,
        vocabularySize,
        trajectories,
        episodes: episodes.length,
      },
    ]
  })
}
