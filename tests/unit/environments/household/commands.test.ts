import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCommand, step } from '../../../../workers/environments/household/commands.ts'
import { copyWorld } from '../../../../workers/environments/household/world.ts'
import { expectRefused, kitchen, makeWorld, play } from './kitchen.ts'

describe('what the household does', () => {
  it('opens and closes what has a door, and remembers it', () => {
    const world = kitchen()
    expect(play(world, 'go to fridge 1')).toBe('The fridge 1 is closed.')
    expect(play(world, 'open fridge 1')).toBe(
      'You open the fridge 1. The fridge 1 is open. In it, you see a apple 1.',
    )
    expect(play(world, 'go to shelf 1', 'go to fridge 1')).toBe(
      'The fridge 1 is open. In it, you see a apple 1.',
    )
    expect(play(world, 'close fridge 1')).toBe('You close the fridge 1.')
    expect(play(world, 'examine fridge 1')).toBe('The fridge 1 is closed.')
  })

  it('has receptacles that could have a door and have none, as ALFWorld has drawers', () => {
    const world = makeWorld([['drawer', 1]], [['pen', 1, 'drawer 1']])
    Object.assign(world.receptacles.get('drawer 1')!, { openable: false, open: true })
    expect(play(world, 'go to drawer 1')).toBe('On the drawer 1, you see a pen 1.')
    expectRefused(world, 'open drawer 1')
    expectRefused(world, 'close drawer 1')
    expect(play(world, 'take pen 1 from drawer 1')).toBe('You pick up the pen 1 from the drawer 1.')
  })

  it('answers taking and putting in the wording of the command', () => {
    const world = kitchen()
    expect(play(world, 'go to countertop 1', 'take mug 1 from countertop 1')).toBe(
      'You pick up the mug 1 from the countertop 1.',
    )
    expect(play(world, 'put mug 1 in/on countertop 1')).toBe('You put the mug 1 in/on the countertop 1.')
    play(world, 'take mug 1 from countertop 1')
    expect(play(world, 'move mug 1 to countertop 1')).toBe('You move the mug 1 to the countertop 1.')
    expect(world.objects.get('mug 1')!.places).toEqual(['countertop 1'])
  })

  it('says in the new wording where one arrives, and nothing else differently', () => {
    const world = kitchen('new')
    expect(play(world, 'go to countertop 1')).toBe(
      'You arrive at countertop 1. On the countertop 1, you see a mug 2, and a mug 1.',
    )
    expect(play(world, 'go to fridge 1')).toBe('You arrive at fridge 1. The fridge 1 is closed.')
    expect(play(world, 'open fridge 1')).toBe(
      'You open the fridge 1. The fridge 1 is open. In it, you see a apple 1.',
    )
    expect(play(world, 'examine fridge 1')).toBe('The fridge 1 is open. In it, you see a apple 1.')
  })

  it('heats and cools with doors closed, the last of them holding', () => {
    const world = kitchen()
    play(world, 'go to countertop 2', 'take egg 1 from countertop 2')
    expect(play(world, 'go to microwave 1', 'heat egg 1 with microwave 1')).toBe(
      'You heat the egg 1 using the microwave 1.',
    )
    expect(world.objects.get('egg 1')).toMatchObject({ hot: true, cool: false })
    expect(play(world, 'go to fridge 1', 'cool egg 1 with fridge 1')).toBe(
      'You cool the egg 1 using the fridge 1.',
    )
    expect(world.objects.get('egg 1')).toMatchObject({ hot: false, cool: true })
    expect(play(world, 'go to sinkbasin 1', 'clean egg 1 with sinkbasin 1')).toBe(
      'You clean the egg 1 using the sinkbasin 1.',
    )
    expect(world.objects.get('egg 1')).toMatchObject({ clean: true, cool: true })
  })

  it.each(['knife', 'butterknife'])(
    'slices with a %s in hand what lies there, behind a door too',
    (blade) => {
      const world = kitchen()
      play(world, 'go to countertop 2', `take ${blade} 1 from countertop 2`)
      expect(play(world, `slice potato 1 with ${blade} 1`)).toBe(
        `You sliced the potato 1 with the ${blade} 1.`,
      )
      expect(play(world, 'go to fridge 1', `slice apple 1 with ${blade} 1`)).toBe(
        `You sliced the apple 1 with the ${blade} 1.`,
      )
    },
  )

  it('switches a lamp, and says "on" every time, as ALFWorld does', () => {
    const world = kitchen()
    play(world, 'go to sidetable 1')
    expect(play(world, 'use desklamp 1')).toBe('You turn on the desklamp 1.')
    expect(world.objects.get('desklamp 1')).toMatchObject({ on: true, toggled: true })
    expect(play(world, 'use desklamp 1')).toBe('You turn on the desklamp 1.')
    expect(world.objects.get('desklamp 1')).toMatchObject({ on: false, toggled: true })
  })

  it('reaches all receptacles of a spot from any of them', () => {
    const world = makeWorld(
      [
        ['cabinet', 1],
        ['cabinet', 2],
        ['shelf', 1],
      ],
      [['mug', 1, 'cabinet 2']],
    )
    world.receptacles.get('cabinet 2')!.spot = 0
    play(world, 'go to cabinet 1')
    expectRefused(world, 'go to cabinet 2')
    expect(play(world, 'open cabinet 2')).toBe(
      'You open the cabinet 2. The cabinet 2 is open. In it, you see a mug 1.',
    )
    expect(play(world, 'take mug 1 from cabinet 2')).toBe('You pick up the mug 1 from the cabinet 2.')
  })

  it('leaves what is seen from two receptacles on the one it was not taken from', () => {
    const world = makeWorld(
      [
        ['desk', 1],
        ['shelf', 1],
      ],
      [['pen', 1, 'desk 1']],
    )
    world.objects.get('pen 1')!.places.push('shelf 1')
    play(world, 'go to desk 1', 'take pen 1 from desk 1')
    expect(play(world, 'go to shelf 1')).toBe('On the shelf 1, you see a pen 1.')
    expect(play(world, 'put pen 1 in/on shelf 1')).toBe('You put the pen 1 in/on the shelf 1.')
    expect(play(world, 'examine shelf 1')).toBe('On the shelf 1, you see a pen 1.')
  })

  it('answers a thought with OK and changes nothing', () => {
    const world = kitchen()
    const before = copyWorld(world)
    expect(step(world, 'think: go to fridge 1')).toEqual({ observation: 'OK.', valid: true })
    expect(world).toEqual(before)
  })

  it('knows what a command names without playing it', () => {
    expect(readCommand(' take mug 12 from shelf 3 ')).toEqual({
      verb: 'take',
      first: 'mug 12',
      second: 'shelf 3',
    })
    expect(readCommand('look')).toEqual({ verb: 'look', first: '', second: '' })
    expect(readCommand('take the mug')).toBeNull()
  })
})

