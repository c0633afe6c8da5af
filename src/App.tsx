import classes from './App.module.css'
import { ClusterDialog } from './cluster/ClusterDialog.tsx'
import { ReturnedDialog } from './cluster/ReturnedDialog.tsx'
import { CrashNotice } from './lab/CrashNotice.tsx'
import { Header } from './lab/Header.tsx'
import { Split } from './lab/Split.tsx'
import { StatusBar } from './lab/StatusBar.tsx'
import { MappingDialog } from './mapping/MappingDialog.tsx'
import { RecipePane } from './recipe/RecipePane.tsx'
import { TrainingPane } from './training/TrainingPane.tsx'
import { DataPane } from './trajectories/DataPane.tsx'
import { DropAnywhere } from './trajectories/DropAnywhere.tsx'
import { SpanViewer } from './trajectories/SpanViewer.tsx'

/** The page: data on the left, what is in it and what becomes of it in the middle, the recipe on the right. */
export function App() {
  return (
    <div className={classes.page}>
      <Header />
      <CrashNotice />
      <div className={classes.panes}>
        <DataPane />
        <main className={classes.middle}>
          <Split label="Height of the trajectory view" above={<SpanViewer />} below={<TrainingPane />} />
        </main>
        <RecipePane />
      </div>
      <StatusBar />
      <DropAnywhere />
      <MappingDialog />
      <ClusterDialog />
      <ReturnedDialog />
    </div>
  )
}
