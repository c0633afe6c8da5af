import type { ReactNode } from 'react'
import classes from './Report.module.css'

/** A table that scrolls sideways where it is wider than its place. */
export function Grid({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
    <div className={classes.scroll} tabIndex={0}>
      <table className={classes.table} aria-label={label}>
        {children}
      </table>
    </div>
  )
}
