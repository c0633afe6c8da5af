import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { aptInstall } from './apt.ts'

/** A Python that has PyTorch, or why there is none. */
export type Python = { path: string } | { missing: string }

/**
 * The Python that scale's tests run: the path in the environment variable SCALE_PYTHON, else one on this machine that
 * has PyTorch, else Debian's, with python3-torch installed now (apt-get where that needs no password). The answer is kept
 * in SCALE_PYTHON, so that processes started from here look no further.
 */
export function findPython(): Python {
  const wished = process.env.SCALE_PYTHON
  if (wished) {
    return hasTorch(wished)
      ? { path: wished }
      : { missing: `SCALE_PYTHON names ${wished}, which has no torch.` }
  }
  const usual = ['/usr/bin/python3', 'python3', 'python']
  const found =
    usual.find(hasTorch) ?? (aptInstall('python3-torch', 'PyTorch') ? usual.find(hasTorch) : undefined)
  if (!found) {
    return {
      missing:
        "scale's tests need a Python with PyTorch, none is installed and python3-torch could not be. Install one, or set the environment variable SCALE_PYTHON to the path of its interpreter.",
    }
  }
  process.env.SCALE_PYTHON = found
  return { path: found }
}

function hasTorch(path: string): boolean {
  if (path.includes('/') && !existsSync(path)) return false
  return spawnSync(path, ['-c', 'import torch.distributed'], { timeout: 120_000 }).status === 0
}

/** Vitest's global set-up: finds or installs it once, before tests run side by side. A machine without one fails only the tests that ask. */
export default function setup(): void {
  findPython()
}
