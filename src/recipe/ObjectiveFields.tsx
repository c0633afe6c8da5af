import { NativeSelect, Switch } from '@mantine/core'
import type { Arm, Recipe } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import { takeArm, takeDivergence } from './arms.ts'
import {
  ARM_WORDS,
  DIVERGENCE_WORDS,
  NORMALISER_WORDS,
  ORDER_WORDS,
  optionsOf,
  SPANS_WORDS,
} from './explanations.ts'
import { Formula } from './Formula.tsx'
import { LambdaField } from './LambdaField.tsx'
import { NumberField, useIssue } from './NumberField.tsx'
import { RecipeNumber } from './RecipeNumber.tsx'
import classes from './RecipePane.module.css'
import { WeightFields } from './WeightFields.tsx'

type Objective = Recipe['objective']

/** What the student is asked for: the arm, the switches that it sets, and the formula that they make. */
export function ObjectiveFields() {
  const objective = useLab((state) => state.recipe.objective)
  const order = useLab((state) => state.recipe.curriculum.order)
  const orderIssue = useIssue('curriculum.order')
  const edit = useLab((state) => state.edit)
  const set = (change: Partial<Objective>) => edit((recipe) => Object.assign(recipe.objective, change))
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
            const divergence = event.currentTarget.value as Objective['divergence']
            edit((recipe) => takeDivergence(recipe, divergence))
          }}
        />
        <NativeSelect
          label="Normaliser"
          title={NORMALISER_WORDS[objective.normaliser].about}
          value={objective.normaliser}
          data={optionsOf(NORMALISER_WORDS)}
          onChange={(event) => set({ normaliser: event.currentTarget.value as Objective['normaliser'] })}
        />
        <NativeSelect
          label="Order"
          title={ORDER_WORDS[order].about}
          value={order}
          error={orderIssue}
          data={optionsOf(ORDER_WORDS)}
          onChange={(event) => {
            const chosen = event.currentTarget.value as Recipe['curriculum']['order']
            edit((recipe) => {
              recipe.curriculum.order = chosen
            })
          }}
        />
        <NativeSelect
          label="Spans"
          title={SPANS_WORDS[objective.spans].about}
          value={objective.spans}
          data={optionsOf(SPANS_WORDS)}
          onChange={(event) => set({ spans: event.currentTarget.value as Objective['spans'] })}
        />
        <RecipeNumber
          label="Temperature τ"
          path="objective.temperature"
          title="Divides the logits of teacher and student; needs a model as teacher."
          whole={false}
          step={0.1}
        />
        <RecipeNumber
          label="Hard share"
          path="objective.hardShare"
          title="Share of cross-entropy with the recorded token, mixed into the divergence."
          whole={false}
          step={0.1}
        />
        {objective.beta !== undefined && (
          <NumberField
            label="β"
            path="objective.beta"
            title="The teacher’s share of the mixture m, and the weight of its KL."
            whole={false}
            step={0.1}
            value={objective.beta}
            onChange={(beta) => set({ beta })}
          />
        )}
        {objective.alpha !== undefined && (
          <NumberField
            label="α"
            path="objective.alpha"
            title="The teacher’s share of what it is compared with."
            whole={false}
            step={0.1}
            value={objective.alpha}
            onChange={(alpha) => set({ alpha })}
          />
        )}
      </div>
      <WeightFields />
      <Switch
        size="xs"
        label="Multiply the divergence by τ²"
        title="Keeps the size of its gradient as τ grows; without effect at τ = 1."
        checked={objective.temperatureSquared}
        onChange={(event) => set({ temperatureSquared: event.currentTarget.checked })}
      />
      <Formula />
      <p className={classes.explanation}>
        {DIVERGENCE_WORDS[objective.divergence].about} {NORMALISER_WORDS[objective.normaliser].about}{' '}
        {ORDER_WORDS[order].about}
      </p>
    </div>
  )
}
