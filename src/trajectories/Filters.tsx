import { Button, NativeSelect, NumberInput, Popover } from '@mantine/core'
import type { ReactNode } from 'react'
import { SPAN_KINDS, type TrajectoryQuery } from '../../workers/protocol.ts'
import { count } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import classes from './Filters.module.css'
import { activeFilters, without } from './filters.ts'
import { KIND_NAMES } from './kinds.ts'
import { WARNING_NAMES } from './warningNames.ts'

/** What the list can be narrowed by, each with the number of trajectories it would leave of all. */
export function Filters() {
  const query = useLab((state) => state.query)
  const active = activeFilters(query).length
  return (
    <Popover position="bottom-start" width={430} shadow="md" trapFocus returnFocus>
      <Popover.Target>
        <Button size="compact-md" className={classes.open} data-active={active > 0}>
          Filters{active > 0 && ` · ${active}`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown className={classes.filters} aria-label="Filters">
        <Choices />
        <Range label="Steps" least="minSteps" most="maxSteps" />
        <Range label="Characters" least="minCharacters" most="maxCharacters" />
      </Popover.Dropdown>
    </Popover>
  )
}

type Counted = readonly (readonly [value: string, label: string, trajectories?: number])[]

function Choices() {
  const library = useLab((state) => state.library)
  const { trajectories, outcomes, warnings, taskTypes, formats, environments, excluded, corrected } = library
  const kinds: Counted = SPAN_KINDS.map((kind) => [kind, KIND_NAMES[kind].name.toLowerCase()])
  const same = (counts: [string, number][]): Counted => counts.map(([value, n]) => [value, value, n])
  const yesOrNo = (word: string, n: number): Counted => [
    ['true', word, n],
    ['false', `not ${word}`, trajectories - n],
  ]
  return (
    <>
      <Choice
        name="success"
        label="Outcome"
        choices={[
          ['succeeded', 'succeeded', outcomes.succeeded],
          ['failed', 'failed', outcomes.failed],
          ['unknown', 'unknown', outcomes.unknown],
        ]}
      />
      <Choice
        name="warning"
        label="Warnings"
        choices={[
          ['none', 'without warnings'],
          ['any', 'with warnings'],
          ...warnings.map(([code, n]) => [code, WARNING_NAMES[code], n] as const),
        ]}
      />
      <Choice name="format" label="Format" choices={same(formats)} />
      <Choice name="environment" label="Environment" choices={same(environments)} />
      <Choice name="taskType" label="Task type" choices={same(taskTypes)} none="none is named" />
      <div className={classes.pair}>
        <Choice name="has" label="Has" choices={kinds} />
        <Choice name="lacks" label="Lacks" choices={kinds} />
      </div>
      <Choice name="excluded" label="Excluded" choices={yesOrNo('excluded', excluded)} />
      <Choice name="corrected" label="Corrected by hand" choices={yesOrNo('corrected', corrected)} />
    </>
  )
}

interface ChoiceProps {
  name:
    | 'success'
    | 'warning'
    | 'format'
    | 'environment'
    | 'taskType'
    | 'has'
    | 'lacks'
    | 'excluded'
    | 'corrected'
  label: string
  choices: Counted
  /** What to say when there is nothing to choose from. */
  none?: string
}

function Choice({ name, label, choices, none = 'any' }: ChoiceProps): ReactNode {
  const query = useLab((state) => state.query)
  const setQuery = useLab((state) => state.setQuery)
  const chosen = query[name] === undefined ? '' : String(query[name])
  // A value that the last trajectory of its kind took with it is still in force.
  const gone: Counted =
    chosen === '' || choices.some(([value]) => value === chosen) ? [] : [[chosen, chosen, 0]]
  const change = (value: string) => {
    const rest = without(query, [name])
    if (value === '') return setQuery(rest)
    const typed = name === 'excluded' || name === 'corrected' ? value === 'true' : value
    setQuery({ ...rest, [name]: typed } as TrajectoryQuery)
  }
  return (
    <NativeSelect
      label={label}
      value={chosen}
      disabled={choices.length + gone.length === 0}
      onChange={(event) => change(event.currentTarget.value)}
      data={[
        { value: '', label: choices.length === 0 ? none : 'any' },
        ...[...choices, ...gone].map(([value, text, n]) => ({
          value,
          label: n === undefined ? text : `${text} (${count(n)})`,
        })),
      ]}
    />
  )
}

interface RangeProps {
  label: string
  least: 'minSteps' | 'minCharacters'
  most: 'maxSteps' | 'maxCharacters'
}

function Range({ label, least, most }: RangeProps) {
  const query = useLab((state) => state.query)
  const setQuery = useLab((state) => state.setQuery)
  const put = (key: typeof least | typeof most) => (value: string | number) => {
    const rest = without(query, [key])
    setQuery(typeof value === 'number' ? { ...rest, [key]: value } : rest)
  }
  const field = {
    min: 0,
    allowDecimal: false,
    allowNegative: false,
    hideControls: true,
    thousandSeparator: ',',
  }
  return (
    <fieldset className={classes.range}>
      <legend>{label}</legend>
      <NumberInput
        {...field}
        aria-label={`${label}, at least`}
        placeholder="at least"
        value={query[least] ?? ''}
        onChange={put(least)}
      />
      <NumberInput
        {...field}
        aria-label={`${label}, at most`}
        placeholder="at most"
        value={query[most] ?? ''}
        onChange={put(most)}
      />
    </fieldset>
  )
}
