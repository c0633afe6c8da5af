import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { program } from '../../workers/cluster/program.ts'
import { LabError, messageOf } from '../../workers/errors.ts'
import type { Actor } from '../../workers/evaluation/actor.ts'
import { type StudentFolder, writeStudentFolder } from '../../workers/models/folder.ts'
import type { TextModel, TextPass } from '../../workers/models/textModel.ts'
import { teacherTokenizer } from '../../workers/teacher/shelf.ts'
import { pythonWithTorch } from './python.ts'

/**
 * A student that PyTorch computes in a process of its own (`scale/sad_scale/act.py`), where that is quicker than what
 * this machine has for the lab: the same texts, but for near ties that rounding decides.
 *
 * @param where the folder's name, for messages
 * @throws LabError as `teacherTokenizer`, `usage` where there is no PyTorch, `gpu-error` with what the process said last
 */
export async function openInPyTorch(folder: StudentFolder, where: string): Promise<Actor> {
  const tokenizer = teacherTokenizer(folder, where)
  const python = pythonWithTorch()
  const work = await mkdtemp(join(tmpdir(), 'sad-act-'))
  try {
    const files = writeStudentFolder(folder.config, folder.parameters, tokenizer)
    const own = Object.entries(files).map(([name, content]) => [`student/${name}`, content] as const)
    for (const [path, content] of [...own, ...program()]) {
      await mkdir(dirname(join(work, path)), { recursive: true })
      await writeFile(join(work, path), content)
    }
    const asked = new Asked(
      spawn(python, ['-m', 'sad_scale', 'act', join(work, 'student')], {
        env: { ...process.env, PYTHONPATH: work, PYTHONDONTWRITEBYTECODE: '1' },
      }),
      where,
    )
    const computed = (await asked.next()) as Actor['computed']
    return {
      student: { model: modelAsked(asked, folder), tokenizer, dispose: () => asked.end() },
      computed,
    }
  } finally {
    // All of it has been read by then.
    await rm(work, { recursive: true, force: true })
  }
}

function modelAsked(asked: Asked, { config }: StudentFolder): TextModel {
  return {
    config,
    open(rows, capacity) {
      const opened = asked.ask({ open: { rows, capacity } })
      return {
        async draw(passes, sampling) {
          await opened
          return (await asked.ask({ draw: passes.map(plain), sampling })) as number[][]
        },
        dispose: () => {},
      }
    },
  }
}

function plain({ length, ids, lasts, lengths, places, draws }: TextPass) {
  return {
    length,
    ids: [...ids],
    lasts: [...lasts],
    lengths: [...lengths],
    places: [...places],
    draws: [...draws],
  }
}

/** A process that answers each line of JSON with one. */
class Asked {
  private readonly lines: AsyncIterator<string>
  private complaint = 'it said nothing'
  private last: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly child: ChildProcessWithoutNullStreams,
    private readonly where: string,
  ) {
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.complaint = text.trim().split('\n').at(-1) || this.complaint
    })
    child.on('error', (error) => {
      this.complaint = messageOf(error)
    })
    // Told where the next answer does not come.
    child.stdin.on('error', () => {})
  }

  /** One after another, whoever asks. */
  ask(question: unknown): Promise<unknown> {
    this.last = this.last.then(() => {
      this.child.stdin.write(`${JSON.stringify(question)}\n`)
      return this.next()
    })
    return this.last
  }

  async next(): Promise<unknown> {
    const { value, done } = await this.lines.next()
    if (!done) return JSON.parse(value)
    throw new LabError('gpu-error', `PyTorch has ended while ${this.where} acted: ${this.complaint}`)
  }

  end(): void {
    this.child.stdin.end()
  }
}
