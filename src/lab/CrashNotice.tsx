import { Button } from '@mantine/core'
import classes from './CrashNotice.module.css'
import { useLab } from './store.ts'

/** Says that the worker is gone, where it is. */
export function CrashNotice() {
  const crash = useLab((state) => state.crash)
  return crash ? <ReloadNotice message={crash} /> : null
}

export function ReloadNotice({ message }: { message: string }) {
  return (
    <div className={classes.notice} role="alert">
      <span>{message}</span>
      <Button onClick={() => location.reload()}>Reload the page</Button>
    </div>
  )
}
