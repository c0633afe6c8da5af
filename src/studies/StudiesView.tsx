import { Dropzone } from '@mantine/dropzone'
import { useEffect } from 'react'
import { FilePick } from '../lab/FilePick.tsx'
import { useLab } from '../lab/store.ts'
import { RunStudy } from './RunStudy.tsx'
import { StudyReportPane } from './report/StudyReportPane.tsx'
import classes from './StudiesView.module.css'
import { StudyList } from './StudyList.tsx'

/** Studies: which there are and what is done of them on the left, what came of the chosen one beside it. */
export function StudiesView() {
  const shown = useLab((state) => state.shownStudy)
  const first = useLab((state) => state.studies[0]?.id)
  const view = useLab((state) => state.studyView)
  const showStudy = useLab((state) => state.showStudy)
  const openStudyFiles = useLab((state) => state.openStudyFiles)
  const opening = useLab((state) => state.openingStudy)
  const loadStudies = useLab((state) => state.loadStudies)
  useEffect(() => {
    void loadStudies()
  }, [loadStudies])
  useEffect(() => {
    if (shown === null && first !== undefined) showStudy(first)
  }, [shown, first, showStudy])
  return (
    <div className={classes.panes}>
      <section className={classes.side} aria-labelledby="studies-title">
        <Dropzone
          unstyled
          activateOnClick={false}
          activateOnKeyboard={false}
          onDrop={openStudyFiles}
          classNames={{ root: classes.drop, inner: classes.pane }}
          inputProps={{ 'aria-label': 'Files of a study' }}
          tabIndex={-1}
        >
          <div className={classes.heading}>
            <h2 id="studies-title">Studies</h2>
            <FilePick onFiles={openStudyFiles} loading={opening}>
              Open a file
            </FilePick>
          </div>
          <div className={classes.scroll}>
            <p className={classes.hint}>
              A study (JSON), a study’s results.json, or the folder of one as a zip; drop works, too.
            </p>
            <StudyList />
            {view && <RunStudy key={view.summary.id} view={view} />}
          </div>
        </Dropzone>
      </section>
      <main className={classes.main}>
        <StudyReportPane />
      </main>
    </div>
  )
}
