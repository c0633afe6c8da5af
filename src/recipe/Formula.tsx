import { useLab } from '../lab/store.ts'
import classes from './Formula.module.css'
import { objectiveFormula } from './formula.ts'

/** The objective as the switches above it have it. */
export function Formula() {
  const recipe = useLab((state) => state.recipe)
  return (
    <div className={classes.formula} role="note" aria-label="Objective as a formula" data-testid="formula">
      {objectiveFormula(recipe).map((line) => (
        <p key={line}>{typeset(line)}</p>
      ))}
    </div>
  )
}

/** `_{…}` below the line, `^{…}` above it. */
function typeset(line: string) {
  return line.split(/([_^]\{[^}]*\})/).map((part, index) => {
    const inner = part.slice(2, -1)
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a line have no identity but their place.
    if (part.startsWith('_{')) return <sub key={index}>{inner}</sub>
    // biome-ignore lint/suspicious/noArrayIndexKey: see above.
    if (part.startsWith('^{')) return <sup key={index}>{inner}</sup>
    return part
  })
}
