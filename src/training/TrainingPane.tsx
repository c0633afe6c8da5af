import { Announcer } from './Announcer.tsx'
import { Downloads } from './Downloads.tsx'
import { MetricsCharts } from './MetricsCharts.tsx'
import { NewestNumbers } from './NewestNumbers.tsx'
import { RunControls, RunProgress } from './RunControls.tsx'
import { SampleText } from './SampleText.tsx'
import classes from './TrainingPane.module.css'

/** The run: its controls, its numbers as they come, and what the student writes. */
export function TrainingPane() {
  return (
    <section className={classes.pane} aria-label="Training">
      <div className={classes.top}>
        <RunControls />
        <Downloads />
        <RunProgress />
      </div>
      <div className={classes.scroll}>
        <div className={classes.grid}>
          <MetricsCharts />
          <NewestNumbers />
          <SampleText />
        </div>
      </div>
      <Announcer />
    </section>
  )
}
