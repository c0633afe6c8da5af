import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import type { ClusterPlan } from '../../../workers/cluster/commands.ts'
import { DEFAULT_PLAN } from '../../../workers/cluster/commands.ts'
import type { PackStatus } from '../../../workers/cluster/runZip.ts'
import { LabError } from '../../../workers/errors.ts'
import { readStudentFolder } from '../../../workers/models/folder.ts'
import { Capture } from '../../../workers/teacher/capture.ts'
import { MemoryFile } from '../../../workers/teacher/memoryFile.ts'
import { fileTargets } from '../../../workers/teacher/sources.ts'
import type { RunMaterial } from '../../../workers/training/material.ts'
import { spanLine } from '../../../workers/trajectories/export.ts'
import { captureMaterial, filesMaterial, modelMaterial, packed, textMaterial } from './materials.ts'

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes)
const json = (bytes: Uint8Array | undefined) => JSON.parse(text(bytes))
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function unpacked(material: RunMaterial, plan: ClusterPlan = DEFAULT_PLAN) {
  return unzipSync(await packed(material, { plan }))
}

async function refusal(work: Promise<unknown>): Promise<LabError> {
  const error = await work.then(
    () => null,
    (thrown) => thrown,
  )
  expect(error).toBeInstanceOf(LabError)
  return error
}

