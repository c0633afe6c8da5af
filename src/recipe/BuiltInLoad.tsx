import { Button, Progress } from '@mantine/core'
import { bytes } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { builtInSource } from './builtInSlice.ts'
import classes from './RecipePane.module.css'

interface BuiltInLoadProps {
  name: string
  /** What the button says; "Load" where left out. */
  label?: string
  onLoaded?: () => void
}

/** Fetches a teacher that comes with the lab, and says how much of it has come. */
export function BuiltInLoad({ name, label = 'Load', onLoaded }: BuiltInLoadProps) {
  const fetching = useLab((state) => state.fetchingBuiltIn)
  const fetchBuiltIn = useLab((state) => state.fetchBuiltIn)
  const loaded = useLab(({ teachers }) => teachers.some((teacher) => teacher.name === builtInSource(name)))
  if (fetching?.name === name) {
    const { bytesDone, bytesTotal } = fetching
    return (
      <div className={classes.explanation} role="status">
        {bytes(bytesDone)} of {bytes(bytesTotal || undefined)}
        <Progress
          value={bytesTotal > 0 ? (100 * bytesDone) / bytesTotal : 0}
          size={4}
          transitionDuration={0}
          aria-label={`Loading ${name}`}
        />
      </div>
    )
  }
  if (loaded) return <span className={classes.explanation}>loaded as “{builtInSource(name)}”</span>
  return (
    <Button
      disabled={fetching !== null}
      aria-label={label === 'Load' ? `Load the built-in teacher ${name}` : undefined}
      onClick={async () => {
        if (await fetchBuiltIn(name)) onLoaded?.()
      }}
    >
      {label}
    </Button>
  )
}
