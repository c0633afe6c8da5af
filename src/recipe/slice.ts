import type { StateCreator } from 'zustand'
import {
  messageOf,
  type Recipe,
  type RecipeIssue,
  type RunEstimate,
  recipeIssues,
  type TeacherSummary,
} from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { attempt, tell } from '../lab/notices.ts'
import type { LabState } from '../lab/store.ts'
import { isActive } from '../training/slice.ts'
import { presetRecipe } from './presets.ts'

export interface RecipeSlice {
  /** The recipe as it stands in the fields; an emptied number is NaN until it is filled in. */
  recipe: Recipe
  /** What is wrong with it, by field. */
  issues: RecipeIssue[]
  teachers: TeacherSummary[]
  /** What the recipe costs; of an earlier recipe while `estimating`. */
  estimate: RunEstimate | null
  estimating: boolean
  /** Why there is no estimate; a sentence. */
  estimateMessage: string | undefined

  setRecipe(recipe: Recipe): void
  /** Changes a copy of the recipe and takes it. */
  edit(change: (recipe: Recipe) => void): void
  refreshEstimate(): void
  addTeacher(name: string, files: File[]): Promise<void>
  keepStudentAsTeacher(): Promise<void>
  /** Chooses a model that is loaded as the recipe's teacher, and its tokens for the student. */
  teach(name: string): void
}

/** Milliseconds without a change before the worker is asked what a recipe costs. */
const REST = 400

export const createRecipeSlice: StateCreator<LabState, [], [], RecipeSlice> = (set, get) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  /** Counts the questions, so that a late answer to an earlier one is dropped. */
  let asked = 0

  const estimate = async () => {
    const { recipe, issues, library, run } = get()
    const question = ++asked
    if (issues.length > 0 || library.trajectories === library.excluded) {
      return set({ estimate: null, estimating: false, estimateMessage: undefined })
    }
    // The worker has better things to do; asked again when the run ends.
    if (isActive(run)) return set({ estimating: false })
    try {
      const answer = await lab.estimate(recipe)
      if (question === asked) set({ estimate: answer, estimating: false, estimateMessage: undefined })
    } catch (thrown) {
      if (question === asked) set({ estimate: null, estimating: false, estimateMessage: messageOf(thrown) })
    }
  }

  const teach = (name: string) =>
    get().edit((recipe) => {
      recipe.teacher = { kind: 'model', source: name, halfPrecision: false }
      recipe.tokenizer = { kind: 'teacher' }
    })

  return {
    recipe: presetRecipe('quick'),
    issues: [],
    teachers: [],
    estimate: null,
    estimating: false,
    estimateMessage: undefined,

    setRecipe(recipe) {
      const { reading } = get().recipe
      const issues = recipeIssues(recipe)
      set({ recipe, issues })
      const readable = !issues.some(({ path }) => path.startsWith('reading'))
      if (readable && JSON.stringify(reading) !== JSON.stringify(recipe.reading)) get().readAnew()
      get().refreshEstimate()
    },
    edit(change) {
      const recipe = structuredClone(get().recipe)
      change(recipe)
      get().setRecipe(recipe)
    },
    refreshEstimate() {
      clearTimeout(timer)
      set({ estimating: true })
      timer = setTimeout(() => {
        estimate()
        get().findTokens()
      }, REST)
    },
    teach,
    async addTeacher(name, files) {
      const teacher = await attempt(lab.addTeacher(name, files))
      if (teacher) teach(teacher.name)
    },
    async keepStudentAsTeacher() {
      const { run, teachers, recipe } = get()
      const base = `${recipe.objective.arm}-step-${run.studentStep ?? run.step}`
      const teacher = await attempt(lab.keepStudentAsTeacher(freeName(base, teachers)))
      if (!teacher) return
      teach(teacher.name)
      tell(`The student is kept as teacher “${teacher.name}” and chosen in the recipe.`)
    },
  }
}

/** The name, with a number behind it where another teacher has it already. */
function freeName(base: string, teachers: TeacherSummary[]): string {
  const taken = new Set(teachers.map(({ name }) => name))
  let name = base
  for (let number = 2; taken.has(name); number++) name = `${base}-${number}`
  return name
}