describe('a run as a zip', () => {
  it('holds recipe, tokenizer, trajectories, the program, and what each file should be', async () => {
    const material = textMaterial()
    const files = await unpacked(material)
    const { files: facts, ...about } = json(files['run.json'])
    expect(about).toEqual({
      format: 'structured-agent-distillation-lab run',
      version: 1,
      lab: json(readFileSync('package.json')).version,
      trajectories: 8,
      vocabularySize: material.tokenizer.vocabularySize,
      tokenizer: sha256(files['tokenizer.json']!),
    })
    expect(Object.keys(facts).sort()).toEqual(
      Object.keys(files)
        .filter((name) => name !== 'run.json')
        .sort(),
    )
    for (const [name, fact] of Object.entries(facts)) {
      expect(fact).toEqual({ bytes: files[name]!.length, sha256: sha256(files[name]!) })
    }
    expect(json(files['recipe.json'])).toEqual(material.recipe)
    expect(json(files['tokenizer.json'])).toEqual(material.tokenizer.toJSON())
    const lines = text(files['trajectories.jsonl']).trimEnd().split('\n')
    expect(lines).toEqual(
      Array.from({ length: 8 }, (_, i) => JSON.stringify(spanLine(material.trajectories.at(i)!))),
    )
    expect(Object.keys(files).filter((name) => /^(teacher|targets)/.test(name))).toEqual([])
    const python = readdirSync('scale/sad_scale', { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(py|json)$/.test(path))
      .map((path) => `sad_scale/${path.replaceAll('\\', '/')}`)
    expect(Object.keys(files).filter((name) => name.startsWith('sad_scale/'))).toEqual(python.sort())
    for (const path of python) expect(text(files[path])).toBe(readFileSync(`scale/${path}`, 'utf8'))
    expect(text(files['README.txt'])).toContain('-m sad_scale train RUN.zip --out DIR --resume')
  })

  it('is the same bytes for the same run, whatever the time of day', async () => {
    const material = modelMaterial()
    const [first, second] = [await packed(material), await packed(material)]
    expect(sha256(second)).toBe(sha256(first))
    const directory = first.subarray(0, 30)
    // Date and time of the first local header: 1980-01-01, midnight.
    expect([...directory.subarray(10, 14)]).toEqual([0, 0, 0x21, 0])
    const other = await packed(material, { plan: { ...DEFAULT_PLAN, gpus: 4 } })
    expect(sha256(other)).not.toBe(sha256(first))
  })

  it('brings a model teacher along as a folder that reads as it was, unless it is left out', async () => {
    const material = modelMaterial()
    const files = await unpacked(material)
    const members = Object.entries(files)
      .filter(([name]) => name.startsWith('teacher/'))
      .map(([name, bytes]): [string, Uint8Array] => [name.slice('teacher/'.length), bytes])
    expect(members.map(([name]) => name)).toEqual(['config.json', 'tokenizer.json', 'model.safetensors'])
    const { config, parameters, tokenizer } = readStudentFolder(new Map(members), 'teacher')
    expect({ config, parameters, tokenizer }).toEqual(material.teacher)
    // The student's table is as wide as the teacher's, padding included.
    expect(json(files['run.json']).vocabularySize).toBe(302)
    const without = unzipSync(await packed(material, { teacherLeftOut: true }))
    expect(Object.keys(without).filter((name) => name.startsWith('teacher'))).toEqual([])
    expect(text(without['README.txt'])).toContain('--teacher TEACHER')
  })

  it('brings a capture along as it is', async () => {
    const material = captureMaterial()
    const bytes = (await unpacked(material))['teacher.capture']!
    const read = Capture.open(new MemoryFile(bytes), 'x')
    expect(read.header).toEqual(material.capture!.header)
    expect(bytes).toHaveLength(material.capture!.file.getSize())
  })

  it('puts the log-probabilities of the files to the student’s tokens, as training does', async () => {
    const material = filesMaterial()
    const { trajectories, tokenizer } = material
    const file = (await unpacked(material))['targets.safetensors']!
    const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true))
    const header = json(file.subarray(8, 8 + length))
    const tensor = (name: string) => {
      const [from, to] = header[name].data_offsets
      return file.slice(8 + length + from, 8 + length + to).buffer
    }
    const expected = fileTargets(trajectories, tokenizer).of(0)!
    const tokens = [0, 1].map((i) => tokenizer.encode(trajectories.at(i)!.text).ids.length + 1)
    expect(header.offsets).toMatchObject({ dtype: 'I64', shape: [3] })
    expect([...new BigInt64Array(tensor('offsets'))].map(Number)).toEqual([
      0,
      tokens[0],
      tokens[0]! + tokens[1]!,
    ])
    expect(expected.k).toBe(2)
    expect([...new Int32Array(tensor('k'))]).toEqual([2, 0])
    expect(header.ids).toMatchObject({ dtype: 'I32', shape: [tokens[0]! * 2] })
    expect(new Int32Array(tensor('ids'))).toEqual(expected.ids)
    expect(new Float32Array(tensor('logProbabilities'))).toEqual(expected.logProbabilities)
    expect(header.origins).toMatchObject({ dtype: 'U8', shape: [tokens[0]! + tokens[1]!] })
    const origins = new Uint8Array(tensor('origins'))
    expect(origins.subarray(0, tokens[0])).toEqual(expected.origins)
    expect(origins.subarray(tokens[0]).every((origin) => origin === 0)).toBe(true)
    expect(expected.origins.some((origin) => origin > 0)).toBe(true)
  })

  it('tells how far it is, and ends where it is cancelled', async () => {
    const abort = new AbortController()
    const heard: PackStatus[] = []
    const many = textMaterial()
    // Each trajectory takes long enough for a pause.
    const slow = {
      ...many,
      trajectories: {
        length: 8,
        at(index: number) {
          const until = performance.now() + 90
          while (performance.now() < until);
          return many.trajectories.at(index)
        },
      },
    }
    const progress = (status: PackStatus) => {
      heard.push(status)
      if (status.done >= 3) abort.abort()
    }
    const error = await refusal(packed(slow, { signal: abort.signal, progress }))
    expect(error).toMatchObject({ code: 'not-now', message: 'Packing the run was cancelled.' })
    expect(heard.at(-1)).toMatchObject({ file: 'trajectories.jsonl', of: 8 })
    expect(heard.at(-1)!.done).toBeLessThan(8)
  })

  it('says so where trajectories go away meanwhile', async () => {
    const material = textMaterial()
    const { trajectories } = material
    const at = (index: number) => (index < 5 ? trajectories.at(index) : undefined)
    const error = await refusal(packed({ ...material, trajectories: { length: 8, at } }))
    expect(error.message).toBe('Trajectories were removed while the run was being packed: pack it anew.')
  })
})
