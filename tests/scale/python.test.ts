import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Outcome, python, SCALE } from './python.ts'

/** scale's own tests, in scale/tests: each of them is told here by name, what Python says of it included. */

const FOLDER = join(SCALE, 'tests')

interface Found {
  file: string
  /** As unittest names it: module.class.method. */
  ids: string[]
}

/** The tests that the files hold; read as text, so that they are known by name where there is no Python. */
function found(): Found[] {
  return readdirSync(FOLDER)
    .filter((name) => /^test_.*\.py$/.test(name))
    .sort()
    .map((file) => {
      const ids: string[] = []
      let group = ''
      for (const line of readFileSync(join(FOLDER, file), 'utf8').split('\n')) {
        group = /^class (\w+)/.exec(line)?.[1] ?? group
        const name = /^ {4}def (test\w+)/.exec(line)?.[1]
        if (name) ids.push(`${file.replace('.py', '')}.${group}.${name}`)
      }
      return { file, ids }
    })
}

describe.each(found())('$file', ({ file, ids }) => {
  let outcome: Outcome
  let results: Record<string, string>

  beforeAll(async () => {
    outcome = await python([join(FOLDER, 'report.py'), file.replace('.py', '')])
    results = JSON.parse(outcome.stdout.split('\n').at(-2) ?? '{}')
  }, 300_000)

  test.for(ids)('%s', (id, { skip }) => {
    const said = results[id] ?? `It was not run: ${outcome.stderr}`
    if (said.startsWith('skipped: ')) skip(said.slice('skipped: '.length))
    expect(said).toBe('passed')
  })
})
