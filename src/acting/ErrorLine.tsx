import { useLab } from '../lab/store.ts'
import classes from './Acting.module.css'
import type { Place } from './inPlace.ts'

/** What went wrong with the last call at a place. */
export function ErrorLine({ place }: { place: Place }) {
  const sentence = useLab((state) => state.actingErrors[place])
  return sentence === undefined ? null : (
    <p className={classes.error} role="alert">
      {sentence}
    </p>
  )
}
