import { gzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { readTrajectories } from '../../../workers/trajectories/read.ts'
import { read } from './reading.ts'

const RUN = 'Question: q\nThought: t\nAction: Finish[a]\n'
const bytes = (...values: number[]) => Uint8Array.from(values)
const ascii = (text: string) => new TextEncoder().encode(text)
const utf16 = (text: string, order: 'le' | 'be') =>
  Uint8Array.from(
    [...text].flatMap((char) => {
      const code = char.charCodeAt(0)
      return order === 'le' ? [code & 255, code >> 8] : [code >> 8, code & 255]
    }),
  )

/** The one problem of a file that brings nothing. */
function refusal(content: Uint8Array, name = 'upload.bin') {
  const { trajectories, problems } = readTrajectories(name, content)
  expect(trajectories).toEqual([])
  expect(problems).toHaveLength(1)
  expect(problems[0]!.file).toBe(name)
  expect(problems[0]!.message).toContain(name)
  expect(problems[0]!.message).toMatch(/^[^\n]+[.]$/)
  return problems[0]!
}

describe('a file that cannot be read', () => {
  it('says that it is empty', () => {
    expect(refusal(bytes()).message).toContain('is empty')
    expect(refusal(ascii(' \n\t\r\n')).message).toContain('nothing but white space')
  })

  it('says what a binary looks like', () => {
    expect(refusal(bytes(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10)).message).toContain('a PNG image')
    expect(refusal(ascii('PK\x03\x04rest')).message).toContain('a damaged ZIP archive')
    expect(refusal(ascii('PAR1....')).message).toContain('a Parquet table')
    expect(refusal(ascii('SQLite format 3\0')).message).toContain('an SQLite database')
    expect(refusal(bytes(...ascii(RUN), 0, 1, 2)).message).toContain(`zero byte at offset ${RUN.length}`)
    const noise = Uint8Array.from({ length: 4096 }, (_, i) => (i * 97 + 13) % 255 || 1)
    expect(refusal(noise).message).toContain('not text')
  })

  it('names the line of the byte that is not UTF-8 and what to do', () => {
    const problem = refusal(
      bytes(...ascii('Question: caf'), 0x65, 10, ...ascii('Thought: na'), 0xef, ...ascii('ve\n')),
    )
    expect(problem.message).toContain('line 2')
    expect(problem.message).toContain('0xEF')
    expect(problem.message).toContain('save it as UTF-8')
  })

  it('names line and column where JSON breaks', () => {
    const problem = refusal(ascii('{\n  "a": [1, 2],\n  "b": oops\n}\n'))
    expect(problem.line).toBe(3)
    expect(problem.message).toContain('line 3, column 8')
    expect(problem.message).toContain('oops')
    expect(refusal(ascii('[1, 2,')).message).toContain('the file ends')
    expect(refusal(ascii('{"a": "b}')).message).toContain('never closed')
    expect(refusal(ascii("{'a': 1}")).message).toContain('"key" in double quotes')
  })

  it('names the formats that were tried when there is no trajectory', () => {
    for (const text of [
      'Dear all,\n\nsee you on Monday.\n',
      '{"a": [1, 2, {"b": "c"}]}',
      '{"a":1}\n{"a":2}\n',
      '5',
    ]) {
      const { message } = refusal(ascii(text))
      for (const id of ['alfworld', 'react-text', 'openai-messages']) expect(message).toContain(id)
    }
  })

  it('refuses a line of 100 MB without reading it', () => {
    const problem = refusal(new Uint8Array(100 * 2 ** 20).fill(97))
    expect(problem.message).toContain('64 MB')
    expect(problem.line).toBe(1)
  })

  it('leaves out one line of 70 MB and reads the rest', () => {
    const content = new Uint8Array(70 * 2 ** 20).fill(97)
    const line = ascii(`${JSON.stringify({ text: RUN })}\n`)
    content.set(line)
    content.set([10, ...line], content.length - line.length - 1)
    const { trajectories, problems } = readTrajectories('big.jsonl', content)
    expect(trajectories).toHaveLength(2)
    expect(problems.map((problem) => problem.line)).toEqual([2])
  })

  it('refuses a gzip bomb, a damaged and a truncated gzip file', () => {
    const bomb = new Uint8Array(80 * 2 ** 20).fill(97)
    expect(refusal(gzipSync(bomb, { level: 6 })).message).toMatch(
      /unpacks to more than \d+ MB, over 500 times/,
    )
    expect(refusal(gzipSync(new Uint8Array(2 ** 20))).message).toContain('zero byte')
    const packed = gzipSync(ascii(RUN.repeat(50)))
    expect(refusal(packed.slice(0, packed.length - 20)).message).toContain('gzip')
    expect(refusal(bytes(0x1f, 0x8b, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9)).message).toContain('gzip')
  })

  it('survives JSON of any depth', () => {
    for (const depth of [100, 200_000]) {
      const message = refusal(ascii('['.repeat(depth) + ']'.repeat(depth))).message
      expect(message).toContain('deeper than 64 levels')
    }
    expect(refusal(ascii('['.repeat(200_000))).message).toContain('the file ends')
  })
})

describe('a file that can be read in part', () => {
  it('loads 19 of 20 lines when line 7 is broken, and names it', () => {
    const lines = Array.from({ length: 20 }, (_, i) =>
      JSON.stringify({ id: i, text: `${RUN}Observation: ${i}\n` }),
    )
    lines[6] = lines[6]!.slice(0, -5)
    const { trajectories, problems } = read(`${lines.join('\n')}\n`, { name: 'runs.jsonl' })
    expect(trajectories).toHaveLength(19)
    expect(trajectories.map(({ index }) => index)).toEqual(Array.from({ length: 19 }, (_, i) => i))
    expect(problems).toHaveLength(1)
    expect(problems[0]!.line).toBe(7)
    expect(problems[0]!.message).toContain('Line 7 of runs.jsonl')
  })

  it('loads the rest when the first or the last line is broken', () => {
    const line = JSON.stringify({ text: RUN })
    expect(read(`{"text": \n${line}\n${line}\n`).trajectories).toHaveLength(2)
    const cutOff = read(`${line}\n${line}\n${line.slice(0, 20)}`)
    expect(cutOff.trajectories).toHaveLength(2)
    expect(cutOff.problems[0]!.line).toBe(3)
  })

  it('does not list a thousand broken lines one by one', () => {
    const line = JSON.stringify({ text: RUN })
    const { trajectories, problems } = read(`${line}\n{"a":}\n`.repeat(1000))
    expect(trajectories).toHaveLength(1000)
    expect(problems).toHaveLength(21)
    expect(problems.at(-1)!.message).toContain('980 more lines')
  })

  it('says which lines brought nothing', () => {
    const line = JSON.stringify({ text: RUN })
    const { trajectories, problems } = read(`${line}\n{"a":1}\n${line}\n`)
    expect(trajectories).toHaveLength(2)
    expect(problems).toHaveLength(1)
    expect(problems[0]!.line).toBe(2)
  })
})

describe('encodings', () => {
  it('reads UTF-8 with and without byte order mark alike', () => {
    const plain = readTrajectories('f', ascii(RUN))
    expect(plain.trajectories).toHaveLength(1)
    expect(readTrajectories('f', bytes(0xef, 0xbb, 0xbf, ...ascii(RUN)))).toEqual(plain)
  })

  it('reads UTF-16 of both byte orders, with and without byte order mark', () => {
    const text = RUN.replace('t\n', 'tœ\n')
    const expected = readTrajectories('f', ascii(text))
    expect(readTrajectories('f', utf16(`\ufeff${text}`, 'le'))).toEqual(expected)
    expect(readTrajectories('f', utf16(`\ufeff${text}`, 'be'))).toEqual(expected)
    expect(readTrajectories('f', utf16(text, 'le'))).toEqual(expected)
    expect(readTrajectories('f', utf16(text, 'be'))).toEqual(expected)
  })

  it('reads gzipped files', () => {
    const text = JSON.stringify({ text: RUN })
    expect(readTrajectories('f', gzipSync(ascii(text)))).toEqual(readTrajectories('f', ascii(text)))
  })

  it('replaces lone surrogates, which no tokenizer can encode', () => {
    const { trajectories } = read('{"text": "Question: \\ud800 q\\nThought: \\ude00\\nAction: Finish[a]"}')
    expect(trajectories[0]!.text).toBe('Question: \ufffd q\nThought: \ufffd\nAction: Finish[a]')
  })
})

describe('a chosen format', () => {
  it('asks no other', () => {
    expect(read(RUN, { format: 'react-text' }).trajectories).toHaveLength(1)
    const { trajectories, problems } = read(RUN, { format: 'alfworld' })
    expect(trajectories).toEqual([])
    expect(problems[0]!.message).toContain('alfworld')
    expect(problems[0]!.message).not.toContain('react-text')
  })

  it('must exist', () => {
    expect(() => read(RUN, { format: 'nonsense' })).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringMatching(/nonsense.*alfworld.*react-text/),
      }),
    )
  })
})
