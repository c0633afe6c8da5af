import { parseRecipe, type Recipe, type RecipeInput } from '../../workers/protocol.ts'

interface Preset {
  name: string
  /** What it is for, one sentence. */
  about: string
  /** What differs from the defaults. */
  recipe: RecipeInput
}

export const PRESETS = {
  quick: {
    name: 'Quick demo',
    about: 'A tiny student that moves within seconds on any machine; for a first look, not for results.',
    recipe: {
      steps: 240,
      batchRows: 4,
      evaluateEvery: 20,
      data: { contextLength: 192 },
      tokenizer: { kind: 'train-bpe', vocabularySize: 512 },
      student: { layers: 1, width: 32, heads: 2 },
      optimiser: { learningRate: 0.005, warmupSteps: 10 },
    },
  },
  sad: {
    name: 'Standard: SAD',
    about: 'Structured agent distillation with a loss of its own for reason and act spans.',
    recipe: {},
  },
  'token-kd': {
    name: 'Standard: token-level KD',
    about: 'The same student and data as “Standard: SAD”, distilled token by token: the pair to compare.',
    recipe: { objective: { arm: 'token-kd' } },
  },
  imitation: {
    name: 'Standard: imitation',
    about: 'The same student and data, trained to repeat the teacher’s tokens.',
    recipe: { objective: { arm: 'imitation' } },
  },
  larger: {
    name: 'Larger student',
    about: 'Four layers and longer rows: minutes to hours, best on a GPU.',
    recipe: {
      steps: 2000,
      evaluateEvery: 100,
      data: { contextLength: 512 },
      tokenizer: { kind: 'train-bpe', vocabularySize: 2048 },
      student: { layers: 4, width: 128, heads: 4 },
      optimiser: { warmupSteps: 100 },
    },
  },
} satisfies Record<string, Preset>

export type PresetName = keyof typeof PRESETS
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[]

/** A preset with every switch filled in. */
export function presetRecipe(name: PresetName): Recipe {
  return parseRecipe(PRESETS[name].recipe)
}

/** A preset for what is loaded: seed and reading belong to the person's data, and stay. */
export function takePreset(name: PresetName, recipe: Recipe): Recipe {
  return { ...presetRecipe(name), seed: recipe.seed, reading: recipe.reading }
}

/** The preset that a recipe is, seed and reading aside; undefined for a recipe of the person's own. */
export function presetOf(recipe: Recipe): PresetName | undefined {
  const text = (of: Recipe) => JSON.stringify({ ...of, seed: 0, reading: null })
  return PRESET_NAMES.find((name) => text(presetRecipe(name)) === text(recipe))
}
