import { Button, Menu } from '@mantine/core'
import { useState } from 'react'
import { useLab } from '../../lab/store.ts'

const FILES = [
  ['', 'Everything, zip'],
  ['results.md', 'Tables and reading, Markdown'],
  ['results.csv', 'Means with intervals, CSV'],
  ['cells.csv', 'Each cell, CSV'],
  ['results.json', 'The report, JSON'],
  ['figures', 'Figures, SVG in a zip'],
] as const

/** The report, taken home. */
export function ReportDownloads() {
  const download = useLab((state) => state.downloadReport)
  // A report from elsewhere comes without its cells.
  const hasCells = useLab((state) => state.studyView !== null)
  const [making, setMaking] = useState(false)
  const take = async (what: string) => {
    setMaking(true)
    await download(what)
    setMaking(false)
  }
  return (
    <Menu width={230}>
      <Menu.Target>
        <Button loading={making}>Download ▾</Button>
      </Menu.Target>
      <Menu.Dropdown>
        {FILES.map(([what, name]) => (
          <Menu.Item key={what} disabled={what === 'cells.csv' && !hasCells} onClick={() => take(what)}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
