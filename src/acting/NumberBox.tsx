import { NumberInput } from '@mantine/core'
import { useState } from 'react'

interface NumberBoxProps {
  label: string
  /** Explains the field when pointed at. */
  title?: string
  /** NaN while nothing is typed. */
  value: number
  onChange: (value: number) => void
  /** What one press of an arrow key adds; a number that is not whole where this is none. */
  step?: number
  disabled?: boolean
}

/** A number of at least 0. */
export function NumberBox({ label, title, value, onChange, step = 1, disabled }: NumberBoxProps) {
  // What is typed on the way to a number ("0.") must not be replaced by the number it is so far.
  const [typed, setTyped] = useState<number | string>(value)
  const shown = Object.is(numberOf(typed), value) ? typed : value
  return (
    <NumberInput
      label={label}
      title={title}
      value={Number.isNaN(shown) ? '' : shown}
      disabled={disabled}
      step={step}
      min={0}
      allowDecimal={!Number.isInteger(step)}
      allowNegative={false}
      clampBehavior="none"
      hideControls
      onChange={(next) => {
        setTyped(next)
        onChange(numberOf(next))
      }}
    />
  )
}

function numberOf(typed: number | string): number {
  return typed === '' ? Number.NaN : Number(typed)
}
