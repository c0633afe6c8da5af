import { Button, Group, Modal, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { useLab } from '../lab/store.ts'

interface DialogProps {
  opened: boolean
  onClose: () => void
}

/** Loads text from the clipboard, as if it were a file. */
export function PasteDialog({ opened, onClose }: DialogProps) {
  const loadText = useLab((state) => state.loadText)
  const [name, setName] = useState('pasted text')
  const [text, setText] = useState('')
  const load = () => {
    loadText(name.trim() || 'pasted text', text)
    setText('')
    onClose()
  }
  return (
    <Modal opened={opened} onClose={onClose} title="Paste trajectories" size="xl">
      <TextInput
        label="Name in the list"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Textarea
        label="Text"
        description="A transcript, ReAct text, or message JSON or JSONL; one or many trajectories."
        mt="xs"
        rows={16}
        data-autofocus
        styles={{ input: { fontFamily: 'var(--font-mono)' } }}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Group justify="flex-end" gap="xs" mt="sm">
        <Button onClick={onClose}>Cancel</Button>
        <Button variant="filled" disabled={text.trim() === ''} onClick={load}>
          Load text
        </Button>
      </Group>
    </Modal>
  )
}
