import { actorOn } from '../../../workers/evaluation/actor.ts'
import { reference } from '../../../workers/kernels/reference.ts'
import type { StudentFolder } from '../../../workers/models/folder.ts'
import { type GptConfig, gptParameters, initialParameters } from '../../../workers/models/parameters.ts'
import type { Claim, StudyNews, StudyPorts, StudyStore } from '../../../workers/study/ports.ts'
import { trainHere } from '../../../workers/study/trainHere.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { openForTest } from '../backends.ts'
import { household } from '../household.ts'

/** A model that knows nothing, with a tokenizer of the household and room for its tasks. */
export function tinyTeacher(seed = 1, contextLength = 384): StudentFolder {
  const tokenizer = trainBpe(
    household(12).map(({ text }) => text),
    400,
  )
  const { vocabularySize } = tokenizer
  const config: GptConfig = { vocabularySize, contextLength, layers: 1, width: 16, heads: 2 }
  const parameters = initialParameters(gptParameters(config), seed)
  return { config, parameters, tokenizer: tokenizer.toJSON() }
}

/** A store in memory, as a browser's: nobody else is there. */
export class MemoryStore implements StudyStore {
  readonly files = new Map<string, string>()
  readonly claimed = new Set<string>()

  async read(name: string): Promise<string | null> {
    return this.files.get(name) ?? null
  }

  async write(name: string, text: string): Promise<void> {
    this.files.set(name, text)
  }

  async claim(name: string): Promise<Claim | null> {
    if (this.claimed.has(name)) return null
    this.claimed.add(name)
    return { release: async () => void this.claimed.delete(name) }
  }

  cells(): string[] {
    return [...this.files.keys()].flatMap((name) => /^cells\/(.+)\/result\.json$/.exec(name)?.[1] ?? [])
  }
}

/** Ports on this machine's WebAssembly. */
export async function portsOn(
  store: StudyStore,
  {
    teacher = tinyTeacher(3),
    ...more
  }: Partial<Omit<StudyPorts, 'teacher'>> & { teacher?: StudentFolder } = {},
): Promise<StudyPorts & { heard: StudyNews[] }> {
  const device = { device: await openForTest('wasm'), operations: reference }
  const heard: StudyNews[] = []
  return {
    store,
    teacher: async () => teacher,
    actor: async (folder, where) => actorOn(device, folder, where),
    train: (job, watching) =>
      trainHere(job, device, async () => ({ teacher: null, capture: null }), watching),
    news: (news) => heard.push(news),
    heard,
    ...more,
  }
}

/** In the place of training: a student of the right shape that has learnt nothing. */
export const untrained: StudyPorts['train'] = async ({ recipe, teacher }) => {
  const { layers, width, heads } = recipe.student
  const config = { ...teacher.config, layers, width, heads }
  const parameters = initialParameters(gptParameters(config), recipe.seed)
  const trainedBy = { program: 'lab' as const, backend: 'none', engine: 'none', adapter: 'none', seconds: 0 }
  return { student: { ...teacher, config, parameters }, metrics: [], trainedBy }
}
