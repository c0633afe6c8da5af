import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const cliOutput = fileURLToPath(new URL('node_modules/.cache/lab', import.meta.url))
/** Where `.ci/run` wants the results as JSON, to count them. */
const reports = process.env.LAB_REPORTS

/**
 * One configuration, three uses: the page (`vite`, `vite build`), the command line (`vite build --mode cli`, one
 * file for Node) and the unit tests. tfjs is always taken as ES modules: its Node entry registers no gradients.
 */
export default defineConfig(({ mode }) => ({
  base: './',
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
          rolldownOptions: { output: { banner: 'const __dirname = import.meta.dirname' } },
        }
      : { target: 'es2023', chunkSizeWarningLimit: 2500, assetsInlineLimit: 0 },
  ssr: { noExternal: true, external: ['webgpu'] },
  publicDir: mode === 'cli' ? false : 'public',
  test: {
    include: ['tests/unit/**/*.test.ts'],
    globalSetup: 'tests/setup/vulkan.ts',
    pool: 'forks',
    reporters: reports ? ['default', ['json', { outputFile: `${reports}/unit.json` }]] : ['default'],
    server: { deps: { inline: [/@tensorflow\//] } },
    testTimeout: 60_000,
  },
}))
