import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type Outcome, outcomeOf } from '../setup/outcome.ts'
import { findPython } from '../setup/python.ts'

export type { Outcome } from '../setup/outcome.ts'

/** The folder of the Python package and its tests. */
export const SCALE = fileURLToPath(new URL('../../scale/', import.meta.url))

/**
 * Runs Python with scale/ on its path, to the end.
 *
 * @param args e.g. ['-m', 'sad_scale', 'train', …]
 * @throws Error where this machine has no Python with PyTorch, which fails the test that asked
 */
export function python(args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  const found = findPython()
  if ('missing' in found) throw new Error(found.missing)
  const { LD_LIBRARY_PATH: _, ...inherited } = process.env
  const child = spawn(found.path, args, {
    cwd: SCALE,
    env: {
      ...inherited,
      PYTHONPATH: SCALE,
      PYTHONDONTWRITEBYTECODE: '1',
      // Several ranks share two cores; threads of each would only get in each other's way.
      OMP_NUM_THREADS: '1',
      ...env,
    },
  })
  return outcomeOf(child)
}

/**
 * How torchrun begins several ranks on this machine; what they run comes behind: a script, or `-m` and a module.
 *
 * @param options e.g. ['--max_restarts=1']
 */
export function launching(ranks: number, options: string[] = []): string[] {
  // torchrun of PyTorch 1.13 fails on Python 3.11 (the default of these two) unless they are said of some rank, be it none.
  const untouched = ['--redirects', '9:1', '--tee', '9:1']
  // What --standalone stands for, but at a port of its own: PyTorch 1.13 takes the same one for all runs of a machine.
  const module = ['-m', 'torch.distributed.run', '--rdzv_backend=c10d', '--rdzv_endpoint=localhost:0']
  return [...module, `--nproc_per_node=${ranks}`, ...untouched, ...options]
}

/**
 * Runs a command of sad_scale on several ranks of this machine, as torchrun starts them.
 *
 * @param args e.g. ['train', 'RUN.zip', '--out', DIR]
 */
export function torchrun(ranks: number, args: string[], env: Record<string, string> = {}): Promise<Outcome> {
  return python([...launching(ranks), '-m', 'sad_scale', ...args], env)
}
