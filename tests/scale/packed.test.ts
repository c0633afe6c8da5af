import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  type ClusterPlan,
  DEFAULT_PLAN,
  needsOf,
  oneMachine,
  severalMachines,
} from '../../workers/cluster/commands.ts'
import { readReturnedRun } from '../../workers/cluster/returned.ts'
import type { RunMaterial } from '../../workers/training/material.ts'
import { type Outcome, outcomeOf } from '../setup/outcome.ts'
import { findPython } from '../setup/python.ts'
import { modelMaterial, packed, textMaterial } from '../unit/cluster/materials.ts'

/** The commands that the page prints, given in a folder with nothing but RUN.zip, and what they write taken in again. */

let here: string

beforeAll(() => {
  here = mkdtempSync(join(tmpdir(), 'packed-'))
})

afterAll(() => {
  rmSync(here, { recursive: true, force: true })
})

/** A folder with the run as a file. */
async function machine(name: string, material: RunMaterial, plan: ClusterPlan, teacherLeftOut = false) {
  const folder = join(here, name)
  mkdirSync(folder)
  writeFileSync(join(folder, 'RUN.zip'), await packed(material, { plan, teacherLeftOut }))
  return folder
}

/** `torchrun` of the Python that has PyTorch; what it needs besides is only for this machine. */
const SHIM = [
  'torchrun() {',
  // PyTorch 1.13 on Python 3.11 (README.txt), and its one port for all that stand alone, which other tests have.
  '"$SCALE_PYTHON" -m torch.distributed.run --redirects 9:1 --tee 9:1 --rdzv_backend=c10d',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
  '"${@/#--standalone/--rdzv_endpoint=localhost:0}"; }',
].join(' ')

function given(command: string, cwd: string): Promise<Outcome> {
  const python = findPython()
  if ('missing' in python) throw new Error(python.missing)
  const { LD_LIBRARY_PATH: _, PYTHONPATH: __, ...env } = process.env
  const child = spawn('bash', ['--norc', '-c', `${SHIM}\n${command}`], {
    cwd,
    env: { ...env, SCALE_PYTHON: python.path, OMP_NUM_THREADS: '1', XDG_CACHE_HOME: join(here, 'cache') },
  })
  return outcomeOf(child)
}

/** What lies in a folder that was written to, read as the page reads it. */
async function returned(folder: string) {
  const files = readdirSync(folder).map((name) => new File([readFileSync(join(folder, name))], name))
  return { names: files.map(({ name }) => name).sort(), run: await readReturnedRun('DIR', files) }
}

const OUTPUT = [
  'checkpoint.safetensors',
  'config.json',
  'generation_config.json',
  'metrics.csv',
  'metrics.jsonl',
  'model.safetensors',
  'recipe.json',
  'tokenizer.json',
  'tokenizer_config.json',
]

test('one machine trains from the file alone, and what it writes is taken in', async () => {
  const material = textMaterial()
  const plan = { ...DEFAULT_PLAN, machines: 1, gpus: 2 }
  const folder = await machine('one', material, plan)
  const { status, stderr } = await given(oneMachine(plan, needsOf(material.recipe, false)), folder)
  expect([status, stderr.includes('Traceback')], stderr).toEqual([0, false])
  const { names, run } = await returned(join(folder, 'DIR'))
  expect(names).toEqual(OUTPUT)
  expect(run.recipe).toEqual(material.recipe)
  expect(run.student!.checkpoint.step).toBe(6)
  expect(run.student!.tokenizer.toJSON()).toEqual(material.tokenizer.toJSON())
  expect(run.metrics.filter(({ split }) => split === 'train').map(({ step }) => step)).toEqual([
    1, 2, 3, 4, 5, 6,
  ])
  expect(run.metrics.filter(({ split }) => split === 'held-out').map(({ step }) => step)).toContain(6)
}, 120_000)

test('several machines meet and train as one, without the teacher that was left out', async () => {
  const material = modelMaterial()
  const plan = { ...DEFAULT_PLAN, machines: 2, gpus: 1, host: 'localhost' }
  const folder = await machine('several', material, plan, true)
  const whole = unzipSync(await packed(material))
  mkdirSync(join(folder, 'TEACHER'))
  for (const name of ['config.json', 'tokenizer.json', 'model.safetensors']) {
    writeFileSync(join(folder, 'TEACHER', name), whole[`teacher/${name}`]!)
  }
  const printed = severalMachines(plan, needsOf(material.recipe, true))
  expect(printed).toContain('--teacher TEACHER')
  const command = printed.replace(':29500', `:${await freePort()}`)
  const outcomes = await Promise.all([given(command, folder), given(command, folder)])
  for (const { status, stderr } of outcomes)
    expect([status, stderr.includes('Traceback')], stderr).toEqual([0, false])
  const { names, run } = await returned(join(folder, 'DIR'))
  expect(names).toEqual(OUTPUT)
  expect(run.student!.config).toMatchObject({ vocabularySize: 302, width: 16 })
  expect(run.metrics.at(-1)!.act.teacherEntropy).toBeGreaterThan(0)
}, 120_000)

test('a file without its teacher says what is missing', async () => {
  const material = modelMaterial()
  const plan = { ...DEFAULT_PLAN, machines: 1, gpus: 1 }
  const folder = await machine('bare', material, plan, true)
  const command = oneMachine(plan, { teacher: false, reader: false }).replace(
    '--max_restarts=3',
    '--max_restarts=0',
  )
  const { status, stderr } = await given(command, folder)
  expect(status).not.toBe(0)
  expect(stderr).toMatch(/sad_scale train: .*--teacher/)
}, 120_000)

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
