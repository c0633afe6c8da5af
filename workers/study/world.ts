import type { Environment } from '../environments/environment.ts'
import { environmentNamed } from '../environments/index.ts'
import { LabError, messageOf } from '../errors.ts'
import type { Actor } from '../evaluation/actor.ts'
import { readEpisodeLines } from '../evaluation/episodeFile.ts'
import type { RecordedEpisode } from '../evaluation/reasoning.ts'
import type { Watching } from '../evaluation/rollouts.ts'
import { isRecord } from '../isRecord.ts'
import type { StudentFolder } from '../models/folder.ts'
import { gptParameters, parameterCount } from '../models/parameters.ts'
import { contentHash } from '../trajectories/contentHash.ts'
import type { Reading } from '../trajectories/reading.ts'
import type { Trajectory } from '../trajectories/trajectory.ts'
import { computedSince } from './computedBy.ts'
import { recordedFile, teacherFile, trajectoriesFile, worldFile } from './files.ts'
import { differences, fingerprintOf, modelHash } from './fingerprint.ts'
import type { StudyPorts, StudyWatching } from './ports.ts'
import { readTeacherResult, type TeacherResult } from './result.ts'
import type { Study, StudyWorld } from './study.ts'
import { testTeacher } from './teacher.ts'
import { PlayedEpisodes, playTrajectories, trajectoriesOf } from './trajectories.ts'

/** A world with all that its students need. */
export class PreparedWorld {
  private readonly cut = new Map<string, Trajectory[]>()
  private readonly hashes = new Map<number, string>()

  constructor(
    readonly environment: Environment,
    readonly teacher: StudentFolder,
    readonly teacherHash: string,
    /** Lines of played episodes that are trained on, as many as the largest amount. */
    private readonly lines: readonly string[],
    /** Of the teacher, for students to be compared with. */
    readonly recorded: readonly RecordedEpisode[],
    readonly recordedHash: string,
    readonly result: TeacherResult,
  ) {}

  /** The first so many of what students learn from. @throws LabError `no-trajectory` */
  trajectories(amount: number, reading: Reading): Trajectory[] {
    const key = JSON.stringify([amount, reading])
    const known = this.cut.get(key)
    if (known) return known
    const file = trajectoriesFile(this.environment.name)
    const trajectories = trajectoriesOf(this.lines.slice(0, amount), file, reading)
    this.cut.set(key, trajectories)
    return trajectories
  }

  /** What the first so many are known by. */
  trajectoriesHash(amount: number): string {
    const hash = this.hashes.get(amount) ?? contentHash(this.lines.slice(0, amount).join('\n'))
    this.hashes.set(amount, hash)
    return hash
  }
}

/**
 * Opens a world's teacher; plays what the students are to learn from, and the teacher's own test episodes, where that is
 * not done yet. Nobody else may be at it.
 *
 * @returns null where it was told not to go on
 * @throws LabError `broken-record` where what is there was made by another teacher or other settings; `no-trajectory`,
 * `invalid-student` for a teacher that cannot act there
 */
export async function prepareWorld(
  study: Study,
  { environment: name, teacher: source }: StudyWorld,
  ports: StudyPorts,
  { goesOn, progress }: StudyWatching,
): Promise<PreparedWorld | null> {
  const { store } = ports
  const environment = await environmentNamed(name)
  const teacher = await ports.teacher(source)
  const teacherHash = modelHash(teacher)
  const { trajectories, testing } = study
  const fingerprint = await keepSettings(ports, name, { teacher: teacherHash, trajectories, testing })

  const acting = async <T>(work: (actor: Actor) => Promise<T>): Promise<T> => {
    const actor = await ports.actor(teacher, source)
    try {
      return await work(actor)
    } finally {
      actor.student.dispose()
    }
  }
  const told = (what: string): Watching => ({ goesOn, progress: (done, of) => progress(what, done, of) })

  const file = trajectoriesFile(name)
  const played = new PlayedEpisodes(file, trajectories.onlySuccesses)
  played.add((await store.read(file)) ?? '')
  const amount = Math.max(...Object.values(study.amounts))
  if (played.good.length < amount) {
    const keep = () => store.write(file, played.content)
    const watching = told(`trajectories of the ${trajectories.by}`)
    const play = (actor: Actor | null) =>
      playTrajectories(environment, actor?.student ?? null, study, amount, played, keep, watching)
    if (!(await (trajectories.by === 'teacher' ? acting(play) : play(null)))) return null
  }

  const testedBefore = await readTest(ports, name)
  let result = testedBefore?.result
  let recorded = testedBefore?.recorded
  if (result === undefined || recorded === undefined) {
    const began = performance.now()
    const tested = await acting(async (actor) => {
      const watching = told("the teacher's test episodes")
      const played = await testTeacher(environment, actor.student, testing, watching)
      return played && { ...played, evaluatedBy: computedSince(actor.computed, began) }
    })
    if (tested === null) return null
    const { contextLength, vocabularySize } = teacher.config
    recorded = tested.recorded
    result = {
      environment: name,
      fingerprint,
      source,
      parameters: parameterCount(gptParameters(teacher.config)),
      contextLength,
      vocabularySize,
      evaluatedBy: tested.evaluatedBy,
      trajectories: { by: trajectories.by, played: 0, successes: 0, kept: 0 },
      episodes: tested.episodes,
      expert: tested.expert,
    }
    await store.write(recordedFile(name), recorded)
  }
  const counts = {
    by: trajectories.by,
    played: played.lines.length,
    successes: played.successes,
    kept: Math.min(amount, played.good.length),
  }
  if (!testedBefore || JSON.stringify(result.trajectories) !== JSON.stringify(counts)) {
    result = { ...result, trajectories: counts }
    await store.write(teacherFile(name), `${JSON.stringify(result)}\n`)
  }
  return new PreparedWorld(
    environment,
    teacher,
    teacherHash,
    played.good.slice(0, amount),
    recorded === '' ? [] : readEpisodeLines(recorded, environment, recordedFile(name)),
    contentHash(recorded),
    result,
  )
}

/** What was tested before; null where it was not, or not to its end. */
async function readTest(
  { store }: StudyPorts,
  name: string,
): Promise<{ result: TeacherResult; recorded: string } | null> {
  const content = await store.read(teacherFile(name))
  const recorded = await store.read(recordedFile(name))
  if (content === null || recorded === null) return null
  return { result: readTeacherResult(content, teacherFile(name)), recorded }
}

/**
 * Writes down what a world is made from, before it is.
 *
 * @returns its fingerprint
 * @throws LabError `broken-record` where something else is written there, naming it
 */
async function keepSettings(
  { store }: StudyPorts,
  name: string,
  settings: Record<string, unknown>,
): Promise<string> {
  const file = worldFile(name)
  const fingerprint = fingerprintOf(settings)
  const content = await store.read(file)
  if (content === null) {
    await store.write(file, `${JSON.stringify({ environment: name, fingerprint, settings }, null, 2)}\n`)
    return fingerprint
  }
  let before: unknown
  try {
    before = JSON.parse(content)
  } catch (error) {
    throw new LabError('broken-record', `${file} is not valid JSON (${messageOf(error)}): remove it.`)
  }
  if (isRecord(before) && before.fingerprint === fingerprint) return fingerprint
  const [changed = 'something else'] = differences(isRecord(before) ? before.settings : {}, settings, 1)
  const what = changed.startsWith('teacher ') ? 'the teacher was another model' : changed
  throw new LabError(
    'broken-record',
    `worlds/${name} is of another study, as ${what}: go on with the study as it was, or begin this one in a place of its own.`,
  )
}
