import {
  type KeyboardEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from 'react'
import { flushSync } from 'react-dom'
import { count } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { ListHeading } from './ListHeading.tsx'
import { HEIGHTS, indexFrom, rowAt, rowOf, scrollTo, windowAt } from './listRows.ts'
import { summaries } from './listSlice.ts'
import classes from './TrajectoryList.module.css'
import { rowId, TrajectoryRow } from './TrajectoryRow.tsx'
import { useScroll } from './useScroll.ts'

/** Rows drawn beyond either border, and trajectories made ready beyond those. */
const MARGIN = 8
const READY = 40

const NOTHING = { version: 0, ids: new Int32Array(), files: [] }

/** Every loaded trajectory that the query finds, grouped by file; only the rows in sight are elements. */
export function TrajectoryList() {
  const list = useLab((state) => state.list) ?? NOTHING
  const listed = useLab((state) => state.listed)
  const selected = useLab((state) => state.selected)
  const select = useLab((state) => state.select)
  const look = useLab((state) => state.look)
  const setExcluded = useLab((state) => state.setExcluded)
  const toggleExcluded = useLab((state) => state.toggleExcluded)
  useSyncExternalStore(summaries.subscribe, () => summaries.revision)
  const scroller = useRef<HTMLDivElement>(null)
  const { scrollTop, height, follow } = useScroll(scroller)
  const { first, end, top, height: allHeight } = windowAt(list, scrollTop, height, MARGIN)
  const at = useMemo(() => (selected === null ? -1 : list.ids.indexOf(selected)), [list, selected])
  /** Where the selection was when it was last listed: the keys go on from there once a filter has hidden it. */
  const last = useRef(0)
  if (at >= 0) last.current = at

  useEffect(() => {
    look(Math.max(0, indexFrom(list, first) - READY), indexFrom(list, end) + READY)
  }, [list, first, end, look])

  // Another query, another list: it is read from its beginning.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new query goes to the top
  useLayoutEffect(() => {
    scroller.current?.scrollTo({ top: 0 })
    if (at < 0) last.current = 0
  }, [listed])

  const reveal = (index: number) => {
    scroller.current?.scrollTo({ top: scrollTo(list, rowOf(list, index), scrollTop, height) })
    follow()
  }
  const press = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || list.ids.length === 0) return
    if (event.key === 'x') return void toggleExcluded()
    const page = Math.max(1, Math.floor(height / HEIGHTS.trajectory) - 1)
    const targets: Record<string, number> = {
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      PageUp: at - page,
      PageDown: at + page,
      Home: 0,
      End: list.ids.length - 1,
    }
    const wanted = targets[event.key]
    if (wanted === undefined) return
    event.preventDefault()
    const onward = at < 0 && event.key !== 'Home' && event.key !== 'End'
    const target = Math.max(0, Math.min(list.ids.length - 1, onward ? last.current : wanted))
    select(list.ids[target]!)
    reveal(target)
  }

  const choose = useCallback(
    (id: number) => {
      select(id)
      scroller.current?.focus({ preventScroll: true })
    },
    [select],
  )
  const exclude = useCallback((id: number, excluded: boolean) => setExcluded([id], excluded), [setExcluded])

  return (
    <div className={classes.box}>
      <ListHeading onDown={() => scroller.current?.focus()} />
      <div className={classes.frame}>
        <div
          ref={scroller}
          className={classes.list}
          role="listbox"
          aria-label="Trajectories"
          aria-activedescendant={at >= 0 ? rowId(selected!) : undefined}
          aria-keyshortcuts="x"
          tabIndex={0}
          onKeyDown={press}
          // In this very frame, or the view would be empty for one.
          onScroll={() => flushSync(follow)}
        >
          <div className={classes.rows} style={{ height: allHeight }} role="presentation">
            <div className={classes.window} style={{ transform: `translateY(${top}px)` }} role="presentation">
              {Array.from({ length: Math.max(0, end - first) }, (_, offset) => {
                const row = rowAt(list, first + offset)
                if (row.type === 'file') return <FileRow key={`file ${row.file}`} {...row} />
                return (
                  <TrajectoryRow
                    key={row.id}
                    id={row.id}
                    summary={summaries.get(row.id)}
                    selected={row.id === selected}
                    index={row.index}
                    of={list.ids.length}
                    onSelect={choose}
                    onExclude={exclude}
                  />
                )
              })}
            </div>
          </div>
        </div>
        {list.ids.length === 0 && <Nothing />}
      </div>
    </div>
  )
}

/** Why there is nothing in the list. */
function Nothing() {
  const loaded = useLab((state) => state.library.trajectories)
  const loading = useLab((state) => state.loading !== null)
  const known = useLab((state) => state.list !== null)
  if (!known || loading) return null
  return (
    <p className={classes.nothing}>{loaded > 0 ? 'No trajectory is like this.' : 'Nothing is loaded.'}</p>
  )
}

function FileRow({ file, trajectories }: { file: string; trajectories: number }) {
  const remove = useLab((state) => state.remove)
  return (
    <div className={classes.file} role="presentation">
      <span className={classes.name} title={file}>
        {file}
      </span>
      <span className={classes.held}>{count(trajectories)}</span>
      <button
        type="button"
        tabIndex={-1}
        className={classes.remove}
        aria-label={`Remove all of ${file}`}
        onClick={() => remove(file)}
      >
        <span aria-hidden="true">×</span>
      </button>
    </div>
  )
}
