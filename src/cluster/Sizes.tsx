import {
  CLUSTER_DEFINITIONS,
  fits,
  idleGpus,
  memoryPerGpu,
  parametersOf,
  runMs,
} from '../../workers/protocol.ts'
import { compact, count, counted, gigabytes, longDuration } from '../lab/format.ts'
import classes from './Cluster.module.css'
import type { Chosen, Size } from './plan.ts'

/** Memory and time by size of the student. */
export function Sizes({ sizes, chosen }: { sizes: Size[]; chosen: Chosen }) {
  const { gpu, gpus, share } = chosen
  return (
    <section aria-labelledby="sizes-title" className={classes.sizes}>
      <h3 id="sizes-title">What it takes</h3>
      <p className={classes.soft}>
        Estimates from formulas, not measurements: {counted(gpus, 'GPU')} ({gpu.name}) in all, each at{' '}
        {Math.round(100 * share)} % of its published {count(gpu.peak / 1e12)} TFLOP/s.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard */}
      <div className={classes.scroll} tabIndex={0}>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">Student</th>
              <th scope="col">{CLUSTER_DEFINITIONS.parameters.name}</th>
              <th scope="col">{CLUSTER_DEFINITIONS.memory.name}</th>
              <th scope="col">{CLUSTER_DEFINITIONS.sharded.name}</th>
              <th scope="col">{CLUSTER_DEFINITIONS.time.name}</th>
            </tr>
          </thead>
          <tbody>
            {sizes.map((size) => (
              <SizeRow key={size.name} size={size} chosen={chosen} />
            ))}
          </tbody>
        </table>
      </div>
      <Advice own={sizes[0]!} chosen={chosen} />
      <details className={classes.definitions}>
        <summary>How these numbers are worked out</summary>
        <dl>
          {Object.values(CLUSTER_DEFINITIONS).map(({ name, formula, note }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <code>{formula}</code>; {note}
              </dd>
            </div>
          ))}
        </dl>
      </details>
    </section>
  )
}

function SizeRow({ size: { name, work }, chosen: { gpu, gpus, share } }: { size: Size; chosen: Chosen }) {
  const memory = (shard: boolean) => {
    const taken = memoryPerGpu(work, gpus, shard)
    const room = fits(taken, gpu)
    return (
      <td data-fits={room}>
        {gigabytes(taken.total)}
        {!room && ', too much'}
      </td>
    )
  }
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{compact(parametersOf(work))}</td>
      {memory(false)}
      {gpus > 1 ? memory(true) : <td>–</td>}
      <td>{longDuration(runMs(work, gpu, gpus, share))}</td>
    </tr>
  )
}

/** Whether the recipe's own student has room, and what to do where it has not. */
function Advice({ own, chosen: { gpu, gpus, plan } }: { own: Size; chosen: Chosen }) {
  const idle = idleGpus(own.work, gpus)
  const fitting = fits(memoryPerGpu(own.work, gpus, plan.shard), gpu)
  return (
    <>
      {(plan.shard || fitting) && (
        <p className={classes.words}>
          {plan.shard
            ? 'This student does not fit on one GPU as a whole, so the commands share its state out over all of them (--shard).'
            : 'This student fits on each GPU as a whole, so the commands leave it so.'}
        </p>
      )}
      {!fitting && (
        <p className={classes.warned}>
          ⚠ {plan.shard ? 'It does not fit all the same' : 'This student does not fit'}: take more GPUs or
          larger ones, raise the micro-batches of the recipe, or have it recompute layers.
        </p>
      )}
      {idle > 0 && (
        <p className={classes.warned}>
          ⚠ A micro-batch has {counted(gpus - idle, 'row')}, so that {counted(idle, 'GPU')} would have none:
          raise the batch rows or lower the micro-batches of the recipe to use them.
        </p>
      )}
    </>
  )
}
