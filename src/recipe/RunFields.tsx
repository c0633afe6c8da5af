import { useLab } from '../lab/store.ts'
import { NumberField } from './NumberField.tsx'
import classes from './RecipePane.module.css'

/** How long, how fast and from which seed. */
export function RunFields() {
  const recipe = useLab((state) => state.recipe)
  const edit = useLab((state) => state.edit)
  return (
    <div className={classes.columns}>
      <NumberField
        label="Steps"
        path="steps"
        step={50}
        value={recipe.steps}
        onChange={(value) =>
          edit((draft) => {
            draft.steps = value
          })
        }
      />
      <NumberField
        label="Batch rows"
        path="batchRows"
        value={recipe.batchRows}
        onChange={(value) =>
          edit((draft) => {
            draft.batchRows = value
          })
        }
      />
      <NumberField
        label="Micro-batches"
        path="accumulate"
        title="The rows of a step are computed in so many parts: less memory, the same gradient."
        value={recipe.accumulate}
        onChange={(value) =>
          edit((draft) => {
            draft.accumulate = value
          })
        }
      />
      <NumberField
        label="Learning rate"
        path="optimiser.learningRate"
        whole={false}
        step={0.0005}
        value={recipe.optimiser.learningRate}
        onChange={(value) =>
          edit((draft) => {
            draft.optimiser.learningRate = value
          })
        }
      />
      <NumberField
        label="Seed"
        path="seed"
        title="Seeds the weights, the split and the order of rows: the same recipe and seed give the same run."
        value={recipe.seed}
        onChange={(value) =>
          edit((draft) => {
            draft.seed = value
          })
        }
      />
      <NumberField
        label="Held-out share"
        path="data.heldOut"
        title="The share of trajectories kept out of training to measure on."
        whole={false}
        step={0.05}
        value={recipe.data.heldOut}
        onChange={(value) =>
          edit((draft) => {
            draft.data.heldOut = value
          })
        }
      />
      <NumberField
        label="Evaluate every"
        path="evaluateEvery"
        title="Steps between two measurements on the held-out trajectories."
        step={10}
        value={recipe.evaluateEvery}
        onChange={(value) =>
          edit((draft) => {
            draft.evaluateEvery = value
          })
        }
      />
      <NumberField
        label="CoT samples"
        path="evaluate.cotSamples"
        title="Held-out steps whose reasoning the student writes by itself at each evaluation, for CoT match; 0 for none. Slow without a GPU."
        step={4}
        value={recipe.evaluate.cotSamples}
        onChange={(value) =>
          edit((draft) => {
            draft.evaluate.cotSamples = value
          })
        }
      />
      <NumberField
        label="On-policy share"
        path="onPolicy.share"
        title="Share of the rows of each step that the student goes on writing itself from a step border, for the teacher to score; needs a model as teacher."
        whole={false}
        step={0.1}
        value={recipe.onPolicy.share}
        onChange={(value) =>
          edit((draft) => {
            draft.onPolicy.share = value
          })
        }
      />
    </div>
  )
}
