import { NativeSelect, Textarea } from '@mantine/core'
import { useState } from 'react'
import { beginningsIn, type MappedKind, type MarkersMapping } from './draft.ts'
import classes from './Mapping.module.css'

interface MarkerFieldsProps {
  draft: MarkersMapping
  onChange: (draft: MarkersMapping) => void
}

const FIELDS: { kind: MappedKind; label: string; example: string }[] = [
  { kind: 'reason', label: 'REASON starts with', example: 'Thought:' },
  { kind: 'act', label: 'ACT starts with', example: 'Action:' },
  { kind: 'observation', label: 'OBSERVATION starts with', example: 'Result:' },
  { kind: 'prompt', label: 'A new trajectory (PROMPT) starts with', example: 'Task:' },
]

/** How the lines that open a span begin. */
export function MarkerFields({ draft, onChange }: MarkerFieldsProps) {
  return (
    <>
      <p className={classes.about}>
        One beginning a line, capitals and blanks as in the file; of several that fit, the longest counts.
      </p>
      {FIELDS.map(({ kind, label, example }) => (
        <Beginnings
          key={kind}
          label={label}
          placeholder={example}
          first={draft[kind]}
          onChange={(beginnings) => onChange({ ...draft, [kind]: beginnings })}
        />
      ))}
      <NativeSelect
        label="Any other line after a reason or an act"
        value={draft.otherLines ?? 'continue'}
        data={[
          { value: 'continue', label: 'goes on with it' },
          { value: 'observation', label: 'is an observation' },
        ]}
        onChange={(event) => {
          const otherLines = event.currentTarget.value as MarkersMapping['otherLines']
          onChange({ ...draft, otherLines: otherLines === 'continue' ? undefined : otherLines })
        }}
      />
    </>
  )
}

interface BeginningsProps {
  label: string
  placeholder: string
  first: string[]
  onChange: (beginnings: string[]) => void
}

function Beginnings({ label, placeholder, first, onChange }: BeginningsProps) {
  // The text as typed: an empty line on the way to the next beginning must stay.
  const [typed, setTyped] = useState(first.join('\n'))
  return (
    <Textarea
      label={label}
      placeholder={placeholder}
      autosize
      minRows={1}
      maxRows={5}
      spellCheck={false}
      classNames={{ input: classes.path }}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value)
        onChange(beginningsIn(event.currentTarget.value))
      }}
    />
  )
}
