import { describe, expect, it } from 'vitest'
import { codes, contents, read, spansOf } from './reading.ts'

const ROOM = 'You are in the middle of a room. Looking quickly around you, you see a shelf 1, and a desk 1.'
const RUN = `${ROOM}
Your task is to: put a pen on the shelf.
> think: A pen is likely on the desk.
OK.
>go to desk 1
On the desk 1, you see a pen 2.
> think: I take it.
> take pen 2 from desk 1
You pick up the pen 2 from the desk 1.
> put pen 2 in/on shelf 1
You put the pen 2 in/on the shelf 1.
`

describe('ALFWorld transcripts', () => {
  it('reads `> think:` as reason, other `>` as act, and the rest as observation', () => {
    const { trajectories, problems } = read(RUN)
    expect(problems).toEqual([])
    const run = trajectories[0]!
    expect(run.format).toBe('alfworld')
    expect(run.environment).toBe('household')
    expect(run.text).toBe(RUN)
    expect(run.warnings).toEqual([])
    expect(spansOf(run)).toEqual([
      ['prompt', `${ROOM}\nYour task is to: put a pen on the shelf.`],
      ['reason', 'A pen is likely on the desk.'],
      ['observation', 'OK.'],
      ['act', 'go to desk 1'],
      ['observation', 'On the desk 1, you see a pen 2.'],
      ['reason', 'I take it.'],
      ['act', 'take pen 2 from desk 1'],
      ['observation', 'You pick up the pen 2 from the desk 1.'],
      ['act', 'put pen 2 in/on shelf 1'],
      ['observation', 'You put the pen 2 in/on the shelf 1.'],
    ])
    expect(run.spans.map((span) => span.step)).toEqual([-1, 0, 0, 0, 0, 1, 1, 1, 2, 2])
  })

  it('leaves `> think: ` and `> ` out of the content and keeps them in the span', () => {
    const run = read(RUN).trajectories[0]!
    expect(run.text.slice(run.spans[1]!.start, run.spans[1]!.contentStart)).toBe('> think: ')
    expect(run.text.slice(run.spans[3]!.start, run.spans[3]!.contentStart)).toBe('>')
  })

  it('reads transcripts out of JSON objects, arrays and lines', () => {
    const mixed = { first: RUN, more: [{ text: RUN }, 'no transcript\nhere'] }
    expect(contents(JSON.stringify(mixed, null, 2))).toHaveLength(2)
    expect(contents(`${JSON.stringify(RUN)}\n`)).toHaveLength(1)
    expect(contents(`${JSON.stringify({ run: RUN })}\n${JSON.stringify({ run: RUN })}\n`)).toHaveLength(2)
  })

  it('reads several in one log, each under its own room, without status lines and rules', () => {
    const log = `#####\n\nEnvironment #0:\n${RUN}STATUS: OK\n\n#####\n\nEnvironment #1:\n${RUN}STATUS: FAIL\n\n#####\n`
    const runs = contents(log)
    expect(runs).toHaveLength(2)
    for (const spans of runs) {
      expect(spans.at(-1)![0]).toBe('other')
      expect(spans.filter(([kind]) => kind === 'reason' || kind === 'act')).toHaveLength(5)
      expect(spans.some(([, content]) => content.includes('###'))).toBe(false)
    }
  })

  it('does not begin a new trajectory at the room that `> look` describes', () => {
    expect(contents(`${RUN}> look\n${ROOM}\n> go to desk 1\nOn the desk 1, you see nothing.\n`)).toHaveLength(
      1,
    )
  })

  it('reads fenced blocks of a Markdown page, their indent taken out', () => {
    const indented = RUN.replace(/^/gm, '  ').trimEnd()
    const page = `# Results\n> a quotation\n\n\`\`\`sh\nrun me\n\`\`\`\n\n  \`\`\`\n${indented}\n  \`\`\`\n`
    const { trajectories } = read(page)
    expect(trajectories).toHaveLength(1)
    expect(trajectories[0]!.text).toBe(RUN)
  })

  it('counts worked examples as prompt when the real task follows', () => {
    const prompt = `Interact with a household. Here are two examples.\n${RUN}${RUN}\nHere is the task.\n`
    const [spans, ...rest] = contents(`${prompt}${RUN.replace('a pen on', 'my pen on')}`)
    expect(rest).toEqual([])
    expect(spans!.filter(([kind]) => kind === 'act')).toHaveLength(3)
    expect(spans![0]![1]).toContain('put my pen on')
    expect(contents(prompt)).toHaveLength(2)
  })

  it('gives the sentence after the last example to nobody', () => {
    expect(contents(`Here are two examples.\n${RUN}${RUN}\nHere is the task.\n`)[1]!.at(-1)).toEqual([
      'other',
      'Here is the task.',
    ])
  })

  it('reads the kind of task, in ALFWorld’s words, and how the run went', () => {
    const outcome = (task: string, tail = '') => {
      const { success, taskType } = read(`${RUN.replace('put a pen on the shelf.', task)}${tail}`)
        .trajectories[0]!
      return [taskType, success]
    }
    expect(outcome('put some mug on desk.', 'STATUS: OK\n')).toEqual(['pick_and_place_simple', true])
    expect(outcome('put a clean mug in cabinet.', 'STATUS: FAIL\n')).toEqual([
      'pick_clean_then_place_in_recep',
      false,
    ])
    expect(outcome('heat some egg and put it in fridge.')[0]).toBe('pick_heat_then_place_in_recep')
    expect(outcome('put a cool tomato in microwave.')[0]).toBe('pick_cool_then_place_in_recep')
    expect(outcome('examine the pen with the desklamp.')[0]).toBe('look_at_obj_in_light')
    expect(outcome('look at bowl under the desklamp.')[0]).toBe('look_at_obj_in_light')
    expect(outcome('find two cd and put them in safe.')[0]).toBe('pick_two_obj_and_place')
    expect(outcome('sing a song.')).toEqual([undefined, undefined])
  })

  it('lets a thought run on until its OK.', () => {
    expect(contents('> think: first\nsecond\nOK.\n> look\nNothing.\n')[0]).toEqual([
      ['reason', 'first\nsecond'],
      ['observation', 'OK.'],
      ['act', 'look'],
      ['observation', 'Nothing.'],
    ])
  })

  it('warns when thoughts are missing and when it stops at a thought', () => {
    const silent = RUN.replace(/^> think:.*\n(OK\.\n)?/gm, '')
    expect(codes(read(silent).trajectories[0]!)).toEqual(['no-reason-span'])
    expect(codes(read(`${RUN}> think: And now?\nOK.\n`).trajectories[0]!)).toEqual(['unfinished'])
  })

  it('does not train on a prompt sign that waits for a command', () => {
    const run = read(`${RUN}>`).trajectories[0]!
    expect(run.spans.at(-1)!.kind).toBe('other')
  })

  it('leaves mail and Markdown quotations alone', () => {
    expect(read('Hello,\n> you wrote this\n> and that\nYes.\n').trajectories).toEqual([])
  })
})
