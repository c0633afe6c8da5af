import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { DEMO_FILE } from '../../workers/protocol.ts'
import { FilePick } from '../lab/FilePick.tsx'
import { useLab } from '../lab/store.ts'
import classes from './DataPane.module.css'
import { Exports } from './Exports.tsx'
import { FileList } from './FileList.tsx'
import { Loading } from './Loading.tsx'
import { PasteDialog } from './PasteDialog.tsx'
import { ProblemList } from './ProblemList.tsx'
import { TrajectoryList } from './TrajectoryList.tsx'
import { UrlDialog } from './UrlDialog.tsx'

/** Where trajectories come from, what is there, and what becomes of it. */
export function DataPane() {
  const loadFiles = useLab((state) => state.loadFiles)
  const begun = useLab(({ library }) => library.files.some(({ file }) => file !== DEMO_FILE))
  const [pasting, paste] = useDisclosure()
  const [asking, ask] = useDisclosure()
  return (
    <section className={classes.pane} aria-labelledby="data-title">
      <div className={classes.heading}>
        <h2 id="data-title" className={classes.title}>
          Trajectories
        </h2>
        <Exports />
      </div>
      <div className={classes.sources}>
        <FilePick onFiles={loadFiles}>Add files</FilePick>
        <FilePick folder onFiles={loadFiles} aria-label="Add folder">
          Folder
        </FilePick>
        <Button onClick={paste.open} aria-label="Paste text">
          Paste
        </Button>
        <Button onClick={ask.open} aria-label="Open URL">
          URL
        </Button>
      </div>
      {begun || <p className={classes.hint}>or drop files and folders anywhere</p>}
      <Loading />
      <ProblemList />
      <FileList />
      <TrajectoryList />
      <PasteDialog opened={pasting} onClose={paste.close} />
      <UrlDialog opened={asking} onClose={ask.close} />
    </section>
  )
}
