import { Button, Group, Modal, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useLab } from '../lab/store.ts'

interface DialogProps {
  opened: boolean
  onClose: () => void
}

/** Loads a file from an address: the one place where the page makes a request. */
export function UrlDialog({ opened, onClose }: DialogProps) {
  const loadUrl = useLab((state) => state.loadUrl)
  const [url, setUrl] = useState('')
  const [waiting, setWaiting] = useState(false)
  const host = hostOf(url)
  const load = async (event: FormEvent) => {
    event.preventDefault()
    setWaiting(true)
    const loaded = await loadUrl(url.trim())
    setWaiting(false)
    if (loaded) {
      setUrl('')
      onClose()
    }
  }
  return (
    <Modal opened={opened} onClose={onClose} title="Load trajectories from a URL" size="lg">
      <form onSubmit={load}>
        <TextInput
          label="URL"
          type="url"
          placeholder="https://"
          data-autofocus
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
        />
        <Text size="xs" mt="xs">
          The request goes from this browser to {host ?? 'that host'} and nowhere else; the host must allow
          other pages to read the file.
        </Text>
        <Group justify="flex-end" gap="xs" mt="sm">
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="filled" type="submit" disabled={host === undefined} loading={waiting}>
            Load
          </Button>
        </Group>
      </form>
    </Modal>
  )
}

function hostOf(url: string): string | undefined {
  try {
    return new URL(url).host || undefined
  } catch {
    return undefined
  }
}
