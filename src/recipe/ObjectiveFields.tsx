import { NativeSelect } from '@mantine/core'
import { ARM_SWITCHES, type Arm, type Recipe } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import { ARM_WORDS, DIVERGENCE_WORDS, NORMALISER_WORDS, ORDER_WORDS, optionsOf } from './explanations.ts'
import { LambdaField } from './LambdaField.tsx'
import { NumberField } from './NumberField.tsx'
import classes from './RecipePane.module.css'

/** What the student is asked for: the arm, and the switches that it sets. */
export function ObjectiveFields() {
  const objective = useLab((state) => state.recipe.objective)
  const order = useLab((state) => state.recipe.curriculum.order)
  const edit = useLab((state) => state.edit)
  return (
    <div className={classes.stack}>
      <NativeSelect
        label="Arm"
        value={objective.arm}
        data={optionsOf(ARM_WORDS)}
        onChange={(event) => {
          const arm = event.currentTarget.value as Arm
          edit((recipe) => takeArm(recipe, arm))
        }}
      />
      <p className={classes.explanation}>{ARM_WORDS[objective.arm].about}</p>
      <LambdaField kind="reason" />
      <LambdaField kind="act" />
      <LambdaField kind="observation" />
      <div className={classes.columns} style={{ '--columns': 2 } as React.CSSProperties}>
        <NativeSelect
          label="Divergence"
          title={DIVERGENCE_WORDS[objective.divergence].about}
          value={objective.divergence}
          data={optionsOf(DIVERGENCE_WORDS)}
          onChange={(event) => {
            const divergence = event.currentTarget.value as Recipe['objective']['divergence']
            edit((recipe) => {
              recipe.objective.divergence = divergence
            })
          }}
        />
        <NativeSelect
          label="Normaliser"
          title={NORMALISER_WORDS[objective.normaliser].about}
          value={objective.normaliser}
          data={optionsOf(NORMALISER_WORDS)}
          onChange={(event) => {
            const normaliser = event.currentTarget.value as Recipe['objective']['normaliser']
            edit((recipe) => {
              recipe.objective.normaliser = normaliser
            })
          }}
        />
        <NativeSelect
          label="Order"
          title={ORDER_WORDS[order].about}
          value={order}
          data={optionsOf(ORDER_WORDS)}
          onChange={(event) => {
            const chosen = event.currentTarget.value as Recipe['curriculum']['order']
            edit((recipe) => {
              recipe.curriculum.order = chosen
            })
          }}
        />
        <NumberField
          label="Temperature τ"
          path="objective.temperature"
          title="Divides both logits; the term is multiplied by τ²."
          whole={false}
          step={0.1}
          value={objective.temperature}
          onChange={(value) =>
            edit((recipe) => {
              recipe.objective.temperature = value
            })
          }
        />
      </div>
      <p className={classes.explanation}>
        {DIVERGENCE_WORDS[objective.divergence].about} {NORMALISER_WORDS[objective.normaliser].about}{' '}
        {ORDER_WORDS[order].about}
      </p>
    </div>
  )
}

/** Another arm sets the switches that make it that arm; the rest of the recipe stays. */
export function takeArm(recipe: Recipe, arm: Arm): void {
  const { divergence, lambda, normaliser, order } = ARM_SWITCHES[arm]
  Object.assign(recipe.objective, { arm, divergence, normaliser, lambda: { ...lambda } })
  recipe.curriculum.order = order
}
