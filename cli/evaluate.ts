import { rename, rm, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { SPLITS, type Split } from '../workers/environments/environment.ts'
import { environmentNamed } from '../workers/environments/index.ts'
import { openWorld, UPLOADED_ENVIRONMENTS, type UploadedWorld } from '../workers/environments/uploaded.ts'
import { LabError, messageOf } from '../workers/errors.ts'
import { type Actor, actorOn } from '../workers/evaluation/actor.ts'
import { definitionsOf } from '../workers/evaluation/definitions.ts'
import { episodeLine, readEpisodeLines } from '../workers/evaluation/episodeFile.ts'
import {
  type Evaluation,
  type EvaluationPlan,
  evaluate as evaluateStudent,
} from '../workers/evaluation/evaluation.ts'
import { DEFAULT_EPISODES, DEFAULT_TURN_TOKENS } from '../workers/evaluation/rollouts.ts'
import { backendChoice, openChosen } from './device.ts'
import { filesBelow, progress, readText, say, userPath } from './files.ts'
import { openInPyTorch } from './pytorch/model.ts'
import { readFolder } from './teachers.ts'

const DEFAULT_HISTORY_EPISODES = 100
/** In the place of a backend: the student is computed by PyTorch, in a process of its own. */
const PYTORCH = 'pytorch'
/** Beyond this the episodes of one command would not fit into memory. */
const MOST_EPISODES = 100_000
const MOST_SEEDS = 1000
const MOST_TURN_TOKENS = 100_000

/** `lab evaluate`: lets a student, or a world's expert, act in a world, and measures it. */
export async function evaluate(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      student: { type: 'string' },
      expert: { type: 'boolean', default: false },
      environment: { type: 'string' },
      world: { type: 'string', multiple: true },
      episodes: { type: 'string', default: String(DEFAULT_EPISODES) },
      split: { type: 'string', default: 'test' },
      seed: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      temperature: { type: 'string', default: '0' },
      'turn-tokens': { type: 'string', default: String(DEFAULT_TURN_TOKENS) },
      'history-episodes': { type: 'string' },
      recorded: { type: 'string' },
      backend: { type: 'string', default: 'automatic' },
      out: { type: 'string' },
    },
  })
  if (values.expert === (values.student !== undefined)) {
    throw new LabError('usage', 'Name one who is to act: --student DIR, or --expert.')
  }
  if (!values.environment && !values.world) {
    throw new LabError(
      'usage',
      'Name the environment: --environment household, wiki or shop, or --world FILE.',
    )
  }
  const choice = values.backend === PYTORCH ? PYTORCH : backendChoice(values.backend)
  const seed = wholeNumber('--seed', values.seed, [0, 2 ** 32 - 1])
  const world = values.world ? await worldOf(values.world, values.environment) : null
  const environment = world?.environment ?? (await environmentNamed(values.environment!))
  const { recorded } = values
  // An expert that cannot play all of the tasks is compared with when that is asked for only.
  const histories = world && !world.hasExpert && recorded === undefined ? 0 : DEFAULT_HISTORY_EPISODES
  const plan: EvaluationPlan = {
    environment,
    split: splitCalled(values.split),
    seeds: Array.from({ length: wholeNumber('--seeds', values.seeds, [1, MOST_SEEDS]) }, (_, i) => seed + i),
    episodes: wholeNumber('--episodes', values.episodes, [1, MOST_EPISODES]),
    temperature: temperatureOf(values.temperature),
    maxTurnTokens: wholeNumber('--turn-tokens', values['turn-tokens'], [1, MOST_TURN_TOKENS]),
    historyEpisodes: wholeNumber('--history-episodes', values['history-episodes'] ?? String(histories), [
      0,
      MOST_EPISODES,
    ]),
    recorded:
      recorded === undefined ? undefined : readEpisodeLines(await readText(recorded), environment, recorded),
  }
  const folder = values.student === undefined ? null : await readFolder(values.student)

  const abort = new AbortController()
  const stop = () => abort.abort()
  let failure: LabError | undefined
  let actor: Actor | null = null
  if (folder) {
    actor =
      choice === PYTORCH
        ? await openInPyTorch(folder, values.student!)
        : actorOn(
            await openChosen(choice, null, (error) => {
              failure = error
              stop()
            }),
            folder,
            values.student!,
          )
  }
  // Beside and then in place, and tried before the work: what ends too early leaves the file before.
  const out = values.out
  const part = out && userPath(`${out}.part`)
  if (part) await onPath(out!, () => writeFile(part, ''))
  const told = progress()
  process.once('SIGINT', stop)
  const began = performance.now()
  try {
    const evaluation = await evaluateStudent(actor?.student ?? null, plan, {
      goesOn: async () => !abort.signal.aborted,
      progress: (what, over, of) => told(`${over} of ${of} ${what}`, over === of),
    })
    if (failure) throw failure
    if (!evaluation) throw new LabError('not-now', 'It was interrupted; nothing was written.')
    const seconds = (performance.now() - began) / 1000
    if (part) {
      await onPath(out!, async () => {
        await writeFile(part, episodeLines(plan, evaluation))
        await rename(part, userPath(out!))
      })
    }
    const who = { student: values.student ?? null, expert: values.expert, world: values.world }
    process.stdout.write(
      `${JSON.stringify({ ...who, ...resultOf(plan, evaluation, recorded), computed: actor?.computed ?? null, seconds }, null, 2)}\n`,
    )
  } catch (error) {
    if (part) await rm(part, { force: true })
    throw failure ?? error
  } finally {
    process.off('SIGINT', stop)
    actor?.student.dispose()
  }
}

