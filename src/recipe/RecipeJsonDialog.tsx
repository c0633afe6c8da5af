import { Button, Group, Modal, Textarea } from '@mantine/core'
import { useEffect, useState } from 'react'
import { messageOf, parseRecipe } from '../../workers/protocol.ts'
import { FilePick } from '../lab/FilePick.tsx'
import { save } from '../lab/save.ts'
import { useLab } from '../lab/store.ts'

/** The recipe as text: to read, to keep, to bring. What cannot be read is refused with a sentence. */
export function RecipeJsonDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const recipe = useLab((state) => state.recipe)
  const setRecipe = useLab((state) => state.setRecipe)
  const [text, setText] = useState('')
  const [refusal, setRefusal] = useState<string>()

  useEffect(() => {
    if (!opened) return
    setText(JSON.stringify(recipe, null, 2))
    setRefusal(undefined)
  }, [opened, recipe])

  const take = (json: string, where: string): void => {
    setText(json)
    try {
      setRecipe(readRecipe(json, where))
      onClose()
    } catch (thrown) {
      setRefusal(messageOf(thrown))
    }
  }
  return (
    <Modal opened={opened} onClose={onClose} title="Recipe as JSON" size="lg">
      <Textarea
        label="Recipe"
        description="What is left out takes its default; unknown keys are refused."
        rows={20}
        data-autofocus
        spellCheck={false}
        error={refusal}
        styles={{ input: { fontFamily: 'var(--font-mono)' } }}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group justify="space-between" gap="xs" mt="sm">
        <Group gap="xs">
          <FilePick
            onFiles={async ([file]) => {
              if (file) take(await file.text(), file.name)
            }}
          >
            Import file
          </FilePick>
          <Button onClick={() => save('recipe.json', text)}>Export file</Button>
        </Group>
        <Group gap="xs">
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="filled" onClick={() => take(text, 'The recipe')}>
            Apply
          </Button>
        </Group>
      </Group>
    </Modal>
  )
}

function readRecipe(json: string, where: string) {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (thrown) {
    throw new Error(
      `${where} is not JSON (${messageOf(thrown)}); correct it there. The recipe in use is unchanged.`,
    )
  }
  return parseRecipe(value, where)
}
