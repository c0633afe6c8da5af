import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import {
  type ClusterPlan,
  DEFAULT_PLAN,
  needsInWords,
  needsOf,
  oneMachine,
  readme,
  severalMachines,
  slurmScript,
} from '../../../workers/cluster/commands.ts'
import { parseRecipe } from '../../../workers/recipe.ts'

const NOTHING = { teacher: false, reader: false }
const ALL = { teacher: true, reader: true }
const PLAN: ClusterPlan = { machines: 3, gpus: 4, host: 'gpu-01.cluster', shard: true }

/** The words that a shell makes of a command: programs that print what they were called with stand in its way. */
function words(command: string, env: Record<string, string> = {}): string[] {
  const shim = `torchrun() { printf '%s\\n' "$@"; }; scontrol() { printf 'first\\nsecond\\n'; }; srun() { printf '%s\\n' "$@"; }\n`
  const { stdout, stderr, status } = spawnSync('bash', ['--norc', '-c', shim + command], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', ...env },
  })
  expect([status, stderr]).toEqual([0, ''])
  return stdout.trimEnd().split('\n')
}

const TRAIN = ['-m', 'sad_scale', 'train', 'RUN.zip', '--out', 'DIR', '--resume', '--precision', 'bfloat16']

describe('the commands of a run', () => {
  it('start one machine', () => {
    expect(words(oneMachine({ ...PLAN, shard: false }, NOTHING))).toEqual([
      '--standalone',
      '--nproc_per_node=4',
      '--max_restarts=3',
      ...TRAIN,
    ])
    expect(oneMachine(PLAN, NOTHING)).toMatch(/^PYTHONPATH=RUN\.zip torchrun /)
    expect(words(oneMachine(PLAN, ALL))).toEqual([
      '--standalone',
      '--nproc_per_node=4',
      '--max_restarts=3',
      ...TRAIN,
      '--shard',
      '--teacher',
      'TEACHER',
      '--lab',
      'node lab.js',
    ])
  })

  it('start several machines, which meet at the first', () => {
    expect(words(severalMachines(PLAN, NOTHING))).toEqual([
      '--nnodes=3',
      '--nproc_per_node=4',
      '--max_restarts=3',
      '--rdzv_id=sad',
      '--rdzv_backend=c10d',
      '--rdzv_endpoint=gpu-01.cluster:29500',
      ...TRAIN,
      '--shard',
    ])
  })

  it.each([
    ['fe80::1', '[fe80::1]:29500'],
    ['[fe80::1]', '[fe80::1]:29500'],
    ["it's; rm -rf $HOME", "it's; rm -rf $HOME:29500"],
  ])('take %s for nothing but a name', (host, endpoint) => {
    expect(words(severalMachines({ ...PLAN, host }, NOTHING))).toContain(`--rdzv_endpoint=${endpoint}`)
  })

  it('start a job of Slurm', () => {
    const script = slurmScript(PLAN, NOTHING)
    expect(spawnSync('bash', ['-n'], { input: script, encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    })
    expect(script).toMatch(/^#!\/bin\/bash\n(#SBATCH --\S+\n)+\n/)
    expect(script).toContain('#SBATCH --nodes=3\n')
    expect(script).toContain('#SBATCH --gpus-per-node=4\n')
    const env = { SLURM_SUBMIT_DIR: '/', SLURM_JOB_NODELIST: 'x', SLURM_NNODES: '3', SLURM_JOB_ID: '77' }
    expect(words(script, env)).toEqual([
      '--kill-on-bad-exit=1',
      'torchrun',
      '--nnodes=3',
      '--nproc_per_node=4',
      '--max_restarts=3',
      '--rdzv_id=77',
      '--rdzv_backend=c10d',
      '--rdzv_endpoint=first:29500',
      ...TRAIN,
      '--shard',
    ])
  })

  it('say what else the machines must have', () => {
    const taught = parseRecipe({ teacher: { kind: 'model', source: 't' }, tokenizer: { kind: 'teacher' } })
    const writes = parseRecipe({ evaluate: { cotSamples: 2 } })
    const onPolicy = parseRecipe({ ...taught, objective: { arm: 'on-policy' }, onPolicy: {} })
    expect(needsOf(taught, false)).toEqual(NOTHING)
    expect(needsOf(taught, true)).toEqual({ teacher: true, reader: false })
    expect(needsOf(writes, true)).toEqual({ teacher: false, reader: true })
    expect(needsOf(onPolicy, false)).toEqual({ teacher: false, reader: true })
    const acts = parseRecipe({ evaluate: { rollouts: { environment: 'shop' } } })
    expect(needsOf(acts, false)).toEqual({ ...NOTHING, world: 'shop' })
    expect(needsInWords(needsOf(acts, false)).at(-1)).toMatch(/^Success in the shop .* is not measured there/)
    expect(needsInWords(NOTHING)).toHaveLength(1)
    expect(needsInWords(ALL)).toHaveLength(3)
    const text = readme(DEFAULT_PLAN, ALL)
    for (const line of needsInWords(ALL)) expect(text).toContain(line)
    for (const command of [oneMachine, severalMachines, slurmScript]) {
      expect(text).toContain(command(DEFAULT_PLAN, ALL))
    }
  })
})
