import { describe, expect, it } from 'vitest'
import { isProgram, runProgram } from '../../../../workers/environments/household/replay/program.ts'
import { replayTrajectory } from '../../../../workers/environments/household/replay/replay.ts'
import { NotUnderstood } from '../../../../workers/environments/household/replay/syntax.ts'
import type { Span, SpanKind, Trajectory } from '../../../../workers/trajectories/trajectory.ts'

/** What a program prints where the tool `say` says its argument in capitals. */
function run(source: string): string[] {
  const printed: string[] = []
  runProgram<number>(source, {
    call: (tool, args) => (tool === 'say' ? { text: args.join('+').toUpperCase(), about: 1 } : undefined),
    print: (text, about) => printed.push(about ? `${text} (said)` : text),
    echo: (text, about) => printed.push(about ? `=> ${text} (said)` : `=> ${text}`),
  })
  return printed
}

describe('programs of transcripts', () => {
  it('prints strings, numbers and what tools say', () => {
    expect(run(`print("a")\nprint('it\\'s')\nprint(12)\nprint(say("mug 1", "x"))\nprint("b", 2)`)).toEqual([
      'a',
      "it's",
      '12',
      'MUG 1+X (said)',
      'b 2',
    ])
  })

  it('shows what the last line comes to, and no other', () => {
    expect(run('say("a")\nsay("b")')).toEqual(['=> B (said)'])
    expect(run('print("a")')).toEqual(['a'])
  })

  it('loops over lists, ranges and lists made of them, and leaves the loop', () => {
    expect(
      run(`
for place in ["desk 1", *[f"drawer {i}" for i in range(1, 4)], "bed 1"]:
    res = say(place)  # a remark
    print(res)
    if "ER 2" in res:
        print(f"Found it in {place}.")
        break
`),
    ).toEqual(['DESK 1 (said)', 'DRAWER 1 (said)', 'DRAWER 2 (said)', 'Found it in drawer 2.'])
    expect(run('for i in range(3):\n    if i == 1:\n        continue\n    print(i)')).toEqual(['0', '2'])
  })

  it('branches', () => {
    const source = (word: string) => `
x = "${word}"
if "a" in x and "b" not in x:
    print("first")
elif x == "b" or x != "c" and "zz" in x:
    print("second")
else:
    pass
    print("third")`
    expect(run(source('a'))).toEqual(['first'])
    expect(run(source('b'))).toEqual(['second'])
    expect(run(source('ab'))).toEqual(['third'])
    expect(run(source('zzb'))).toEqual(['second'])
  })

  it.each([
    'import os',
    'print(x)',
    'open("/etc/passwd")',
    'x.y()',
    'say(a=1)',
    'while True:\n    pass',
    'def f():\n    pass',
    'print(1 + 2)',
    'for i in range(1000000000):\n    pass',
    `for i in range(900):\n    for j in range(900):\n        x = "a"`,
    'constructor("a")',
    'print("""a""")',
    'a, b = "a", "b"',
    'for c in "abc":\n    print(c)',
    'I need more steps.',
  ])('refuses what is not understood: %j', (source) => {
    expect(() => run(source)).toThrow(NotUnderstood)
  })

  it('tells prose from programs', () => {
    expect(isProgram('print("a")')).toBe(true)
    expect(isProgram('The task cannot be completed.')).toBe(false)
  })
})

/** A trajectory of programs, as the lab reads MINT's. */
function trajectory(...turns: [program: string, answer: string | null][]): Trajectory {
  const spans: Span[] = []
  let text = ''
  const add = (kind: SpanKind, step: number, before: string, content: string, after: string) => {
    const start = text.length
    text += before + content + after
    const contentStart = start + before.length
    spans.push({
      kind,
      start,
      end: text.length,
      contentStart,
      contentEnd: contentStart + content.length,
      step,
    })
  }
  const room = 'you see a cabinet 1, a desk 1, and a shelf 1.'
  const prompt = `You are in the middle of a room. Looking quickly around you, ${room}\nYour task is to: put a mug in shelf.`
  add('prompt', -1, '', prompt, '\n')
  for (const [step, [program, answer]] of turns.entries()) {
    add('act', step, '<execute>\n', program, '\n</execute>\n')
    if (answer !== null) add('observation', step, 'Observation:\n', answer, '\n')
  }
  return { file: 'x', index: 0, format: 'x', environment: 'household', text, spans, warnings: [] }
}

