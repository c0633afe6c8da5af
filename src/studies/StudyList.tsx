import { Button, Popover } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { memo } from 'react'
import type { StudySummary } from '../../workers/protocol.ts'
import { count, counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import classes from './StudyList.module.css'
import { isStudying } from './slice.ts'

/** The studies and results that can be shown, each with how much of it is done. */
export function StudyList() {
  const studies = useLab((state) => state.studies)
  if (studies.length === 0) return <p className={classes.empty}>No study is here yet: open a file.</p>
  return (
    <ul className={classes.studies} aria-label="Studies">
      {studies.map((study) => (
        <StudyLine key={study.id} {...study} />
      ))}
    </ul>
  )
}

const StudyLine = memo(function StudyLine({ id, name, about, kind, builtIn, cells, done }: StudySummary) {
  const chosen = useLab((state) => state.shownStudy === id)
  const busy = useLab(({ studyStatus }) => studyStatus?.id === id && isStudying(studyStatus))
  const showStudy = useLab((state) => state.showStudy)
  const remove = useLab((state) => state.removeStudy)
  const removable = !builtIn || (kind === 'study' && done > 0)
  const removal = builtIn ? `Put away the finished cells of ${name}` : `Remove ${name}`
  return (
    <li className={classes.study} data-chosen={chosen}>
      <button
        type="button"
        className={classes.name}
        aria-pressed={chosen}
        title={about}
        onClick={() => showStudy(id)}
      >
        <span>{name}</span>
        <span className={classes.soft}>
          {kind === 'results' && 'results, '}
          {count(done)} of {counted(cells, 'cell')}
        </span>
      </button>
      {removable && !busy && (
        <Removal label={removal} cells={kind === 'study' ? done : 0} onRemove={() => remove(id)} />
      )}
    </li>
  )
})

interface RemovalProps {
  label: string
  /** Finished cells that are gone with it. */
  cells: number
  onRemove: () => void
}

/** Asks before cells are gone that have taken their time. */
function Removal({ label, cells, onRemove }: RemovalProps) {
  const [asking, { open, close }] = useDisclosure()
  return (
    <Popover
      opened={asking}
      onChange={close}
      position="bottom-end"
      shadow="md"
      trapFocus
      returnFocus
      withArrow
    >
      <Popover.Target>
        <button
          type="button"
          className={classes.remove}
          aria-label={label}
          title={label}
          onClick={cells > 0 ? open : onRemove}
        >
          <span aria-hidden="true">×</span>
        </button>
      </Popover.Target>
      <Popover.Dropdown className={classes.asking}>
        <p>{counted(cells, 'finished cell')} will be gone from this browser.</p>
        <Button
          color="red"
          onClick={() => {
            close()
            onRemove()
          }}
        >
          Put away
        </Button>
        <Button onClick={close}>Keep</Button>
      </Popover.Dropdown>
    </Popover>
  )
}
