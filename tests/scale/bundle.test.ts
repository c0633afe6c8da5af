import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunMaterial } from '../../workers/training/material.ts'
import { contentHash } from '../../workers/trajectories/contentHash.ts'
import {
  captureMaterial,
  filesMaterial,
  modelMaterial,
  packed,
  textMaterial,
} from '../unit/cluster/materials.ts'
import { ask } from './ask.ts'
import { oddAndOrdinary } from './odd.ts'

interface Told {
  recipe: unknown
  hashes: string[]
  steps: number[][]
  contents: string[][]
  outcomes: unknown[][]
  tokenizer: unknown
  vocabularySize: number
  parts: Record<'teacher' | 'capture' | 'targets', string | null>
}

const SOURCE = `import pathlib
from sad_scale.bundle import open_bundle

def units(text, at):
    encoded = text.encode("utf-16-le", "surrogatepass")[2 * at :]
    return encoded.decode("utf-16-le", "surrogatepass")

def told(path):
    bundle = open_bundle(pathlib.Path(path), pathlib.Path(asked["cache"]))
    every = list(bundle.trajectories)
    return {"recipe": bundle.recipe.to_json(), "hashes": [each.content_hash() for each in every],
            "steps": [[span.step for span in each.spans] for each in every],
            "contents": [[units(span.text, span.content_at)[: len(span.content)] for span in each.spans] for each in every],
            "outcomes": [[each.success, each.reward, each.task_type, each.unfinished] for each in every],
            "tokenizer": bundle.tokenizer.to_json(), "vocabularySize": bundle.vocabulary_size,
            "parts": {name: path and str(path) for name, path in
                      (("teacher", bundle.teacher), ("capture", bundle.capture), ("targets", bundle.targets))}}

answer([told(path) for path in asked["zips"]])`

const MATERIALS: [string, RunMaterial][] = [
  ['the text, odd ones too', textMaterial({ objective: { arm: 'token-kd' } }, oddAndOrdinary(8))],
  ['a model', modelMaterial()],
  ['a capture', captureMaterial()],
  ['log-probabilities of the files', filesMaterial()],
]
const folder = mkdtempSync(join(tmpdir(), 'sad-scale-bundle-'))
let told: Told[]

beforeAll(async () => {
  const zips: string[] = []
  for (const [i, [, material]] of MATERIALS.entries()) {
    zips.push(join(folder, `${i}.zip`))
    writeFileSync(zips[i]!, await packed(material))
  }
  told = await ask<Told[]>(SOURCE, { zips, cache: join(folder, 'cache') })
}, 300_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test.each(MATERIALS.map(([name, material], i) => [name, material, i] as const))(
  'what the lab packs with %s as teacher is read as it was',
  (_, { recipe, trajectories, tokenizer, teacher, capture }, i) => {
    const set = Array.from({ length: trajectories.length }, (_, index) => trajectories.at(index)!)
    const run = told[i]!
    expect(run.recipe).toEqual(JSON.parse(JSON.stringify(recipe)))
    expect(run.tokenizer).toEqual(tokenizer.toJSON())
    expect(run.vocabularySize).toBe(teacher?.config.vocabularySize ?? tokenizer.vocabularySize)
    expect(run.hashes).toEqual(set.map(({ text }) => contentHash(text)))
    expect(run.steps).toEqual(set.map(({ spans }) => spans.map(({ step }) => step)))
    expect(run.contents).toEqual(
      set.map(({ text, spans }) => spans.map((span) => text.slice(span.contentStart, span.contentEnd))),
    )
    expect(run.outcomes).toEqual(
      set.map(({ success, reward, taskType, warnings }) => [
        success ?? null,
        reward ?? null,
        taskType ?? null,
        warnings.some(({ code }) => code === 'unfinished'),
      ]),
    )
    const { parts } = run
    expect(parts.teacher !== null).toBe(teacher !== null)
    expect(parts.capture !== null).toBe(capture !== undefined)
    expect(parts.targets !== null).toBe(recipe.teacher.kind === 'stored' && !capture)
    for (const path of Object.values(parts)) if (path) expect(existsSync(path)).toBe(true)
  },
)
