import { NumberInput } from '@mantine/core'
import { useState } from 'react'
import { useLab } from '../lab/store.ts'

export interface NumberFieldProps {
  label: string
  /** The recipe's key, dotted; problems with it are shown here. */
  path: string
  value: number
  onChange: (value: number) => void
  /** What one press of an arrow key adds. */
  step?: number
  whole?: boolean
  /** Explains the field when pointed at. */
  title?: string
}

/** A number of the recipe, with what is wrong with it underneath. */
export function NumberField({
  label,
  path,
  value,
  onChange,
  step = 1,
  whole = true,
  title,
}: NumberFieldProps) {
  const issue = useIssue(path)
  // What is typed on the way to a number ("0.00") must not be replaced by the number it is so far.
  const [typed, setTyped] = useState<number | string>(value)
  const shown =
    numberOf(typed) === value || (Number.isNaN(value) && Number.isNaN(numberOf(typed))) ? typed : value
  return (
    <NumberInput
      label={label}
      title={title}
      value={Number.isNaN(shown) ? '' : shown}
      error={issue}
      step={step}
      allowDecimal={!whole}
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

/** What is wrong with a field of the recipe, as a sentence; undefined when nothing is. */
export function useIssue(path: string): string | undefined {
  const issue = useLab((state) => state.issues.find((found) => found.path === path))
  if (!issue) return undefined
  return issue.message.includes('NaN') ? 'a number is needed' : issue.message
}
