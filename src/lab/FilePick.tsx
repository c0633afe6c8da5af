import { Button, type ButtonProps } from '@mantine/core'
import { type ReactNode, useRef } from 'react'
import { namedByPath } from '../trajectories/pickedFiles.ts'

interface FilePickProps extends ButtonProps {
  children: ReactNode
  /** Offers a folder, with everything in it, in place of files. */
  folder?: boolean
  onFiles: (files: File[]) => void
  title?: string
}

/** A button that opens the system's file dialog; files of a folder keep their path as name. */
export function FilePick({ children, folder = false, onFiles, ...button }: FilePickProps) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button {...button} onClick={() => input.current?.click()}>
        {children}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        {...(folder ? { webkitdirectory: '' } : {})}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])].map(namedByPath)
          event.currentTarget.value = ''
          if (files.length > 0) onFiles(files)
        }}
      />
    </>
  )
}
