import { CloseButton, NativeSelect } from '@mantine/core'
import { TOOL_CALL_FORMS, type ToolCallForm } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import { wordsOfMapping } from '../mapping/draft.ts'
import { useIssue } from './NumberField.tsx'
import classes from './RecipePane.module.css'

const FORMS: Record<ToolCallForm, string> = {
  json: 'search({"query": "red shoes"})',
  keywords: 'search(query="red shoes")',
}

/** How files become texts and spans; a change reads all of them anew. */
export function ReadingFields() {
  const reading = useLab((state) => state.recipe.reading)
  const edit = useLab((state) => state.edit)
  const remove = useLab((state) => state.removeMapping)
  const issue = useIssue('reading.mappings')
  return (
    <>
      <NativeSelect
        label="Tool calls are written as"
        title="Loaded files are read anew when this changes."
        value={reading.toolCalls}
        data={TOOL_CALL_FORMS.map((value) => ({ value, label: FORMS[value] }))}
        onChange={(event) => {
          const form = event.currentTarget.value as ToolCallForm
          edit((recipe) => {
            recipe.reading.toolCalls = form
          })
        }}
      />
      {reading.mappings.length > 0 && (
        <>
          <p className={classes.explanation} id="mappings-title">
            Mappings made by hand, asked in this order before every format:
          </p>
          <ol className={classes.mappings} aria-labelledby="mappings-title">
            {reading.mappings.map((mapping, index) => {
              const words = wordsOfMapping(mapping)
              return (
                <li key={words}>
                  <span>{words}</span>
                  <CloseButton
                    size="xs"
                    aria-label={`Remove mapping ${index + 1}`}
                    onClick={() => remove(index)}
                  />
                </li>
              )
            })}
          </ol>
        </>
      )}
      {issue && <p className={classes.wrong}>{issue}</p>}
    </>
  )
}
