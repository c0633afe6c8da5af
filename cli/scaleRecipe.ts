import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { ARM_SWITCHES, coefficientOf } from '../workers/arms.ts'
import { RecipeFields } from '../workers/recipeFields.ts'

/**
 * What scale/ knows of recipes: keys, bounds and defaults as JSON Schema, what the arms fill in, and the coefficients of
 * divergences. `npm run scale:recipe` writes it into the file that the Python package holds.
 */
export function scaleRecipe(): string {
  const told = {
    source: 'workers/recipe.ts, written by `npm run scale:recipe`',
    schema: z.toJSONSchema(RecipeFields, { io: 'input' }),
    armSwitches: ARM_SWITCHES,
    ...coefficientOf('jsd'),
    ...coefficientOf('skew-kl'),
  }
  return `${JSON.stringify(told, null, 1)}\n`
}

const asked = process.argv[2]
if (process.argv[1] === fileURLToPath(import.meta.url) && asked !== undefined) {
  writeFileSync(asked, scaleRecipe())
}
