import { Button, Progress } from '@mantine/core'
import { type ClusterPlan, RUN_ZIP } from '../../workers/protocol.ts'
import { count, counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import classes from './Cluster.module.css'

/** The file of the run: to download, and how far it is. */
export function RunZip({ plan, teacherLeftOut }: { plan: ClusterPlan; teacherLeftOut: boolean }) {
  const packing = useLab((state) => state.packing)
  const packRun = useLab((state) => state.packRun)
  const cancel = useLab((state) => state.cancelPacking)
  const included = useLab(({ library }) => library.trajectories - library.excluded)
  const wrong = useLab((state) => state.issues.length > 0)
  const loading = useLab((state) => state.loading !== null)
  const missing = wrong
    ? 'Correct the marked fields of the recipe first.'
    : included === 0
      ? 'Load trajectories, or include some again, first.'
      : loading
        ? 'Files are being read.'
        : undefined
  return (
    <section className={classes.zip} aria-label="The run as a file">
      <Button
        variant="filled"
        disabled={packing !== null || missing !== undefined}
        onClick={() => packRun(plan, teacherLeftOut)}
      >
        Download {RUN_ZIP}
      </Button>
      {packing ? (
        <>
          <Progress
            className={classes.bar}
            value={(100 * packing.done) / Math.max(1, packing.of)}
            size={6}
            transitionDuration={0}
            aria-label="Packed"
          />
          <span className={classes.soft}>
            {packing.file}
            {packing.of > 1 && `: ${count(packing.done)} of ${count(packing.of)}`}
          </span>
          <Button onClick={cancel}>Cancel packing</Button>
        </>
      ) : (
        <span className={classes.soft}>
          {missing ?? `${counted(included, 'trajectory', 'trajectories')}, what is excluded left out.`}
        </span>
      )}
    </section>
  )
}
