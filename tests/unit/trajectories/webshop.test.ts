import { describe, expect, it } from 'vitest'
import { codes, contents, read, spansOf } from './reading.ts'

const RUN = `Action: reset
Observation: 
Webshop 
Instruction:  
i need a red lamp, and price lower than 20.00 dollars 
[Search] 

Action: think[A lamp [red] will do,
I search for it.]
Observation: OK.

Action: search[red lamp]
Observation: 
[Back to Search] 
Lamp 10" [< Prev] 
$9.98 

Action: click[Buy Now]
Observation: Your score (min 0.0, max 1.0): 0.5
`

describe('WebShop logs', () => {
  it('begin with the driver’s reset, and hold thoughts that are written as actions', () => {
    const run = read(RUN).trajectories[0]!
    expect(run.environment).toBe('shop')
    expect(run.reward).toBe(0.5)
    expect(run.success).toBe(false)
    expect(codes(run)).toEqual([])
    expect(spansOf(run).slice(1)).toEqual([
      ['reason', 'A lamp [red] will do,\nI search for it.'],
      ['observation', 'OK.'],
      ['act', 'search[red lamp]'],
      ['observation', '[Back to Search] \nLamp 10" [< Prev] \n$9.98'],
      ['act', 'click[Buy Now]'],
      ['observation', 'Your score (min 0.0, max 1.0): 0.5'],
    ])
    expect(spansOf(run)[0]![1]).toMatch(/^Action: reset\nObservation:[\s\S]*\[Search\]$/)
  })

  it('are several runs between rules, without their numbers and averages', () => {
    const log = `-----------------\n0\n${RUN}\n1 0.5 0.0 0.0\n-------------\n-----------------\n1\n${RUN}\n2 0.5 0.0 0.0\n-------------\n`
    const runs = read(log).trajectories
    expect(runs.map(({ text }) => text)).toEqual([RUN, RUN])
    expect(runs.map(({ reward }) => reward)).toEqual([0.5, 0.5])
  })

  it('may hold acts only, under a goal', () => {
    const text =
      'You should buy: a lamp\nAction: reset[]\nObservation: WEB PAGE: {Let us begin \n[Search]}\n\nAction: search[lamp]\nObservation: WEB PAGE: {\n[B01] \nLamp}\n\nAction: click[Buy Now]\nObservation: You have bought it.\n'
    expect(contents(text)).toEqual([
      [
        [
          'prompt',
          'You should buy: a lamp\nAction: reset[]\nObservation: WEB PAGE: {Let us begin \n[Search]}',
        ],
        ['act', 'search[lamp]'],
        ['observation', 'WEB PAGE: {\n[B01] \nLamp}'],
        ['act', 'click[Buy Now]'],
        ['observation', 'You have bought it.'],
      ],
    ])
  })
})
