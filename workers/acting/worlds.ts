import { type Environment, type Episode, SPLITS } from '../environments/environment.ts'
import { environmentNamed } from '../environments/index.ts'
import { openWorld, type UploadedWorld } from '../environments/uploaded.ts'
import { LabError, messageOf } from '../errors.ts'
import type { EpisodeTask, WorldSummary } from './acting.ts'
import { BUILT_IN_WORLDS, COMMANDS } from './builtInWorlds.ts'

/** Of a world's files together, in bytes; what is made of them takes several times as much memory. */
const MOST_BYTES = 256 * 2 ** 20

interface Kept {
  summary: WorldSummary
  world: UploadedWorld
}

/** The worlds that can be acted in: those that are built in, and those that a person has opened. */
export class Worlds {
  private readonly uploaded = new Map<string, Kept>()

  summaries(): WorldSummary[] {
    return [...BUILT_IN_WORLDS, ...[...this.uploaded.values()].map(({ summary }) => summary)]
  }

  /** @throws LabError `file-too-large`, and as `openWorld` */
  async add(files: readonly File[]): Promise<WorldSummary> {
    const bytes = files.reduce((sum, { size }) => sum + size, 0)
    const names = files.map(({ name }) => name).join(', ')
    if (bytes > MOST_BYTES) {
      throw new LabError(
        'file-too-large',
        `${names} has ${Math.ceil(bytes / 2 ** 20)} MB, and a world may have ${MOST_BYTES / 2 ** 20} MB: open a part of it.`,
      )
    }
    const texts = await Promise.all(files.map(async (file) => ({ name: file.name, text: await file.text() })))
    const world = await loaded(() => openWorld(texts))
    const { environment, ask, about, problems } = world
    const isBuiltIn = BUILT_IN_WORLDS.some(({ name }) => name === names)
    const summary: WorldSummary = {
      name: isBuiltIn ? `${names} (file)` : names,
      environment: environment.name,
      title: environment.title,
      about,
      taskTypes: environment.taskTypes,
      splits: ask ? [] : SPLITS,
      tasks: ask ? 'typed' : 'drawn',
      stepCap: environment.stepCap,
      uploaded: true,
      problems,
      commands: COMMANDS[environment.name as keyof typeof COMMANDS],
    }
    this.uploaded.set(summary.name, { summary, world })
    return summary
  }

  /** @throws LabError `usage` for a world that nobody has opened */
  remove(name: string): void {
    if (!this.uploaded.delete(name))
      throw new LabError('usage', `There is no world of your own named "${name}".`)
  }

  /** @throws LabError `usage` for a name that no world has, `fetch-failed` where its program could not be loaded */
  async named(name: string): Promise<Environment> {
    const own = this.uploaded.get(name)
    if (own) return own.world.environment
    if (BUILT_IN_WORLDS.some((world) => world.name === name)) return loaded(() => environmentNamed(name))
    throw new LabError('usage', `There is no world named "${name}": choose another, or open its file again.`)
  }

  /** @throws LabError where there is no such task */
  async episode({ world, split, seed, taskType, question, answer }: EpisodeTask): Promise<{
    environment: Environment
    episode: Episode
  }> {
    const environment = await this.named(world)
    const ask = this.uploaded.get(world)?.world.ask
    // What a person asks is of no split, and no seed draws it.
    if (ask) return { environment, episode: ask(question ?? '', answer?.trim() || null) }
    if (!SPLITS.includes(split))
      throw new LabError('usage', `There is no split "${split}", only ${SPLITS.join(', ')}.`)
    if (!Number.isInteger(seed)) throw new LabError('usage', 'The seed of a task must be a whole number.')
    return { environment, episode: environment.episode(seed, split, taskType) }
  }
}

/** Programs of worlds are loaded when they are needed. */
async function loaded<T>(load: () => Promise<T>): Promise<T> {
  return load().catch((error) => {
    if (error instanceof LabError) throw error
    throw new LabError(
      'fetch-failed',
      `The world could not be loaded (${messageOf(error)}): connect to where this page is from, or reload it, and try again.`,
    )
  })
}
