import { Switch } from '@mantine/core'
import { useLab } from '../lab/store.ts'
import { RecipeNumber } from './RecipeNumber.tsx'
import classes from './RecipePane.module.css'
import { WorldFields } from './WorldFields.tsx'

/** How long, how fast and from which seed. */
export function RunFields() {
  const recompute = useLab((state) => state.recipe.recompute)
  const edit = useLab((state) => state.edit)
  return (
    <div className={classes.columns}>
      <RecipeNumber label="Steps" path="steps" step={50} />
      <RecipeNumber label="Batch rows" path="batchRows" />
      <RecipeNumber
        label="Micro-batches"
        path="accumulate"
        title="The rows of a step are computed in so many parts: less memory, the same gradient."
      />
      <RecipeNumber label="Learning rate" path="optimiser.learningRate" whole={false} step={0.0005} />
      <RecipeNumber
        label="Seed"
        path="seed"
        title="Seeds the weights, the split and the order of rows: the same recipe and seed give the same run."
      />
      <RecipeNumber
        label="Held-out share"
        path="data.heldOut"
        title="The share of trajectories kept out of training to measure on."
        whole={false}
        step={0.05}
      />
      <RecipeNumber
        label="Evaluate every"
        path="evaluateEvery"
        title="Steps between two measurements on the held-out trajectories."
        step={10}
      />
      <RecipeNumber
        label="CoT samples"
        path="evaluate.cotSamples"
        title="Held-out steps whose reasoning the student writes by itself at each evaluation, for CoT match; 0 for none. Slow without a GPU."
        step={4}
      />
      <WorldFields />
      <RecipeNumber
        label="On-policy share"
        path="onPolicy.share"
        title="Share of the rows of each step that the student goes on writing itself from a step border, for the teacher to score; needs a model as teacher."
        whole={false}
        step={0.1}
      />
      <Switch
        className={classes.whole}
        size="xs"
        label="Recompute layers"
        title="Each layer keeps its input alone and is computed anew on the way back: less memory, a third more time, the same gradient."
        checked={recompute}
        onChange={(event) => {
          const wished = event.currentTarget.checked
          edit((recipe) => {
            recipe.recompute = wished
          })
        }}
      />
    </div>
  )
}
