import { Dropzone } from '@mantine/dropzone'
import { useLab } from '../lab/store.ts'
import classes from './DropAnywhere.module.css'
import { namedByPath } from './pickedFiles.ts'

/** Takes files and folders dropped anywhere on the page, but where the view that is shown takes them itself. */
export function DropAnywhere({ active }: { active: boolean }) {
  const loadFiles = useLab((state) => state.loadFiles)
  return (
    <Dropzone.FullScreen active={active} onDrop={(files) => loadFiles(files.map(namedByPath))} radius={0}>
      <div className={classes.target}>
        <p className={classes.what}>Drop to load</p>
        <p>
          Files and folders of trajectories, a student folder to use as teacher, or a run that was trained
          elsewhere. They stay in this browser.
        </p>
      </div>
    </Dropzone.FullScreen>
  )
}
