import { Button, CloseButton } from '@mantine/core'
import { useMemo } from 'react'
import { count, counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import classes from './FileList.module.css'
import { filesOf } from './listRows.ts'

/** The loaded files, each with a way to remove what came from it. */
export function FileList() {
  const trajectories = useLab((state) => state.trajectories)
  const remove = useLab((state) => state.remove)
  const files = useMemo(() => filesOf(trajectories), [trajectories])
  if (files.length === 0) return null
  return (
    <div className={classes.box}>
      <div className={classes.heading}>
        <h3>{counted(files.length, 'file')}</h3>
        <Button variant="subtle" size="compact-xs" onClick={() => remove()}>
          Remove all
        </Button>
      </div>
      <ul className={classes.files} aria-label="Files">
        {files.map(({ file, trajectories: held, warnings }) => (
          <li key={file} className={classes.file}>
            <span className={classes.name} title={file}>
              {file}
            </span>
            <span
              className={classes.held}
              title={
                warnings > 0 ? `${counted(warnings, 'trajectory', 'trajectories')} with warnings` : undefined
              }
            >
              {count(held)}
              {warnings > 0 && <span className={classes.warned}> ⚠ {count(warnings)}</span>}
            </span>
            <CloseButton size="xs" aria-label={`Remove ${file}`} onClick={() => remove(file)} />
          </li>
        ))}
      </ul>
    </div>
  )
}
