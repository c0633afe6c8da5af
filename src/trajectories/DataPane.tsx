import { Button, Progress } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { FilePick } from '../lab/FilePick.tsx'
import { useLab } from '../lab/store.ts'
import classes from './DataPane.module.css'
import { FileList } from './FileList.tsx'
import { PasteDialog } from './PasteDialog.tsx'
import { ProblemList } from './ProblemList.tsx'
import { TrajectoryList } from './TrajectoryList.tsx'
import { UrlDialog } from './UrlDialog.tsx'

/** Where trajectories come from, and what is there. */
export function DataPane() {
  const loadFiles = useLab((state) => state.loadFiles)
  const [pasting, paste] = useDisclosure()
  const [asking, ask] = useDisclosure()
  return (
    <section className={classes.pane} aria-labelledby="data-title">
      <h2 id="data-title" className={classes.title}>
        Trajectories
      </h2>
      <div className={classes.sources}>
        <FilePick onFiles={loadFiles}>Add files</FilePick>
        <FilePick folder onFiles={loadFiles}>
          Add folder
        </FilePick>
        <Button onClick={paste.open}>Paste text</Button>
        <Button onClick={ask.open}>Open URL</Button>
      </div>
      <p className={classes.hint}>or drop files and folders anywhere on the page</p>
      <Loading />
      <ProblemList />
      <FileList />
      <TrajectoryList />
      <PasteDialog opened={pasting} onClose={paste.close} />
      <UrlDialog opened={asking} onClose={ask.close} />
    </section>
  )
}

function Loading() {
  const loading = useLab((state) => state.loading)
  if (!loading) return null
  const share = loading.total > 0 ? (loading.done / loading.total) * 100 : 100
  return (
    <div className={classes.loading}>
      <span className={classes.loadingFile}>Loading {loading.file}</span>
      <Progress value={share} size="xs" aria-label={`Loading ${loading.file}`} transitionDuration={0} />
    </div>
  )
}
