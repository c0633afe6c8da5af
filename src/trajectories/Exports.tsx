import { Button, Menu } from '@mantine/core'
import { useState } from 'react'
import type { ExportKind } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { counted } from '../lab/format.ts'
import { attempt } from '../lab/notices.ts'
import { save } from '../lab/save.ts'
import { useLab } from '../lab/store.ts'
import classes from './Exports.module.css'

const EXPORTS: Record<ExportKind, { name: string; about: string }> = {
  spans: { name: 'Spans, JSONL', about: 'Each text with its spans and warnings.' },
  tokens: { name: 'Tokens, JSONL', about: 'Ids, kinds and weights, under this recipe.' },
  chat: { name: 'Chat, JSONL', about: 'Messages with a weight each, for other trainers.' },
}

/** The segmented set, taken home. */
export function Exports() {
  const recipe = useLab((state) => state.recipe)
  const valid = useLab((state) => state.issues.length === 0)
  const included = useLab(({ library }) => library.trajectories - library.excluded)
  const decided = useLab(({ library }) => library.excluded + library.corrected)
  const loading = useLab((state) => state.loading !== null)
  const [packing, setPacking] = useState(false)

  const take = async (name: string, content: Promise<Blob>) => {
    setPacking(true)
    const blob = await attempt(content)
    if (blob) save(name, blob)
    setPacking(false)
  }
  const all = counted(included, 'trajectory', 'trajectories')
  return (
    <Menu width={290}>
      <Menu.Target>
        <Button size="compact-xs" loading={packing} disabled={loading || included + decided === 0}>
          Export ▾
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{all}, what is excluded left out</Menu.Label>
        {(Object.keys(EXPORTS) as ExportKind[]).map((kind) => (
          <Menu.Item
            key={kind}
            disabled={included === 0 || !valid}
            onClick={() =>
              take(
                `${kind}-${all.replaceAll(/\D+/g, '')}-trajectories.jsonl`,
                lab.exportTrajectories(kind, recipe),
              )
            }
          >
            {EXPORTS[kind].name}
            <span className={classes.about}>{EXPORTS[kind].about}</span>
          </Menu.Item>
        ))}
        {decided > 0 && (
          <>
            <Menu.Divider />
            <Menu.Item onClick={() => take('corrections.json', lab.exportCorrections())}>
              Corrections, JSON
              <span className={classes.about}>
                What was excluded or corrected by hand; add the file to have it again.
              </span>
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  )
}
