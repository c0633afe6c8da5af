import { spawnSync } from 'node:child_process'
import { LabError } from '../../workers/errors.ts'

/** Milliseconds that Python may take to load PyTorch. */
const PATIENCE = 120_000

/**
 * A Python that has PyTorch: the one that the environment variable SCALE_PYTHON names, else a usual one. The answer is kept
 * in SCALE_PYTHON, so that processes started from here look no further.
 *
 * @throws LabError `usage` where there is none
 */
export function pythonWithTorch(): string {
  const wished = process.env.SCALE_PYTHON
  if (wished) {
    if (hasTorch(wished)) return wished
    throw new LabError('usage', `SCALE_PYTHON names ${wished}, which has no torch.`)
  }
  const found = ['/usr/bin/python3', 'python3', 'python'].find(hasTorch)
  if (!found) {
    throw new LabError(
      'usage',
      'There is no Python with PyTorch here: install one, or let the environment variable SCALE_PYTHON name its interpreter.',
    )
  }
  process.env.SCALE_PYTHON = found
  return found
}

function hasTorch(path: string): boolean {
  return spawnSync(path, ['-c', 'import torch'], { timeout: PATIENCE }).status === 0
}
