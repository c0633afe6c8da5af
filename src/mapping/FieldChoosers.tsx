import { Autocomplete, type AutocompleteProps, NativeSelect } from '@mantine/core'
import { choicesInside, type FieldsMapping, type PathChoice, stepChoices } from './draft.ts'
import classes from './Mapping.module.css'

type PathKey = 'group' | 'steps' | 'prompt' | 'reason' | 'act' | 'observation'

interface FieldChoosersProps {
  paths: PathChoice[]
  draft: FieldsMapping
  onChange: (draft: FieldsMapping) => void
}

/** Which fields of a record hold what. */
export function FieldChoosers({ paths, draft, onChange }: FieldChoosersProps) {
  const single = paths.filter(({ path }) => !path.includes('[*]'))
  const inside = choicesInside(paths, draft.steps)
  const chooser = (key: PathKey, label: string, description: string, choices: PathChoice[]) => (
    <PathChooser
      label={label}
      description={description}
      choices={choices}
      value={draft[key] ?? ''}
      onChange={(path) => onChange({ ...draft, [key]: path.trim() === '' ? undefined : path.trim() })}
    />
  )
  return (
    <>
      {chooser('reason', 'Reason', 'What the agent thinks.', inside)}
      {chooser('act', 'Act', 'What the agent does.', inside)}
      {chooser('observation', 'Observation', 'What the world answers.', inside)}
      {chooser('prompt', 'Prompt', 'The task.', paths)}
      {chooser('steps', 'List of steps', 'The three above then start at a step.', stepChoices(paths))}
      {chooser('group', 'Same in all rows of a trajectory', 'Where a record is a single step.', single)}
      <NativeSelect
        label="An observation"
        value={draft.order ?? 'act-first'}
        data={[
          { value: 'act-first', label: 'answers the act of its step' },
          { value: 'observation-first', label: 'is what the agent saw before its thought' },
        ]}
        onChange={(event) => {
          const order = event.currentTarget.value as FieldsMapping['order']
          onChange({ ...draft, order: order === 'act-first' ? undefined : order })
        }}
      />
    </>
  )
}

interface PathChooserProps {
  label: string
  description: string
  choices: PathChoice[]
  value: string
  onChange: (path: string) => void
}

/** A path: one of those found in the sample, searched by name or example, or typed. */
function PathChooser({ label, description, choices, value, onChange }: PathChooserProps) {
  const examples = new Map(choices.map(({ path, example }) => [path, example]))
  const filter: AutocompleteProps['filter'] = ({ options, search }) => {
    const words = search.trim().toLowerCase()
    // One that is chosen must not hide the others.
    if (words === '' || examples.has(search.trim())) return options
    return options.filter((option) => {
      if (!('value' in option)) return false
      return `${option.value}\n${examples.get(option.value)}`.toLowerCase().includes(words)
    })
  }
  return (
    <Autocomplete
      size="xs"
      label={label}
      description={description}
      placeholder="none"
      value={value}
      onChange={onChange}
      data={choices.map(({ path }) => path)}
      filter={filter}
      clearable
      clearButtonProps={{ 'aria-label': `Clear ${label}` }}
      spellCheck={false}
      classNames={{ input: classes.path }}
      maxDropdownHeight={260}
      renderOption={({ option }) => (
        <span className={classes.choice}>
          <span className={classes.path}>{option.value || 'the record itself'}</span>
          <span className={classes.example}>{examples.get(option.value)}</span>
        </span>
      )}
    />
  )
}
