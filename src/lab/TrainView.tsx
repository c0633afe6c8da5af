import { RecipePane } from '../recipe/RecipePane.tsx'
import { TrainingPane } from '../training/TrainingPane.tsx'
import { DataPane } from '../trajectories/DataPane.tsx'
import { SpanViewer } from '../trajectories/SpanViewer.tsx'
import { Split } from './Split.tsx'
import classes from './TrainView.module.css'

/** Data on the left, what is in it and what becomes of it in the middle, the recipe on the right. */
export function TrainView() {
  return (
    <div className={classes.panes}>
      <DataPane />
      <main className={classes.middle}>
        <Split label="Height of the trajectory view" above={<SpanViewer />} below={<TrainingPane />} />
      </main>
      <RecipePane />
    </div>
  )
}