const SEARCH = `for place in ["desk 1", "cabinet 1", "shelf 1"]:
    res = goto(place)
    if "closed" in res:
        res = open_receptacle(place)
    if "mug" in res:
        print(res)
        break`

describe('replaying programs', () => {
  it('compares what is printed, and plays what is not', () => {
    const replay = replayTrajectory(
      trajectory(
        [SEARCH, 'You open the cabinet 1. The cabinet 1 is open. In it, you see a mug 1.'],
        [
          'print(take_from("mug 1", "cabinet 1"))\nprint(goto("shelf 1"))\nprint(put("mug 1", "shelf 1"))',
          'You pick up the mug 1 from the cabinet 1.\nOn the shelf 1, you see nothing.\nYou put the mug 1 in/on the shelf 1.\nYou have 2 steps left and 1 chances to propose solution left.',
        ],
      ),
    )!
    expect(replay.answers.map(({ kind, verdict, command }) => [kind, verdict, command])).toEqual([
      ['given', 'equal', 'open cabinet 1'],
      ['predicted', 'equal', 'take mug 1 from cabinet 1'],
      ['given', 'equal', 'go to shelf 1'],
      ['predicted', 'equal', 'put mug 1 in/on shelf 1'],
    ])
    expect(replay.notCompared).toEqual({ 'not shown': 2 })
    expect(replay.leftOut).toEqual({ 'how many steps are left': 1 })
    expect(replay.goalReached).toBe(true)
  })

  it('finds what was printed otherwise, too little and too much', () => {
    const { answers } = replayTrajectory(
      trajectory([
        'print(goto("desk 1"))\nprint(look())\nprint("done")',
        'On the desk 1, you see nothing.\nHm.',
      ]),
    )!
    expect(answers.map(({ verdict, expected, got }) => [verdict, expected, got])).toEqual([
      ['equal', 'On the desk 1, you see nothing.', 'On the desk 1, you see nothing.'],
      ['different', 'Hm.', 'You are facing the desk 1. Next to it, you see nothing.'],
      ['different', '', 'done'],
    ])
    const more = replayTrajectory(
      trajectory(['print(goto("desk 1"))', 'On the desk 1, you see nothing.\nMore.']),
    )!
    expect(more.answers.at(-1)).toMatchObject({
      kind: 'program',
      verdict: 'different',
      expected: 'More.',
      got: null,
    })
  })

  it('names what a shell shows as such', () => {
    const { answers } = replayTrajectory(
      trajectory(
        ['print(goto("desk 1"))', 'On the desk 1, you see nothing.'],
        ['look()', "Out[2]: 'You are facing the desk 1. Next to it, you see nothing.'"],
      ),
    )!
    expect(answers[1]).toMatchObject({ verdict: 'variant', variants: ['shown by the shell as Out[n]'] })
  })

  it('does not claim a goal that hangs on an answer nobody gives', () => {
    const seen: [string, string] = ['print(goto("desk 1"))', 'On the desk 1, you see a mug 1, and a pen 1.']
    const goalAfter = (last: string) => replayTrajectory(trajectory(seen, [last, null]))!.goalReached
    expect(
      goalAfter(
        'print(take_from("mug 1", "desk 1"))\nprint(goto("shelf 1"))\nprint(put("mug 1", "shelf 1"))',
      ),
    ).toBe(true)
    expect(
      goalAfter(
        'print(take_from("mug 1", "desk 1"))\nprint(goto("cabinet 1"))\nprint(put("mug 1", "cabinet 1"))',
      ),
    ).toBeNull()
    expect(goalAfter('print(take_from("mug 1", "desk 1"))')).toBe(false)
  })

  it('says which program was not played, and why', () => {
    const replay = replayTrajectory(trajectory(['import os', 'x']))!
    expect(replay.notUnderstood).toEqual([{ step: 1, message: 'ImportStatement' }])
    expect(replay.answers).toEqual([])
    expect(replay.notCompared).toEqual({ 'not understood': 1 })
  })
})
