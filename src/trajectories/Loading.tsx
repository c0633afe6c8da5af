import { Button, Progress } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { bytes, count, counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import classes from './Loading.module.css'

/** Milliseconds before a loading is worth a mention; most are over by then. */
const PATIENCE = 200

/** How far the loading is that is under way, and a way to end it. */
export function Loading() {
  const loading = useLab((state) => state.loading)
  const waiting = useLab((state) => state.loads - 1)
  const cancelling = useLab((state) => state.cancelling)
  const cancelLoading = useLab((state) => state.cancelLoading)
  const [lasting] = useDebouncedValue(loading !== null, PATIENCE)
  if (!loading || !lasting) return null
  const { file, filesDone, files, bytesDone, bytesTotal, trajectories } = loading
  const share = bytesTotal > 0 ? (100 * bytesDone) / bytesTotal : 0
  return (
    <section className={classes.loading} aria-label="Loading">
      <div className={classes.what}>
        <span className={classes.file} title={file}>
          {files > 1 && `${count(Math.min(files, filesDone + 1))} of ${count(files)}: `}
          {file}
        </span>
        <Button size="compact-xs" disabled={cancelling} onClick={cancelLoading}>
          {cancelling ? 'Cancelling …' : 'Cancel'}
        </Button>
      </div>
      <Progress
        value={share}
        size={6}
        transitionDuration={0}
        aria-label={`Loading ${file}`}
        aria-valuetext={`${bytes(bytesDone)} of ${bytes(bytesTotal)}`}
      />
      <p className={classes.far}>
        {Math.floor(share)} % of {bytes(bytesTotal)} · {counted(trajectories, 'trajectory', 'trajectories')}
        {waiting > 0 && ` · ${counted(waiting, 'loading')} waiting`}
      </p>
    </section>
  )
}