describe('what the household refuses', () => {
  const withMug = ['go to countertop 1', 'take mug 1 from countertop 1']
  const withKnife = ['go to countertop 2', 'take knife 1 from countertop 2']
  const withBook = ['go to sidetable 1', 'take book 1 from sidetable 1']
  const cases: [string, string[]][] = [
    ['going to a place that is not there', ['go to sofa 1']],
    ['going where one already stands', ['go to shelf 1', 'go to shelf 1']],
    ['opening from afar', ['open fridge 1']],
    ['opening what is open', ['go to fridge 1', 'open fridge 1', 'open fridge 1']],
    ['opening what has no door', ['go to countertop 1', 'open countertop 1']],
    ['opening what does not exist', ['go to fridge 1', 'open fridge 2']],
    ['closing from afar', ['go to fridge 1', 'open fridge 1', 'go to shelf 1', 'close fridge 1']],
    ['closing what is closed', ['go to fridge 1', 'close fridge 1']],
    ['closing what has no door', ['go to shelf 1', 'close shelf 1']],
    ['taking from afar', ['take mug 1 from countertop 1']],
    ['taking out of a closed fridge', ['go to fridge 1', 'take apple 1 from fridge 1']],
    ['taking what lies elsewhere', ['go to shelf 1', 'take mug 1 from shelf 1']],
    ['taking what does not exist', ['go to countertop 1', 'take mug 3 from countertop 1']],
    ['taking a second thing', [...withMug, 'take mug 2 from countertop 1']],
    ['taking what one holds', [...withMug, 'take mug 1 from countertop 1']],
    ['taking the lamp', ['go to sidetable 1', 'take desklamp 1 from sidetable 1']],
    ['taking a plant in its pot', ['go to sidetable 1', 'take houseplant 1 from sidetable 1']],
    ['putting what one does not hold', ['go to countertop 1', 'put mug 1 in/on countertop 1']],
    ['putting from afar', [...withMug, 'put mug 1 in/on shelf 1']],
    ['putting into a closed fridge', [...withMug, 'go to fridge 1', 'put mug 1 in/on fridge 1']],
    ['putting where such a thing cannot lie', [...withMug, 'go to bed 1', 'put mug 1 in/on bed 1']],
    ['moving where such a thing cannot lie', [...withMug, 'go to bed 1', 'move mug 1 to bed 1']],
    ['moving from afar', [...withMug, 'move mug 1 to shelf 1']],
    ['cleaning away from the sinkbasin', [...withMug, 'clean mug 1 with sinkbasin 1']],
    ['cleaning with a shelf', [...withMug, 'go to shelf 1', 'clean mug 1 with shelf 1']],
    ['cleaning what is not held', ['go to sinkbasin 1', 'clean mug 1 with sinkbasin 1']],
    ['cleaning a book', [...withBook, 'go to sinkbasin 1', 'clean book 1 with sinkbasin 1']],
    ['heating away from the microwave', [...withMug, 'heat mug 1 with microwave 1']],
    ['heating with a fridge', [...withMug, 'go to fridge 1', 'heat mug 1 with fridge 1']],
    ['heating what is not held', ['go to microwave 1', 'heat mug 1 with microwave 1']],
    ['heating a knife', [...withKnife, 'go to microwave 1', 'heat knife 1 with microwave 1']],
    ['cooling away from the fridge', [...withMug, 'cool mug 1 with fridge 1']],
    ['cooling with a microwave', [...withMug, 'go to microwave 1', 'cool mug 1 with microwave 1']],
    ['cooling what is not held', ['go to fridge 1', 'cool mug 1 with fridge 1']],
    ['cooling a book', [...withBook, 'go to fridge 1', 'cool book 1 with fridge 1']],
    ['using a lamp from afar', ['use desklamp 1']],
    ['using what has no switch', ['go to sidetable 1', 'use book 1']],
    ['using what does not exist', ['go to sidetable 1', 'use desklamp 2']],
    ['slicing without a knife in hand', ['go to countertop 2', 'slice potato 1 with knife 1']],
    ['slicing from afar', [...withKnife, 'slice apple 1 with knife 1']],
    ['slicing a mug', [...withKnife, 'go to countertop 1', 'slice mug 1 with knife 1']],
    ['slicing with a mug', [...withMug, 'go to countertop 2', 'slice potato 1 with mug 1']],
    ['examining what is out of sight', ['go to fridge 1', 'examine apple 1']],
    ['examining what lies elsewhere', ['go to fridge 1', 'examine mug 1']],
    ['examining a place from afar', ['examine fridge 1']],
    ['the command in capitals', ['Go to fridge 1']],
    ['two blanks where one belongs', ['go  to fridge 1']],
    ['putting in without "/on"', [...withMug, 'go to shelf 1', 'put mug 1 in shelf 1']],
    ['a command that the game does not know', ['dance with mug 1']],
    ['an empty command', ['']],
    ['a command of ten thousand characters', [`take ${'mug '.repeat(2500)}`]],
  ]
  it.each(cases)('refuses %s', (_what, commands) => {
    expectRefused(kitchen(), ...commands)
  })

  it('heats in a room without a microwave nowhere at all', () => {
    const world = makeWorld([['countertop', 1]], [['mug', 1, 'countertop 1']])
    expectRefused(world, ...withMug, 'heat mug 1 with microwave 1')
  })
})

