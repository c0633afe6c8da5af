import { Button, Loader, Menu, TextInput } from '@mantine/core'
import { count, counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { Filters } from './Filters.tsx'
import { activeFilters, isFiltered, without } from './filters.ts'
import classes from './ListHeading.module.css'

/**
 * What the list shows and how much of it there is.
 *
 * @param onDown the arrow key leads from the search into the list
 */
export function ListHeading({ onDown }: { onDown: () => void }) {
  const query = useLab((state) => state.query)
  const listing = useLab((state) => state.listing)
  const search = useLab((state) => state.search)
  const setQuery = useLab((state) => state.setQuery)
  return (
    <div className={classes.heading}>
      <div className={classes.looking}>
        <TextInput
          className={classes.search}
          aria-label="Search trajectories"
          placeholder="Search titles and texts"
          type="search"
          value={query.search ?? ''}
          rightSection={
            listing ? (
              <Loader className={classes.busy} size={12} aria-label="Searching" />
            ) : (
              query.search && (
                <button
                  type="button"
                  className={classes.forget}
                  aria-label="Clear the search"
                  onClick={() => setQuery(without(query, ['search']))}
                >
                  <span aria-hidden="true">×</span>
                </button>
              )
            )
          }
          onChange={(event) => search(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowDown') return
            event.preventDefault()
            onDown()
          }}
        />
        <Filters />
      </div>
      <Chips />
      <Counts />
    </div>
  )
}

/** The filters in force, each with a way to be rid of it. */
function Chips() {
  const query = useLab((state) => state.query)
  const setQuery = useLab((state) => state.setQuery)
  const filters = activeFilters(query)
  if (filters.length === 0) return null
  return (
    <div className={classes.chips}>
      {filters.map(({ label, keys }) => (
        <button
          key={label}
          type="button"
          className={classes.chip}
          aria-label={`Remove the filter ${label}`}
          onClick={() => setQuery(without(query, keys))}
        >
          <span className={classes.label} title={label}>
            {label}
          </span>
          <span aria-hidden="true">×</span>
        </button>
      ))}
      <Button variant="subtle" size="compact-xs" onClick={() => setQuery({})}>
        Clear
      </Button>
    </div>
  )
}

function Counts() {
  const total = useLab((state) => state.library.trajectories)
  const shown = useLab((state) => state.list?.ids.length ?? 0)
  const filtered = useLab((state) => isFiltered(state.listed))
  return (
    <div className={classes.counts}>
      <p className={classes.total} role="status">
        {filtered ? `${count(shown)} of ${count(total)}` : counted(total, 'trajectory', 'trajectories')}
      </p>
      {total > 0 && <Exclusion />}
    </div>
  )
}

/** Keeps trajectories out, one or all that are shown, and says how many are. */
function Exclusion() {
  const list = useLab((state) => state.list)
  const selected = useLab((state) => state.selected)
  const excluded = useLab((state) => state.library.excluded)
  const excluding = useLab((state) => state.excluding)
  const query = useLab((state) => state.query)
  const setExcluded = useLab((state) => state.setExcluded)
  const toggleExcluded = useLab((state) => state.toggleExcluded)
  const setQuery = useLab((state) => state.setQuery)
  const filtered = useLab((state) => isFiltered(state.listed))
  const ids = list?.ids ?? []
  const shown = `${filtered ? 'all shown' : 'all'} (${count(ids.length)})`
  return (
    <Menu>
      <Menu.Target>
        <Button className={classes.exclusion} variant="subtle" size="compact-xs" loading={excluding}>
          {excluded > 0 ? `${count(excluded)} excluded` : 'Exclude'} ▾
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          disabled={selected === null}
          rightSection={<kbd className={classes.key}>x</kbd>}
          onClick={toggleExcluded}
        >
          Exclude or include the selected one
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item disabled={ids.length === 0} onClick={() => setExcluded(ids, true)}>
          Exclude {shown}
        </Menu.Item>
        <Menu.Item disabled={ids.length === 0} onClick={() => setExcluded(ids, false)}>
          Include {shown}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item disabled={excluded === 0} onClick={() => setQuery({ ...query, excluded: true })}>
          Show only what is excluded
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
