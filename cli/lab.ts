import { messageOf } from '../workers/errors.ts'
import { capture } from './capture.ts'
import { evaluate } from './evaluate.ts'
import { pack } from './pack.ts'
import { replay } from './replay.ts'
import { segment } from './segment.ts'
import { steps } from './steps.ts'
import { study } from './study.ts'
import { train } from './train.ts'

const USAGE = `usage:
  npm run lab -- segment FILE... [--format ID] [--tool-calls json|keywords] [--recipe recipe.json]
                         [--corrections corrections.json] [--out spans.jsonl]
  npm run lab -- train FILE... --recipe recipe.json --out DIR [--backend automatic|webgpu|wasm|cpu] [--resume]
                       [--corrections corrections.json]
  npm run lab -- capture FILE... --teacher DIR --out FILE [--k 16] [--backend automatic|webgpu|wasm|cpu]
                         [--recipe recipe.json] [--corrections corrections.json]
  npm run lab -- pack FILE... --recipe recipe.json --out RUN.zip [--corrections corrections.json] [--teacher-left-out]
  npm run lab -- evaluate (--student DIR | --expert) (--environment household|wiki|shop | --world FILE)
                          [--episodes 300] [--split test|validation|train] [--seed 1] [--seeds 1] [--temperature 0]
                          [--turn-tokens 160] [--history-episodes 100] [--recorded episodes.jsonl]
                          [--backend automatic|webgpu|wasm|cpu|pytorch] [--out episodes.jsonl]
  npm run lab -- study STUDY.json --out DIR [--only PATTERN]... [--trainer lab|scale] [--jobs 1]
                       [--backend automatic|webgpu|wasm|cpu] [--keep-students] [--report-only | --no-report]
  npm run lab -- replay FILE... --environment household [--format ID] [--json]
  npm run lab -- steps

FILE may be a folder: all files below it are read. corrections.json is what the page exports of corrections by hand.
DIR of a teacher or student may be built-in:NAME, one that comes with the lab; recipes name it so as well.

segment  cuts trajectories into spans and prints one JSON line for each, as it comes; of a recipe it takes how to read
train    trains a student and writes its folder with metrics.jsonl, metrics.csv and a checkpoint to DIR
capture  writes what a model predicts, the k likeliest tokens at every place, to a file that a recipe can name as teacher
pack     puts a run into one file that PyTorch trains elsewhere, on many GPUs: the commands are in its README.txt
evaluate lets a student act in a world, or the world's expert, and prints its metrics with intervals as JSON: of --seeds N
         seeds from --seed on, --episodes each; at the histories of --history-episodes runs of the expert, or of a
         teacher that --recorded names (what --out has written), reasoning and action are compared turn by turn. --world
         is a file of one's own (given again for each more): HotpotQA's distractor JSON, JSON lines of title and text and of
         question and answer, or WebShop's items
study    trains and measures the students of a study cell by cell in DIR, and writes its tables and figures there; the same
         command goes on where it was ended. --only does the cells whose id holds PATTERN (or fits it, with * and ?), so
         that several machines can share them: copy worlds/ to all of them before, and cells/ back together. --jobs
         runs several cells at a time; --trainer scale trains them with PyTorch (SCALE_PYTHON names its Python)
replay   rebuilds a world from what transcripts reveal, plays their actions there, and prints every answer that differs
steps    reads what a student writes in place of recorded steps: questions as JSON on stdin, answers on stdout (for scale/)
`

const COMMANDS: Record<string, (args: string[]) => Promise<void>> = {
  segment,
  train,
  capture,
  pack,
  evaluate,
  study,
  replay,
  steps,
}

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const [name, ...args] = process.argv.slice(2)
if (name && ['help', '--help', '-h'].includes(name)) {
  process.stdout.write(USAGE)
} else if (!name || !Object.hasOwn(COMMANDS, name)) {
  process.stderr.write(name ? `lab: there is no command "${name}".\n${USAGE}` : USAGE)
  process.exitCode = 2
} else {
  try {
    await COMMANDS[name]!(args)
  } catch (error) {
    process.stderr.write(`lab ${name}: ${messageOf(error)}\n`)
    process.exitCode = 1
  }
}
