import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import {
  type ComparedAnswer,
  type Replay,
  replayTrajectory,
} from '../workers/environments/household/replay/replay.ts'
import { type ReplayScore, type Share, scoreReplays } from '../workers/environments/household/replay/score.ts'
import { LabError, messageOf } from '../workers/errors.ts'
import type { Trajectory } from '../workers/trajectories/trajectory.ts'
import { filesBelow, readEach, requireFiles, say } from './files.ts'

/** What was replayed of one file. */
interface FileReplay {
  file: string
  replays: (Replay | null)[]
}

/**
 * `lab replay`: rebuilds a world from what each transcript reveals, plays its actions, and compares every answer. On
 * stdout every difference and the scores, as text or with --json as one JSON value. The exit status tells only whether
 * all files could be read.
 */
export async function replay(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      environment: { type: 'string' },
      format: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  requireFiles(positionals)
  if (values.environment !== 'household') {
    throw new LabError(
      'usage',
      `--environment ${values.environment ?? ''} cannot be replayed; household can.`,
    )
  }
  const files: FileReplay[] = []
  /** Reads what it can; the exit status tells of the rest. */
  const attempt = async (read: () => Promise<void>) => {
    try {
      await read()
    } catch (error) {
      say(messageOf(error))
      process.exitCode = 1
    }
  }
  for (const path of positionals) {
    await attempt(async () => {
      for (const file of await filesBelow(path)) {
        const replays: (Replay | null)[] = []
        await attempt(() =>
          readEach([file], { format: values.format }, (trajectory) => {
            const replayed = replayTrajectory(trajectory)
            replays.push(replayed)
            if (replayed && !values.json) tellDifferences(trajectory, replayed)
          }),
        )
        if (replays.length > 0) files.push({ file, replays })
      }
    })
  }
  const total = scoreReplays(files.flatMap(({ replays }) => replays))
  if (values.json) process.stdout.write(`${JSON.stringify(asJson(files, total))}\n`)
  else {
    for (const { file, replays } of files) tellScore(file, scoreReplays(replays))
    if (files.length > 1) tellScore('all files', total)
  }
}

function asJson(files: FileReplay[], total: ReplayScore) {
  return {
    environment: 'household',
    total,
    files: files.map(({ file, replays }) => ({
      file,
      ...scoreReplays(replays),
      differences: replays.flatMap((replayed, index) =>
        (replayed?.answers ?? [])
          .filter(({ verdict }) => verdict !== 'equal')
          .map((answer) => ({ trajectory: index + 1, ...answer })),
      ),
      notUnderstood: replays.flatMap((replayed, index) =>
        (replayed?.notUnderstood ?? []).map((program) => ({ trajectory: index + 1, ...program })),
      ),
    })),
  }
}

function tellDifferences(trajectory: Trajectory, { answers, notUnderstood }: Replay): void {
  const where = `${basename(trajectory.file)} trajectory ${trajectory.index + 1}`
  for (const answer of answers) {
    if (answer.verdict === 'equal') continue
    const why = answer.verdict === 'variant' ? ` (known wording: ${answer.variants.join(', ')})` : ''
    write(`${where} step ${answer.step}: ${answer.command}${why}`)
    write(`  expected: ${answer.expected}`)
    write(`  got:      ${gotOf(answer)}`)
  }
  for (const { step, message } of notUnderstood)
    write(`${where} step ${step}: program not played: ${message}`)
}

function gotOf({ got, kind }: ComparedAnswer): string {
  return got ?? (kind === 'program' ? '(nothing)' : '(no answer has told it yet)')
}

function tellScore(name: string, score: ReplayScore): void {
  write(
    `${name}: ${score.trajectories} trajectories, ${told(score.actions)} of the game's answers equal to the letter`,
  )
  write(`  predicted from what was known: ${told(score.predicted)}`)
  write(`  given by a first sight, so only their wording is tried: ${told(score.given)}`)
  if (score.neighbours > 0) {
    write(`    of these "Nothing happens." at a place never seen, so it shares the spot: ${score.neighbours}`)
  }
  if (score.distinct.compared < score.actions.compared) {
    write(`  each answer of an episode that is there more than once counted once: ${told(score.distinct)}`)
  }
  if (score.thoughts.compared > 0) write(`  "OK." after thoughts, not counted above: ${told(score.thoughts)}`)
  if (score.programs.compared > 0)
    write(`  what programs printed of their own, not counted above: ${told(score.programs)}`)
  write(`  different in no known way: ${score.different}`)
  tellCounts('known wording, counted as not equal', score.variants)
  tellCounts('lines of the program around the game, left out', score.leftOut)
  tellCounts('not compared', score.notCompared)
  if (score.withoutRoom > 0) write(`  trajectories that do not tell their room: ${score.withoutRoom}`)
  const { known, reached, told: said, agreed } = score.goals
  if (known > 0) write(`  goal reached at the end, where the world can know: ${reached} of ${known}`)
  if (said > 0) write(`  of these the file tells success: ${agreed} of ${said} agree`)
}

function tellCounts(title: string, counts: Record<string, number>): void {
  const some = Object.entries(counts).filter(([, count]) => count > 0)
  if (some.length > 0) write(`  ${title}: ${some.map(([name, count]) => `${name} (${count})`).join(', ')}`)
}

function told({ compared, equal }: Share): string {
  const percent = compared === 0 ? '' : ` (${((100 * equal) / compared).toFixed(1)} %)`
  return `${equal} of ${compared}${percent}`
}

function write(line: string): void {
  process.stdout.write(`${line}\n`)
}