function resultOf(plan: EvaluationPlan, { episodes, histories }: Evaluation, recorded?: string) {
  const { environment, split, seeds, maxTurnTokens, temperature } = plan
  return {
    environment: environment.name,
    split,
    seeds,
    episodes: plan.episodes,
    stepCap: environment.stepCap,
    temperature,
    maxTurnTokens,
    metrics: episodes.all,
    byTaskType: episodes.byTaskType,
    atRecordedHistories: histories && {
      recorded: recorded ?? 'expert',
      episodes: Math.min(plan.historyEpisodes, plan.recorded?.length ?? plan.episodes),
      metrics: histories.all,
      byTaskType: histories.byTaskType,
    },
    definitions: definitionsOf([...Object.keys(episodes.all), ...Object.keys(histories?.all ?? {})]),
  }
}

function episodeLines(plan: EvaluationPlan, { rollouts }: Evaluation): string {
  const lines = rollouts.flatMap((played, i) =>
    played.map((rollout) => JSON.stringify(episodeLine(rollout, plan.environment.name, plan.seeds[i]!))),
  )
  return lines.map((line) => `${line}\n`).join('')
}

/**
 * A world on files of one's own, all below a folder where one is named; what is wrong with single records is said.
 *
 * @param environment of which kind it is to be, where the files may not tell
 * @throws LabError `usage` for a kind that no file makes, and as `openWorld`
 */
async function worldOf(paths: readonly string[], environment: string | undefined): Promise<UploadedWorld> {
  const kind = UPLOADED_ENVIRONMENTS.find((known) => known === environment)
  if (environment !== undefined && kind === undefined) {
    throw new LabError(
      'usage',
      `No file makes a world like "${environment}", only ${UPLOADED_ENVIRONMENTS.join(' and ')}.`,
    )
  }
  const names = (await Promise.all(paths.map(filesBelow))).flat()
  const files = await Promise.all(names.map(async (name) => ({ name, text: await readText(name) })))
  const world = await openWorld(files, kind)
  for (const problem of world.problems) say(problem)
  say(`${world.environment.title}: ${world.about}`)
  return world
}

/** @throws LabError `usage` naming the path */
async function onPath(path: string, work: () => Promise<void>): Promise<void> {
  await work().catch((error) => {
    throw new LabError('usage', `${path} cannot be written: ${messageOf(error)}.`)
  })
}

/** @throws LabError `usage` for what is no whole number or outside of what it may be */
function wholeNumber(option: string, value: string, [least, most]: readonly [number, number]): number {
  const number = Number(value)
  if (/^\d+$/.test(value.trim()) && number >= least && number <= most) return number
  throw new LabError('usage', `${option} must be a whole number from ${least} to ${most}, not "${value}".`)
}

function temperatureOf(value: string): number {
  const number = Number(value)
  if (value.trim() !== '' && Number.isFinite(number) && number >= 0) return number
  throw new LabError('usage', `--temperature must be a number of at least 0, not "${value}".`)
}

function splitCalled(name: string): Split {
  const split = SPLITS.find((known) => known === name)
  if (split !== undefined) return split
  throw new LabError('usage', `--split ${name} is none of ${SPLITS.join(', ')}.`)
}