describe('any commands in any order', () => {
  const names = [...kitchen().receptacles.keys(), ...kitchen().objects.keys(), 'sofa 1']
  const name = fc.constantFrom(...names)
  const verb = fc.constantFrom(
    'take',
    'put',
    'move',
    'clean',
    'heat',
    'cool',
    'slice',
    'go',
    'open',
    'close',
    'use',
  )
  const joint: Record<string, string> = { take: 'from', put: 'in/on', move: 'to', go: '' }
  const command = fc.tuple(verb, name, name).map(([verb, first, second]) => {
    if (verb === 'go') return `go to ${first}`
    if (['open', 'close', 'use'].includes(verb)) return `${verb} ${first}`
    return `${verb} ${first} ${joint[verb] ?? 'with'} ${second}`
  })

  it('lose no thing, hold no more than one, and change nothing when nothing happens', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60 }), (commands) => {
        const world = kitchen()
        for (const command of commands) {
          const before = copyWorld(world)
          const { observation, valid } = step(world, command)
          if (!valid) expect(world).toEqual(before)
          expect(valid).toBe(observation !== 'Nothing happens.')
          for (const object of world.objects.values()) {
            expect(object.places.length).toBe(world.holding === object.name ? 0 : 1)
            expect(object.hot && object.cool).toBe(false)
          }
        }
      }),
    )
  })
})
