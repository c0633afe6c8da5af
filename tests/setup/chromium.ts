import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'
import { chromium } from '@playwright/test'
import { aptInstall, rootPrefix, run, say } from './apt.ts'

/** What makes a headless Chromium without a GPU offer WebGPU, and keeps it from talking to anyone by itself. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
]

/**
 * The Chromium that the tests drive: the path in the environment variable CHROMIUM, else a Chromium or Chrome that is
 * installed, else one installed now (apt-get where that needs no password, else Playwright's own download). The answer
 * is kept in CHROMIUM, so that processes started from here look no further.
 *
 * @throws Error with what to do, when there is none and none can be installed; tests fail then, they do not skip
 */
export function findChromium(): string {
  const wished = process.env.CHROMIUM
  if (wished) {
    if (!existsSync(wished)) throw new Error(`CHROMIUM names ${wished}, which does not exist.`)
    return wished
  }
  const found = installedChromium() ?? aptChromium() ?? playwrightChromium()
  if (!found) {
    throw new Error(
      'The tests need Chromium or Chrome, none is installed and none could be downloaded. Install one, or set the environment variable CHROMIUM to the path of its executable.',
    )
  }
  process.env.CHROMIUM = found
  return found
}

function installedChromium(): string | undefined {
  const own = [chromium.executablePath()]
  return [...usualPlaces(), ...own].find((path) => existsSync(path) && runs(path))
}

/** Where Chromium and Chrome lie when installed in the usual way, most suitable first. */
function usualPlaces(): string[] {
  const { env } = process
  if (process.platform === 'darwin') {
    const applications = ['/Applications', join(env.HOME ?? '', 'Applications')]
    return applications.flatMap((folder) => [
      join(folder, 'Chromium.app/Contents/MacOS/Chromium'),
      join(folder, 'Google Chrome.app/Contents/MacOS/Google Chrome'),
    ])
  }
  if (process.platform === 'win32') {
    const roots = [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA].filter(
      (root) => root !== undefined,
    )
    return roots.flatMap((root) => [
      join(root, 'Chromium\\Application\\chrome.exe'),
      join(root, 'Google\\Chrome\\Application\\chrome.exe'),
    ])
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean)
  const onPath = folders.flatMap((folder) => names.map((name) => join(folder, name)))
  const places = [...onPath, '/usr/lib/chromium/chromium', '/opt/google/chrome/chrome']
  // A snap sees its own /tmp and home only, which gets in the way of a driven browser: last.
  return [...places.filter((path) => !isSnap(path)), ...places.filter(isSnap)]
}

function isSnap(path: string): boolean {
  return existsSync(path) && (path.startsWith('/snap/') || realpathSync(path) === '/usr/bin/snap')
}

/** Whether it starts: a Chromium without its libraries, or a stub that only advertises a snap, does not. */
function runs(path: string): boolean {
  // chrome.exe opens a window for --version, and comes with all it needs.
  if (process.platform === 'win32') return true
  const answer = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 30_000 })
  return answer.status === 0 && /\d+\.\d+\.\d+\.\d+/.test(answer.stdout)
}

function aptChromium(): string | undefined {
  return aptInstall('chromium', 'Chromium') ? installedChromium() : undefined
}

function playwrightChromium(): string | undefined {
  say("Downloading Playwright's Chromium, once.")
  const cli = createRequire(import.meta.url).resolve('@playwright/test/cli')
  const libraries = process.platform === 'linux' && rootPrefix() ? ['--with-deps'] : []
  return run([process.execPath, cli, 'install', ...libraries, 'chromium']) ? installedChromium() : undefined
}
