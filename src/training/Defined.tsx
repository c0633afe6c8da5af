import { Tooltip } from '@mantine/core'
import type { ComponentProps, ReactElement } from 'react'
import type { Definition } from '../../workers/protocol.ts'
import classes from './Defined.module.css'

interface DefinedProps {
  definition: Definition
  /** What is pointed at, touched or focused; it takes a ref. */
  children: ReactElement
}

/** Says how a number is defined (formula, unit and source) where its name stands. */
export function Defined({ definition, children }: DefinedProps) {
  const { name, formula, unit, source } = definition
  return (
    <Tooltip
      multiline
      w={320}
      withinPortal
      events={{ hover: true, focus: true, touch: true }}
      classNames={{ tooltip: classes.definition }}
      label={
        <>
          <p>
            <b>{name}</b>: {formula}
          </p>
          <p>Unit: {unit}</p>
          <p>Source: {source}</p>
        </>
      }
    >
      {children}
    </Tooltip>
  )
}

/** A name that can be pointed at and focused. */
export function DefinedText(props: ComponentProps<'span'>) {
  // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard too must get to what pointing at it says
  return <span tabIndex={0} className={classes.text} {...props} />
}
