import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shopScript } from '../../../workers/environments/shop/script.ts'

describe('the script', () => {
  it.each([
    [
      'Action: search[red lamp]\nObservation',
      { kind: 'act', action: 'search[red lamp]', reasoning: null, end: 25 },
    ],
    ['Action:click[x]\n', { kind: 'act', action: 'click[x]', end: 16 }],
    ['Action: think[a [b] c.]\n', { kind: 'thought', reasoning: 'a [b] c.', end: 24 }],
    ['Action: Think[no end\n', { kind: 'thought', reasoning: 'no end', end: 21 }],
    ['\n \nAction: click[x]\nmore', { kind: 'act', action: 'click[x]', end: 20 }],
    ['I buy it\nAction: click[x]\n', { kind: 'malformed', text: 'I buy it', end: 9 }],
    ['Action: \n', { kind: 'malformed', text: 'Action:', end: 9 }],
  ])('reads %j', (written, turn) => {
    expect(shopScript.read(written, 1, false)).toMatchObject(turn)
  })

  it('waits for the end of a line, and always ends when nothing more comes', () => {
    for (const written of ['', '\n', 'Action: clic', '\n\n', 'Action: think[']) {
      expect(shopScript.read(written, 1, false)).toBeNull()
      expect(shopScript.read(written, 1, true)).toMatchObject({ end: written.length })
    }
  })

  it('writes a thought with its act as two turns', () => {
    const text = shopScript.write({ reasoning: 'I search.', action: 'search[x]' }, 1)
    expect(text).toBe('Action: think[I search.]\nObservation: OK.\n\nAction: search[x]\n')
    expect(shopScript.read(text, 1, false)).toEqual({ end: 25, kind: 'thought', reasoning: 'I search.' })
  })

  it('takes some of any text that a model may write, and gives back what it wrote itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (written, ended) => {
        const turn = shopScript.read(written, 1, ended)
        if (turn === null) {
          expect(ended).toBe(false)
          return
        }
        expect(turn.end).toBeLessThanOrEqual(written.length)
        if (written !== '') expect(turn.end).toBeGreaterThan(0)
      }),
    )
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ' ').trim())
    fc.assert(
      fc.property(line, line, (reasoning, query) => {
        const thought = shopScript.write({ reasoning }, 1)
        expect(shopScript.read(thought, 1, false)).toEqual({
          end: thought.length,
          kind: 'thought',
          reasoning,
        })
        const action = `search[${query}]`
        const act = shopScript.write({ reasoning: null, action }, 1)
        expect(shopScript.read(act, 1, false)).toEqual({
          end: act.length,
          kind: 'act',
          reasoning: null,
          action,
        })
      }),
    )
  })
})
