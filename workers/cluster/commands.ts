import type { Recipe } from '../recipe.ts'

/** The commands that train a RUN.zip elsewhere, as a person copies them. */

/** The machines of a run, as a person chose them. */
export interface ClusterPlan {
  machines: number
  /** On each machine. */
  gpus: number
  /** The name or address under which the others reach the first machine. */
  host: string
  /** Whether the student's state is shared out over the GPUs, since no single one holds it. */
  shard: boolean
}

export const DEFAULT_PLAN: ClusterPlan = { machines: 2, gpus: 8, host: 'node-1', shard: false }

/** What the machines must have beside RUN.zip. */
export interface RunNeeds {
  /** The teacher's folder, or its name at Hugging Face: it is not in RUN.zip. */
  teacher: boolean
  /** Node and the lab's own reader: the student writes, and the borders of its steps are to be found. */
  reader: boolean
  /** The world that the student was to act in, which it does in the lab alone. */
  world?: string
}

/** The file that a run is packed into. */
export const RUN_ZIP = 'RUN.zip'
/** Where the first machine is listening for the others. */
const PORT = 29_500

/** @param teacherLeftOut whether a model teacher stays at home */
export function needsOf({ teacher, onPolicy, evaluate }: Recipe, teacherLeftOut: boolean): RunNeeds {
  return {
    teacher: teacher.kind === 'model' && teacherLeftOut,
    reader: onPolicy.share > 0 || evaluate.cotSamples > 0,
    ...(evaluate.rollouts && { world: evaluate.rollouts.environment }),
  }
}

/** One machine with one or more GPUs. */
export function oneMachine({ gpus, shard }: ClusterPlan, needs: RunNeeds): string {
  return [
    `PYTHONPATH=${RUN_ZIP} torchrun --standalone --nproc_per_node=${gpus} --max_restarts=3`,
    training(shard, needs),
  ].join(' \\\n  ')
}

/** Several machines; the same command is given on each of them. */
export function severalMachines({ machines, gpus, host, shard }: ClusterPlan, needs: RunNeeds): string {
  return [
    `PYTHONPATH=${RUN_ZIP} torchrun --nnodes=${machines} --nproc_per_node=${gpus} --max_restarts=3`,
    `--rdzv_id=sad --rdzv_backend=c10d --rdzv_endpoint=${quoted(endpoint(host))}`,
    training(shard, needs),
  ].join(' \\\n  ')
}

/** A script for Slurm's sbatch; a job that was ended by its time goes on where it stood when it is queued again. */
export function slurmScript({ machines, gpus, shard }: ClusterPlan, needs: RunNeeds): string {
  const command = [
    'srun --kill-on-bad-exit=1 torchrun',
    `--nnodes="$SLURM_NNODES" --nproc_per_node=${gpus} --max_restarts=3`,
    `--rdzv_id="$SLURM_JOB_ID" --rdzv_backend=c10d --rdzv_endpoint="$first:${PORT}"`,
    training(shard, needs),
  ].join(' \\\n  ')
  return `#!/bin/bash
#SBATCH --job-name=sad
#SBATCH --nodes=${machines}
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=${gpus}
#SBATCH --cpus-per-task=${4 * gpus}
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --output=%x-%j.log

set -euo pipefail
cd "$SLURM_SUBMIT_DIR"
export PYTHONPATH="$PWD/${RUN_ZIP}"
first=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)

${command}
`
}

function training(shard: boolean, { teacher, reader }: RunNeeds): string {
  const options = [
    `-m sad_scale train ${RUN_ZIP} --out DIR --resume --precision bfloat16`,
    shard ? '--shard' : '',
    teacher ? '--teacher TEACHER' : '',
    reader ? '--lab "node lab.js"' : '',
  ]
  return options.filter(Boolean).join(' ')
}

/** An address of six groups has colons of its own. */
function endpoint(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${PORT}` : `${host}:${PORT}`
}

/** A word of the shell: what a person typed is never anything else. */
function quoted(word: string): string {
  return /^[\w.:-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** What to know of the words in capitals, a line each. */
export function needsInWords({ teacher, reader, world }: RunNeeds): string[] {
  return [
    `DIR is the folder to write to; where several machines take part, all of them must see it. --resume goes on from the checkpoint in it, or begins where there is none.`,
    ...(teacher
      ? ['TEACHER is the folder of the teacher, or its name at Hugging Face: it is not in RUN.zip.']
      : []),
    ...(reader
      ? [
          'The student writes in this run (onPolicy.share, evaluate.cotSamples), and the lab reads it: every machine needs Node, and lab.js from node_modules/.cache/lab, which `npm run lab -- help` makes.',
        ]
      : []),
    ...(world
      ? [
          `Success in the ${world} (evaluate.rollouts) is not measured there, as the lab alone has the worlds: \`lab evaluate\` measures the finished student.`,
        ]
      : []),
  ]
}

/** README.txt of a RUN.zip. */
export function readme(plan: ClusterPlan, needs: RunNeeds): string {
  const one = plan.gpus === 1 ? 'one GPU' : `${plan.gpus} GPUs`
  return `A run of the Structured Agent Distillation Lab, ready to be trained by PyTorch (1.13 or later) on one machine or many.
The program lies in this file, so nothing has to be installed but torch; transformers is needed only where --teacher or
--student names a model other than the lab's own GPT. Python 3.9 or later.

${needsInWords(needs).join('\n')}
${plan.shard ? '--shard shares the state of the student out over the GPUs.' : 'Where the student is too large for a GPU, --shard shares its state out over all of them.'}

PyTorch 1.13 on Python 3.11 or later ends torchrun with an AttributeError unless it is given --redirects 9:1 --tee 9:1 too.

One machine with ${one} (without a GPU: leave --precision out, and let --nproc_per_node be the number of processes):

${oneMachine(plan, needs)}

${plan.machines} machines with ${one} each; the same on every one of them, with ${RUN_ZIP} in the folder it is started in.
${plan.host} is the first machine, which must be reachable from the others at port ${PORT}:

${severalMachines(plan, needs)}

Slurm; save it as run.sbatch beside ${RUN_ZIP} and start it with "sbatch run.sbatch":

${slurmScript(plan, needs)}
DIR then holds metrics.jsonl, recipe.json, the student (model.safetensors, config.json, tokenizer.json) and a checkpoint:
drop that folder onto the lab's page to see the run there.
`
}
