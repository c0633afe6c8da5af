import { Tabs } from '@mantine/core'
import { Suspense, useState } from 'react'
import classes from './App.module.css'
import { ClusterDialog } from './cluster/ClusterDialog.tsx'
import { ReturnedDialog } from './cluster/ReturnedDialog.tsx'
import { CatchFailure } from './lab/CatchFailure.tsx'
import { CrashNotice } from './lab/CrashNotice.tsx'
import { Header } from './lab/Header.tsx'
import { StatusBar } from './lab/StatusBar.tsx'
import { useLab } from './lab/store.ts'
import { FIRST_VIEW } from './lab/viewSlice.ts'
import { VIEWS, viewNamed } from './lab/views.tsx'
import { MappingDialog } from './mapping/MappingDialog.tsx'
import { DropAnywhere } from './trajectories/DropAnywhere.tsx'

/** Begins the ids by which tabs and panels know each other. */
const TABS = 'views'

/** The page: tabs above, what each shows, and below what computes. */
export function App() {
  const view = viewNamed(useLab((state) => state.shownView))
  const showView = useLab((state) => state.showView)
  return (
    <Tabs id={TABS} className={classes.page} value={view.id} onChange={(id) => showView(id ?? FIRST_VIEW)}>
      <Header />
      <CrashNotice />
      <Panels shown={view.id} />
      <StatusBar />
      <DropAnywhere active={!view.takesDrops} />
      <MappingDialog />
      <ClusterDialog />
      <ReturnedDialog />
    </Tabs>
  )
}

/**
 * Every view is made when it is shown first and stays, hidden, so that its charts, lists and inputs keep their state.
 * Hidden by style and not as Mantine's panels are: what is not displayed has no size to draw a chart in.
 */
function Panels({ shown }: { shown: string }) {
  const [opened, setOpened] = useState<readonly string[]>([FIRST_VIEW])
  if (!opened.includes(shown)) setOpened([...opened, shown])
  return (
    <div className={classes.views}>
      {VIEWS.map(({ id, component: Component }) => (
        <div
          key={id}
          id={`${TABS}-panel-${id}`}
          role="tabpanel"
          aria-labelledby={`${TABS}-tab-${id}`}
          className={classes.view}
          data-shown={id === shown}
        >
          {opened.includes(id) && (
            <CatchFailure>
              <Suspense fallback={null}>
                <Component />
              </Suspense>
            </CatchFailure>
          )}
        </div>
      ))}
    </div>
  )
}
