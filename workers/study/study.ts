import { z } from 'zod'
import { ENVIRONMENT_NAMES } from '../environments/index.ts'
import { LabError } from '../errors.ts'
import { describeIssues, type Issue, issuesOf } from '../issues.ts'
import type { RecipeInput } from '../recipe.ts'
import { contradictionsOf } from './contradictions.ts'

/** Keys of a recipe with their values; it is laid over the recipe that it is a patch on. */
export type RecipePatch = RecipeInput

/** Names become parts of file names and of cells' ids. */
const NAME = /^[a-z0-9][a-z0-9-]*$/
const LONGEST_NAME = 40
const MOST_EPISODES = 100_000

const name = z
  .string()
  .max(LONGEST_NAME)
  .regex(NAME, 'must begin with a letter or a digit and hold nothing but small letters, digits and hyphens')
const seed = z.int().min(0).max(4294967295)
const episodes = z.int().min(1).max(MOST_EPISODES)
const seeds = z.array(seed).min(1)
const names = z.array(name).min(1)
const patch = z.record(z.string(), z.unknown()).transform((value) => value as RecipePatch)
const temperature = z.number().min(0).max(10)

const StudyFields = z.strictObject({
  version: z.literal(1),
  name,
  about: z.string().default(''),
  /** Laid over the recipe's defaults: what all cells share. */
  recipe: patch.prefault({}),
  worlds: z
    .array(
      z.strictObject({
        environment: z.enum(ENVIRONMENT_NAMES),
        /** A built-in teacher's name, or the path of a student's folder. */
        teacher: z.string().min(1),
        recipe: patch.optional(),
      }),
    )
    .min(1),
  /** Whose episodes the students learn from, played on tasks of the training split. */
  trajectories: z.strictObject({
    by: z.enum(['teacher', 'expert']),
    temperature,
    onlySuccesses: z.boolean(),
    seed,
  }),
  /** Of trajectories; the fewer are the first of the more. */
  amounts: z.record(name, episodes),
  students: z.record(
    name,
    z.strictObject({ layers: z.int().min(1), width: z.int().min(1), heads: z.int().min(1) }),
  ),
  /** With `choose` an arm is run with the patch of these that does best on the validation split. */
  arms: z.record(
    name,
    z.strictObject({
      about: z.string().optional(),
      recipe: patch.prefault({}),
      choose: z.array(patch).min(2).optional(),
    }),
  ),
  /** Every combination inside a block is a cell for each seed; what occurs twice counts once. */
  blocks: z
    .array(
      z.strictObject({
        arms: names,
        students: names,
        amounts: names,
        /** All where left out. */
        worlds: names.optional(),
      }),
    )
    .min(1),
  /** Of training. */
  seeds,
  /** Where the candidates of an arm are compared: once per world, on episodes of the validation split. */
  choosing: z.strictObject({ seeds, episodes, student: name, amount: name }),
  /** On episodes of the test split, the same for every cell of a world. */
  testing: z.strictObject({
    seed,
    episodes,
    /** Of the teacher's own test episodes, those at whose histories the students' reasoning is compared. */
    historyEpisodes: z.int().min(0).max(MOST_EPISODES),
    temperature,
    /** Tokens of a turn at most, wherever somebody plays; the lab's own where left out. */
    turnTokens: z.int().min(1).max(4096).optional(),
  }),
})

/** A study: which students are trained how, on what and in which worlds, and how they are compared. */
export type Study = z.output<typeof StudyFields>
export type StudyWorld = Study['worlds'][number]

const StudyInput = StudyFields.check(({ value, issues }) => {
  for (const { path, message } of contradictionsOf(value)) {
    issues.push({ code: 'custom', path: path.split('.'), message, input: value })
  }
})

/** A study as a person may write it. */
export type StudyInput = z.input<typeof StudyFields>

/**
 * Checks a study, the recipes of all its cells included, and fills in its defaults.
 *
 * @param input a parsed JSON value, not yet trusted
 * @param where what to call it in messages, e.g. the file's name
 * @throws LabError `invalid-recipe` naming every key that is unknown, out of bounds or contradicts another
 */
export function parseStudy(input: unknown, where = 'The study'): Study {
  const result = StudyInput.safeParse(input)
  if (result.success) return result.data
  const issues = describeIssues(named(issuesOf(result.error, input)), 'the whole study')
  throw new LabError('invalid-recipe', `${where}: ${issues}.`)
}

/** A name that may not be one comes without a value that could be shown. */
function named(issues: Issue[]): Issue[] {
  return issues.map(({ path, message }) => ({
    path,
    message: message.startsWith('Invalid key')
      ? 'is no name: use small letters, digits and hyphens'
      : message,
  }))
}
