import { Button } from '@mantine/core'
import { memo, useState } from 'react'
import type { FileSummary } from '../../workers/protocol.ts'
import { count, counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import classes from './FileList.module.css'

/** Files listed at most; the others have their names above their trajectories. */
const MOST_SHOWN = 100

/** The loaded files, each with a way to see only what came from it and to remove that. */
export function FileList() {
  const files = useLab((state) => state.library.files)
  const moreFiles = useLab((state) => state.library.moreFiles)
  const chosen = useLab((state) => state.query.file)
  const remove = useLab((state) => state.remove)
  const [open, setOpen] = useState(true)
  if (files.length === 0) return null
  const all = files.length + moreFiles
  return (
    <div className={classes.box}>
      <div className={classes.heading}>
        <h3>
          <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
            <span aria-hidden="true">{open ? '▾' : '▸'}</span> {counted(all, 'file')}
          </button>
        </h3>
        <Button variant="subtle" size="compact-xs" onClick={() => remove()}>
          Remove all
        </Button>
      </div>
      {open && (
        <ul className={classes.files} aria-label="Files">
          {files.slice(0, MOST_SHOWN).map((file) => (
            <FileLine key={file.file} {...file} chosen={file.file === chosen} />
          ))}
          {all > MOST_SHOWN && <li className={classes.more}>and {count(all - MOST_SHOWN)} more</li>}
        </ul>
      )}
    </div>
  )
}

const FileLine = memo(function FileLine({
  file,
  trajectories,
  warned,
  chosen,
}: FileSummary & { chosen: boolean }) {
  const toggleFile = useLab((state) => state.toggleFile)
  const remove = useLab((state) => state.remove)
  return (
    <li className={classes.file}>
      <button
        type="button"
        className={classes.name}
        aria-pressed={chosen}
        title={chosen ? `${file}\nShow all files again` : `${file}\nShow only this file`}
        onClick={() => toggleFile(file)}
      >
        {file}
      </button>
      <span
        className={classes.held}
        title={warned > 0 ? `${counted(warned, 'trajectory', 'trajectories')} with warnings` : undefined}
      >
        {count(trajectories)}
        {warned > 0 && <span className={classes.warned}> ⚠ {count(warned)}</span>}
      </span>
      <button
        type="button"
        className={classes.remove}
        aria-label={`Remove ${file}`}
        onClick={() => remove(file)}
      >
        <span aria-hidden="true">×</span>
      </button>
    </li>
  )
})
