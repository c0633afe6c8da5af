import { NativeSelect } from '@mantine/core'
import type { StudyView } from '../../workers/protocol.ts'
import { DIMENSION_NAMES, valueName } from './names.ts'
import { ALL, DIMENSIONS, type Dimension, type Picking, toggled, valuesOf } from './picking.ts'
import classes from './RunStudy.module.css'

interface CellPickerProps {
  view: StudyView
  picking: Picking
  disabled: boolean
  onPick: (picking: Picking) => void
}

/** All cells of a study, those of one block, and of these the ones with certain values. */
export function CellPicker({ view, picking, disabled, onPick }: CellPickerProps) {
  const { blocks } = view
  return (
    <div className={classes.picker}>
      {blocks.length > 1 && (
        <NativeSelect
          label="Cells of"
          disabled={disabled}
          value={picking.block ?? ''}
          data={[
            { value: '', label: 'all blocks' },
            ...blocks.map((_, i) => ({ value: String(i), label: `block ${i + 1}` })),
          ]}
          onChange={({ currentTarget: { value } }) =>
            onPick({ ...ALL, block: value === '' ? null : Number(value) })
          }
        />
      )}
      {DIMENSIONS.map((dimension) => (
        <Values
          key={dimension}
          dimension={dimension}
          values={valuesOf(view, picking, dimension)}
          without={picking.without[dimension]}
          disabled={disabled}
          onToggle={(value) => onPick(toggled(picking, dimension, value))}
        />
      ))}
    </div>
  )
}

interface ValuesProps {
  dimension: Dimension
  values: string[]
  without: readonly string[]
  disabled: boolean
  onToggle: (value: string) => void
}

/** What cells differ in; a press leaves a value out or takes it in. */
function Values({ dimension, values, without, disabled, onToggle }: ValuesProps) {
  if (values.length < 2) return null
  return (
    <fieldset className={classes.values} disabled={disabled}>
      <legend>{DIMENSION_NAMES[dimension]}</legend>
      {values.map((value) => (
        <button
          key={value}
          type="button"
          aria-pressed={!without.includes(value)}
          onClick={() => onToggle(value)}
        >
          {valueName(dimension, value)}
        </button>
      ))}
    </fieldset>
  )
}
