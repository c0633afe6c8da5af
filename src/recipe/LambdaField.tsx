import { NumberInput, Slider } from '@mantine/core'
import type { SpanKind } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import { isActive } from '../training/slice.ts'
import classes from './LambdaField.module.css'
import { useIssue } from './NumberField.tsx'

/** Where the slider ends; the number beside it may be larger. */
const SLIDER_END = 4

type Weighted = Extract<SpanKind, 'reason' | 'act' | 'observation'>

/** How much a span kind weighs in the objective. */
export function LambdaField({ kind }: { kind: Weighted }) {
  const value = useLab((state) => state.recipe.objective.lambda[kind])
  const edit = useLab((state) => state.edit)
  const issue = useIssue(`objective.lambda.${kind}`)
  const steer = useLab((state) => state.steer)
  const active = useLab((state) => isActive(state.run))
  const change = (next: number) => {
    edit((recipe) => {
      recipe.objective.lambda[kind] = next
    })
    steer({ [kind]: next })
  }
  return (
    <div className={classes.field} data-kind={kind}>
      <label
        className={classes.label}
        title={active ? 'Moved now, it counts from the next step of the active run.' : undefined}
        htmlFor={`lambda-${kind}`}
      >
        λ {kind}
      </label>
      <Slider
        className={classes.slider}
        classNames={{ bar: classes.bar, thumb: classes.thumb }}
        size={4}
        thumbSize={13}
        min={0}
        max={SLIDER_END}
        step={0.05}
        label={null}
        value={Number.isNaN(value) ? 0 : Math.min(value, SLIDER_END)}
        thumbLabel={`λ ${kind}, slider`}
        onChange={change}
      />
      <NumberInput
        id={`lambda-${kind}`}
        className={classes.number}
        value={Number.isNaN(value) ? '' : value}
        min={0}
        step={0.1}
        decimalScale={3}
        allowNegative={false}
        clampBehavior="none"
        hideControls
        error={issue}
        onChange={(next) => change(next === '' ? Number.NaN : Number(next))}
      />
    </div>
  )
}
