import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const cliOutput = fileURLToPath(new URL('node_modules/.cache/lab', import.meta.url))
/** Where `.ci/run` wants the results as JSON, to count them. */
const reports = process.env.LAB_REPORTS

/**
 * What the built page may load. Mantine writes its colours and sizes into style elements, hence 'unsafe-inline' for
 * styles (React writes text as text, so nothing of a person's file can become one); requests to other hosts happen
 * only where a person gives the lab a URL.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Puts the policy into the built page only: Vite's development server needs scripts of its own inside the page. */
function contentSecurity(): Plugin {
  return {
    name: 'content-security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
        injectTo: 'head-prepend',
      },
    ],
  }
}

/**
 * One configuration, three uses: the page (`vite`, `vite build`), the command line (`vite build --mode cli`, one
 * file for Node) and the unit tests. tfjs is always taken as ES modules: its Node entry registers no gradients.
 */
export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [contentSecurity()],
  resolve: { mainFields: ['module', 'main'] },
  worker: { format: 'es' },
  build:
    mode === 'cli'
      ? {
          ssr: 'cli/lab.ts',
          outDir: cliOutput,
          emptyOutDir: true,
          target: 'node20',
          minify: false,
          // tfjs' WebAssembly loader looks for it when it finds itself in Node.
          rolldownOptions: {
            output: { banner: 'const __dirname = import.meta.dirname', codeSplitting: false },
          },
        }
      : {
          target: 'es2023',
          chunkSizeWarningLimit: 2500,
          assetsInlineLimit: 0,
          rolldownOptions: {
            // Mantine marks its files for React's server components, which there are none of here.
            onLog: (level, log, warn) => {
              if (log.code !== 'MODULE_LEVEL_DIRECTIVE') warn(level, log)
            },
          },
        },
  ssr: { noExternal: true, external: ['webgpu'] },
  publicDir: mode === 'cli' ? false : 'public',
  test: {
    include: ['tests/unit/**/*.test.ts', 'tests/scale/**/*.test.ts'],
    globalSetup: ['tests/setup/vulkan.ts', 'tests/setup/python.ts'],
    pool: 'forks',
    // Two even on two cores, where it would be one: much of the time is spent waiting for Python and for the GPU's emulation.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    reporters: reports ? ['default', ['json', { outputFile: `${reports}/unit.json` }]] : ['default'],
    server: { deps: { inline: [/@tensorflow\//] } },
    testTimeout: 60_000,
  },
}))
