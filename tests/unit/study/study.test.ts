import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { messageOf } from '../../../workers/errors.ts'
import { parseRecipe } from '../../../workers/recipe.ts'
import { candidatesOf, cellsOf } from '../../../workers/study/cells.ts'
import { recipeOf } from '../../../workers/study/recipes.ts'
import { parseStudy, type StudyInput } from '../../../workers/study/study.ts'

const shipped = (name: string): StudyInput => JSON.parse(readFileSync(`studies/${name}.json`, 'utf8'))

describe('a study', () => {
  it('has every cell once, in the order of its blocks', () => {
    const study = parseStudy(shipped('paper'))
    const cells = cellsOf(study)
    // Per world: seven arms with two amounts, six ablations, three arms with two other sizes; five seeds of each.
    expect(cells).toHaveLength(3 * (7 * 2 + 6 + 3 * 2) * 5)
    expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length)
    expect(cells[0]).toEqual({
      id: 'household-few-medium-sad-seed1',
      environment: 'household',
      amount: 'few',
      student: 'medium',
      arm: 'sad',
      seed: 1,
      split: 'test',
    })
    const candidates = candidatesOf(study)
    expect(candidates).toHaveLength(3 * 6 * 2)
    expect(candidates[3]).toMatchObject({
      id: 'household-choose-sad-chosen-1-seed102',
      candidate: 1,
      split: 'validation',
    })
  })

  it('makes of each cell a recipe: the study, its world, its arm and what is chosen, one over the other', () => {
    const study = parseStudy({
      ...shipped('tiny'),
      recipe: { steps: 4, batchRows: 2, data: { packing: true } },
      worlds: [{ environment: 'household', teacher: 'big', recipe: { batchRows: 3 } }],
    })
    const [sad, , imitation] = cellsOf(study)
    expect(recipeOf(study, sad!, 640)).toEqual({
      steps: 4,
      batchRows: 3,
      seed: 1,
      data: { contextLength: 640, packing: true },
      student: study.students.small,
      teacher: { kind: 'model', source: 'big' },
      tokenizer: { kind: 'teacher' },
      objective: { arm: 'sad' },
    })
    const recipe = parseRecipe(recipeOf(study, imitation!, 640, 1))
    expect(recipe.optimiser.learningRate).toBe(0.02)
    expect(recipe.objective).toMatchObject({ arm: 'imitation', divergence: 'cross-entropy' })
  })

  it('may say another teacher than the world has, whole', () => {
    const study = parseStudy({
      ...shipped('tiny'),
      recipe: { teacher: { kind: 'text' }, tokenizer: { kind: 'train-bpe', vocabularySize: 300 } },
    })
    const recipe = recipeOf(study, cellsOf(study)[0]!, 640)
    expect(recipe.teacher).toEqual({ kind: 'text' })
    expect(recipe.tokenizer).toEqual({ kind: 'train-bpe', vocabularySize: 300 })
  })

  const refused = (change: object) => {
    try {
      parseStudy({ ...shipped('tiny'), ...change }, 'tiny.json')
    } catch (error) {
      return messageOf(error)
    }
    throw new Error('it was not refused')
  }
  const arms = (arm: object) => ({ arms: { sad: arm, imitation: {} } })
  const block = { arms: ['sad'], students: ['small'], amounts: ['few'] }

  it('names what is unknown in it, and where', () => {
    expect(refused({ colour: 'red' })).toBe(
      'tiny.json: colour is an unknown key: remove it or correct its spelling.',
    )
    expect(refused({ seeds: [] })).toContain('seeds must be at least 1')
    expect(refused({ blocks: [{ ...block, arms: ['sda'] }] })).toBe(
      'tiny.json: blocks.0.arms names "sda", which arms does not have (sad, imitation).',
    )
    expect(refused({ blocks: [{ ...block, students: ['huge'] }] })).toContain(
      'blocks.0.students names "huge", which students does not have (small)',
    )
    expect(refused({ blocks: [{ ...block, amounts: ['all'] }] })).toContain('blocks.0.amounts names "all"')
    expect(refused({ blocks: [{ ...block, worlds: ['wiki'] }] })).toContain('blocks.0.worlds names "wiki"')
    expect(refused({ students: { 'Big One': { layers: 1, width: 16, heads: 2 } } })).toContain(
      'students.Big One is no name: use small letters, digits and hyphens',
    )
  })

  it('names the arm and the key that make a recipe which cannot be trained', () => {
    expect(refused(arms({ recipe: { objective: { lamda: 1 } } }))).toBe(
      'tiny.json: arms.sad.recipe.objective.lamda is an unknown key: remove it or correct its spelling.',
    )
    expect(refused(arms({ choose: [{}, { optimiser: { learningRate: -1 } }] }))).toContain(
      'arms.sad.choose.1.optimiser.learningRate must be more than 0 (it is -1)',
    )
    expect(refused(arms({ recipe: { objective: { beta: 0.5 } } }))).toContain(
      'arms.sad.recipe.objective.beta belongs to objective.divergence "jsd"',
    )
    expect(refused({ students: { small: { layers: 1, width: 15, heads: 2 } } })).toContain(
      'students.small makes a recipe whose student.width must be a multiple of student.heads',
    )
    expect(refused(arms({ recipe: { onPolicy: { share: 0.5 } } }))).toContain(
      'arms.sad.recipe.onPolicy.share must be 0 where data.packing is on',
    )
  })

  it('keeps what is tested apart from what is chosen by, and what it decides itself out of its patches', () => {
    const { choosing, testing } = parseStudy(shipped('tiny'))
    expect(refused({ choosing: { ...choosing, seeds: [7, testing.seed] } })).toContain(
      'choosing.seeds has 1, which is testing.seed',
    )
    expect(refused({ testing: { ...testing, historyEpisodes: 7 } })).toContain(
      'testing.historyEpisodes must be at most testing.episodes (it is 7 of 6)',
    )
    expect(refused({ seeds: [1, 2, 1] })).toContain('seeds has 1 twice')
    expect(refused({ recipe: { seed: 3 } })).toContain(
      'recipe.seed must be left out: the study gives it in seeds',
    )
    expect(refused(arms({ recipe: { student: { width: 64 } } }))).toContain(
      'arms.sad.recipe.student must be left',
    )
    expect(
      refused({
        worlds: [
          { environment: 'wiki', teacher: 'a' },
          { environment: 'wiki', teacher: 'b' },
        ],
      }),
    ).toContain('worlds.1.environment is "wiki" once more')
  })

  it('refuses names that make one id of two cells', () => {
    const small = { layers: 1, width: 16, heads: 2 }
    expect(
      refused({
        students: { small, 'small-sad': small },
        arms: { sad: {}, imitation: {}, 'sad-imitation': {} },
        blocks: [
          { ...block, students: ['small'], arms: ['sad-imitation'] },
          { ...block, students: ['small-sad'], arms: ['imitation'] },
        ],
      }),
    ).toContain('would be cell household-few-small-sad-imitation-seed1')
  })
})
