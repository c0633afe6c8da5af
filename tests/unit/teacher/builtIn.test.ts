import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readFolder } from '../../../cli/teachers.ts'
import { LabError } from '../../../workers/errors.ts'
import { writeStudentFolder } from '../../../workers/models/folder.ts'
import {
  type GptConfig,
  gptParameters,
  initialParameters,
  parameterCount,
} from '../../../workers/models/parameters.ts'
import { parseRecipe } from '../../../workers/recipe.ts'
import {
  type BuiltInTeacher,
  builtInName,
  builtInSource,
  builtInTeachers,
  fetchBuiltInTeacher,
} from '../../../workers/teacher/builtIn.ts'
import { TeacherShelf } from '../../../workers/teacher/shelf.ts'
import { trainBpe } from '../../../workers/tokenizer/train.ts'
import { household } from '../household.ts'

const silent = () => {}
let files: Record<string, Uint8Array>
let server: Server
let page: string
let asked: string[] = []
let known: BuiltInTeacher[]

beforeAll(async () => {
  const tokenizer = trainBpe(
    household(4).map(({ text }) => text),
    300,
  )
  const config: GptConfig = {
    ...{ vocabularySize: tokenizer.vocabularySize, contextLength: 64 },
    ...{ layers: 1, width: 16, heads: 2 },
  }
  files = writeStudentFolder(config, initialParameters(gptParameters(config), 1), tokenizer)
  server = createServer((request, response) => {
    const url = request.url!
    asked.push(url)
    const [, folder, name, file] = url.split('/').slice(1)
    if (folder !== 'teachers') return response.writeHead(404).end()
    if (name === 'half' && file === 'config.json') return response.writeHead(404, 'Not Found').end()
    if (name === 'torn' && file === 'config.json') {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('{')
      return setTimeout(() => response.destroy(), 20)
    }
    if (name === 'endless') {
      const part = new Uint8Array(2 ** 20)
      const more = (): unknown => (response.destroyed ? null : response.write(part, () => setImmediate(more)))
      return more()
    }
    return response.end(files[file!])
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  page = `http://127.0.0.1:${(server.address() as AddressInfo).port}/lab/`
  known = builtInTeachers(
    ['tutor', 'half', 'torn', 'endless'].map((name) => ({
      ...{ name, environment: 'household', title: 'A tutor', about: 'Made here.', parameters: 1, bytes: 10 },
      success: { mean: 0.9, low: 0.8, high: 1, episodes: 10 },
    })),
  )
})

afterAll(() => server.close())

describe('a teacher that comes with the lab', () => {
  it('is fetched from the page’s own folder, and tells how much of it has come', async () => {
    asked = []
    const heard: [number, number][] = []
    const folder = await fetchBuiltInTeacher('tutor', (done, total) => heard.push([done, total]), known, page)
    expect(asked).toEqual(
      ['model.safetensors', 'config.json', 'tokenizer.json'].map((file) => `/lab/teachers/tutor/${file}`),
    )
    expect(folder.config.width).toBe(16)
    const total = asked.reduce((sum, url) => sum + files[url.split('/').at(-1)!]!.length, 0)
    expect(heard.at(-1)).toEqual([total, total])
    expect(heard.every(([done, of]) => done <= of)).toBe(true)
  })

  it.each([
    ['nobody', 'There is no built-in teacher "nobody", only tutor, half, torn, endless.'],
    [
      'half',
      '/lab/teachers/half/config.json could not be fetched: the host answered 404 Not Found. Connect to where this page is from, and try again.',
    ],
    [
      'torn',
      /^\/lab\/teachers\/torn\/config\.json could not be fetched: the transfer broke off \(.+\)\. Connect to/,
    ],
    [
      'endless',
      /could not be fetched: there is more of it than the 64 MB that a built-in teacher may have\./,
    ],
  ])('is refused in a sentence: %s', async (name, message) => {
    const thrown = await fetchBuiltInTeacher(name, silent, known, page).catch((error) => error)
    expect(thrown).toBeInstanceOf(LabError)
    expect(thrown.message).toMatch(message)
  })

  it('is none where a copy of the lab has no list of them', async () => {
    expect(builtInTeachers([])).toEqual([])
    await expect(fetchBuiltInTeacher('tutor', silent, [], page)).rejects.toThrow(
      'There is no built-in teacher "tutor": this copy of the lab comes without any.',
    )
    expect(() => builtInTeachers([{ name: 'x' }])).toThrow()
  })

  it('has one name in recipes, on the shelf and on the command line', async () => {
    expect(builtInName(builtInSource('tutor'))).toBe('tutor')
    expect(builtInName('runs/tutor')).toBeNull()
    const recipe = parseRecipe({ teacher: { kind: 'model', source: 'built-in:tutor' } })
    const shelf = new TeacherShelf()
    expect(() => shelf.of(recipe)).toThrow(
      'The built-in teacher "tutor" is not loaded yet: load it from the list of those that come with the lab.',
    )
    shelf.keep('built-in:tutor', await fetchBuiltInTeacher('tutor', silent, known, page))
    expect(shelf.of(recipe)!.config.width).toBe(16)
    await expect(readFolder('built-in:../../tests')).rejects.toThrow(
      /^There is no built-in teacher "\.\.\/\.\.\/tests"/,
    )
  })

  it('is the one in public/teachers on the command line, wherever the program lies in the package', async () => {
    const root = mkdtempSync(join(tmpdir(), 'lab-teachers-'))
    const program = join(root, 'node_modules', '.cache', 'lab')
    const folder = join(root, 'public', 'teachers', 'tutor')
    for (const one of [program, folder]) mkdirSync(one, { recursive: true })
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    try {
      expect((await readFolder('built-in:tutor', program)).config.width).toBe(16)
      await expect(readFolder('built-in:other', program)).rejects.toThrow(
        'There is no built-in teacher "other"',
      )
    } finally {
      rmSync(root, { recursive: true })
    }
  })

  it('is as large as the list says', async () => {
    for (const { name, parameters } of builtInTeachers()) {
      const { config } = await readFolder(builtInSource(name))
      expect([name, parameterCount(gptParameters(config))]).toEqual([name, parameters])
    }
  })
})
