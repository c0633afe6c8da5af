import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { python } from './python.ts'

/**
 * Asks Python one thing: the source finds the question as `asked`, and gives its answer to `answer(value)`, both JSON.
 *
 * @throws Error with what Python says where it gives none
 */
export async function ask<T>(source: string, asked: unknown): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'sad-scale-'))
  try {
    const question = join(folder, 'question.json')
    const answer = join(folder, 'answer.json')
    writeFileSync(question, JSON.stringify(asked))
    const frame = `import json, sys
asked = json.load(open(sys.argv[1], encoding="utf-8"))
def answer(value):
    json.dump(value, open(sys.argv[2], "w", encoding="utf-8"))
`
    const { status, stderr } = await python(['-c', frame + source, question, answer])
    if (status !== 0) throw new Error(stderr)
    return JSON.parse(readFileSync(answer, 'utf8')) as T
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
