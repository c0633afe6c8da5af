import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LabError, messageOf } from '../workers/errors.ts'
import { readStudentFolder, STUDENT_FOLDER_FILES } from '../workers/models/folder.ts'
import { gptParameters, parameterCount } from '../workers/models/parameters.ts'
import { parseMetricsJsonl } from '../workers/training/metricsReading.ts'
import { pythonWithTorch } from './pytorch/python.ts'

/**
 * Builds a teacher that ships with the page, from the world's expert to `public/teachers/WORLD` and its log in
 * `studies/teachers`: `npm run teachers -- household`. Interrupted, the same command goes on with the training. Run in
 * the project's folder; the lab's command line is to be built.
 */

const LAB = 'node_modules/.cache/lab/lab.js'
const WORK = '.teachers'
const SHIPPED = [...STUDENT_FOLDER_FILES, 'tokenizer_config.json', 'generation_config.json']

/** Runs of the expert on train tasks, and unseen test tasks that the teacher is then measured on. */
const TRAJECTORIES = 20_000
const TRAJECTORIES_SEED = 7
const EPISODES = 300
/** Share of them that a teacher must solve to ship. */
const LEAST_SUCCESS = 0.9
/** Of the training's lines in the log, beside all of the held-out trajectories. */
const LOGGED_EVERY = 50

const TITLES = { household: 'Household teacher', wiki: 'Wiki teacher', shop: 'Shop teacher' } as const
type World = keyof typeof TITLES

function build(world: World): void {
  const python = pythonWithTorch()
  const recipe = join('studies', 'teachers', `${world}.json`)
  const [episodes, zip, student] = [`${world}.jsonl`, `${world}.zip`, world].map((name) =>
    join(WORK, name),
  ) as [string, string, string]
  mkdirSync(WORK, { recursive: true })
  if (!existsSync(episodes)) {
    const drawn = [
      '--split',
      'train',
      '--episodes',
      String(TRAJECTORIES),
      '--seed',
      String(TRAJECTORIES_SEED),
    ]
    lab('evaluate', '--expert', '--environment', world, ...drawn, '--out', episodes)
  }
  lab('pack', episodes, '--recipe', recipe, '--out', zip)
  const training = ['-m', 'sad_scale', 'train', zip, '--out', student, '--cache', join(WORK, 'cache')]
  run(python, [...training, '--resume', '--precision', 'bfloat16'], { PYTHONPATH: zip })
  const evaluation = measured(world, student)
  const { mean } = evaluation.metrics.success
  if (mean < LEAST_SUCCESS) {
    throw new LabError(
      'invalid-student',
      `The teacher in ${student} solves ${mean} of the test tasks and does not ship below ${LEAST_SUCCESS}.`,
    )
  }
  ship(world, student, evaluation)
}

interface Evaluation {
  metrics: { success: { mean: number; low: number; high: number; of: number } }
}

/** What `lab evaluate` says of it on unseen tasks. */
function measured(world: World, student: string): Evaluation & { said: string } {
  const how = ['--split', 'test', '--episodes', String(EPISODES), '--backend', 'pytorch']
  const said = lab('evaluate', '--student', student, '--environment', world, ...how)
  return { said, ...(JSON.parse(said) as Evaluation) }
}

function ship(
  world: World,
  student: string,
  { said, metrics: { success } }: ReturnType<typeof measured>,
): void {
  writeFileSync(join('studies', 'teachers', `${world}.evaluation.json`), said)
  const folder = join('public', 'teachers', world)
  mkdirSync(folder, { recursive: true })
  for (const name of SHIPPED) cpSync(join(student, name), join(folder, name))
  const files = new Map(STUDENT_FOLDER_FILES.map((name) => [name, readFileSync(join(folder, name))]))
  const { config } = readStudentFolder(files, folder)
  const { layers, width, contextLength } = config
  const entry = {
    name: world,
    environment: world,
    title: TITLES[world],
    about: `A GPT of ${layers} layers of width ${width} that reads ${contextLength} tokens, trained on ${TRAJECTORIES} runs of the ${world}'s scripted expert.`,
    parameters: parameterCount(gptParameters(config)),
    bytes: STUDENT_FOLDER_FILES.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0),
    success: { mean: success.mean, low: success.low, high: success.high, episodes: success.of },
  }
  const index = join('public', 'teachers', 'index.json')
  const known: { name: string }[] = existsSync(index) ? JSON.parse(readFileSync(index, 'utf8')) : []
  const all = Object.keys(TITLES).flatMap((name) =>
    name === world ? [entry] : known.filter((one) => one.name === name),
  )
  writeFileSync(index, `${JSON.stringify(all, null, 2)}\n`)

  const metrics = join(student, 'metrics.jsonl')
  const lines = parseMetricsJsonl(readFileSync(metrics, 'utf8'), metrics)
  const logged = readFileSync(metrics, 'utf8')
    .trimEnd()
    .split('\n')
    .filter((_, i) => lines[i]!.split === 'held-out' || lines[i]!.step % LOGGED_EVERY === 0)
  writeFileSync(join('studies', 'teachers', `${world}.metrics.jsonl`), `${logged.join('\n')}\n`)
}

function lab(...args: string[]): string {
  return run(process.execPath, [LAB, ...args])
}

function run(command: string, args: string[], env: Record<string, string> = {}): string {
  return execFileSync(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const worlds = process.argv.slice(2)
  try {
    if (worlds.length === 0) throw new LabError('usage', `Name worlds: ${Object.keys(TITLES).join(', ')}.`)
    for (const world of worlds) {
      if (!Object.hasOwn(TITLES, world)) throw new LabError('usage', `There is no world "${world}".`)
      build(world as World)
    }
  } catch (error) {
    process.stderr.write(`teachers: ${messageOf(error)}\n`)
    process.exitCode = 1
  }
}
