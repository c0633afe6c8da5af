import { execFileSync } from 'node:child_process'
import { createReadStream, existsSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findChromium } from './chromium.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const vite = join(root, 'node_modules/vite/bin/vite.js')
/** The page is served from a folder, as GitHub Pages does: an absolute path to an asset would miss. */
const FOLDER = '/some/folder/'

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

/**
 * Playwright's global set-up: builds the page for production and serves it with a plain file server, the least that a
 * static deploy can rely on. The address goes to the tests in LAB_URL.
 */
export default async function setup(): Promise<() => Promise<void>> {
  findChromium()
  const built = join(root, 'node_modules/.cache', `page-${process.pid}`)
  const build = [vite, 'build', '--logLevel', 'warn', '--emptyOutDir', '--outDir', built]
  execFileSync(process.execPath, build, { cwd: root, stdio: ['ignore', 2, 2] })

  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://page').pathname)
    const inside = path.startsWith(FOLDER) ? normalize(path.slice(FOLDER.length) || 'index.html') : '..'
    const file = join(built, inside)
    if (inside.startsWith('..') || !existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { 'content-type': CONTENT_TYPES[extname(file)] ?? 'application/octet-stream' })
    createReadStream(file).pipe(response)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  process.env.LAB_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}${FOLDER}`

  return async () => {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
    rmSync(built, { recursive: true, force: true })
  }
}
