import type { Collection } from './library/collection.ts'
import type { Recipe } from './recipe.ts'
import type { Captures } from './teacher/captures.ts'
import type { TeacherShelf } from './teacher/shelf.ts'
import type { Tokenizer } from './tokenizer/tokenizer.ts'
import { type RunMaterial, tokenizerFor } from './training/material.ts'

/** What a recipe is run on: what is loaded, under the tokenizer that the recipe asks for. */
export class Materials {
  private kept: { key: string; tokenizer: Tokenizer } | null = null

  constructor(
    private readonly collection: Collection,
    private readonly teachers: TeacherShelf,
    private readonly captures: Captures,
  ) {}

  /** @throws LabError where the recipe names a teacher or a capture that is not here */
  of(recipe: Recipe): RunMaterial {
    return {
      recipe,
      trajectories: this.collection.included(),
      tokenizer: this.tokenizerOf(recipe),
      teacher: this.teachers.of(recipe),
      capture: this.captures.of(recipe),
      corrections: this.collection.correctionsFile() ?? undefined,
    }
  }

  /** Training a tokenizer takes seconds, so the last one is kept until the texts or the recipe ask for another. */
  tokenizerOf(recipe: Recipe): Tokenizer {
    const teacher = this.teachers.of(recipe)
    const capture = this.captures.of(recipe)
    const { tokenizer } = recipe
    const key =
      tokenizer.kind === 'train-bpe'
        ? `bpe ${tokenizer.vocabularySize} ${this.collection.version}`
        : `teacher ${JSON.stringify(recipe.teacher)}`
    if (this.kept?.key !== key) {
      this.kept = { key, tokenizer: tokenizerFor(recipe, this.collection.included(), teacher, capture) }
    }
    return this.kept.tokenizer
  }

  /** The tokenizer that was kept may be another's of the same name. */
  forgetTeachers(): void {
    if (this.kept?.key.startsWith('teacher')) this.kept = null
  }
}
