import { NativeSelect } from '@mantine/core'
import type { Recipe } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import { optionsOf, TRAJECTORY_WEIGHT_WORDS } from './explanations.ts'
import { NumberField } from './NumberField.tsx'
import { RecipeNumber } from './RecipeNumber.tsx'
import classes from './RecipePane.module.css'

type TrajectoryWeight = Recipe['objective']['weights']['trajectory']

/** What trajectories, steps and the ends of long thoughts count beside the λ of their kinds. */
export function WeightFields() {
  const { weights, thoughtCap } = useLab((state) => state.recipe.objective)
  const edit = useLab((state) => state.edit)
  return (
    <div className={classes.columns}>
      <NativeSelect
        label="Trajectories"
        title={TRAJECTORY_WEIGHT_WORDS[weights.trajectory].about}
        value={weights.trajectory}
        data={optionsOf(TRAJECTORY_WEIGHT_WORDS)}
        onChange={(event) => {
          const trajectory = event.currentTarget.value as TrajectoryWeight
          edit(({ objective }) => {
            objective.weights.trajectory = trajectory
          })
        }}
      />
      <RecipeNumber
        label="Step decay"
        path="objective.weights.stepDecay"
        title="A step counts so many times what the one after it does; 1 for all alike."
        whole={false}
        step={0.05}
      />
      <NumberField
        label="Thought cap"
        path="objective.thoughtCap"
        title="Tokens of each thought that are trained on, from its first; empty for all."
        value={thoughtCap ?? Number.NaN}
        onChange={(cap) =>
          edit(({ objective }) => {
            if (Number.isNaN(cap)) delete objective.thoughtCap
            else objective.thoughtCap = cap
          })
        }
      />
    </div>
  )
}
