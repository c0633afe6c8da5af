import { Button, Group, Modal } from '@mantine/core'
import { useEffect, useState } from 'react'
import { type FileSample, type Mapping, messageOf } from '../../workers/protocol.ts'
import { lab } from '../lab/client.ts'
import { useLab } from '../lab/store.ts'
import { firstDraft } from './draft.ts'
import { FieldChoosers } from './FieldChoosers.tsx'
import classes from './Mapping.module.css'
import { MarkerFields } from './MarkerFields.tsx'
import { Preview } from './Preview.tsx'
import { usePreview } from './usePreview.ts'

/** Mappings that a recipe can hold. */
const MOST_MAPPINGS = 20

/** Tells the parts of a file apart by hand: JSON by its fields, text by how its lines begin. */
export function MappingDialog() {
  const file = useLab((state) => state.mappedFile)
  const close = useLab((state) => state.closeMapping)
  return (
    <Modal
      opened={file !== null}
      onClose={close}
      title={`Map by hand: ${file ?? ''}`}
      size="min(1180px, 96vw)"
      yOffset="3dvh"
    >
      {file !== null && <Content key={file} file={file} onClose={close} />}
    </Modal>
  )
}

function Content({ file, onClose }: { file: string; onClose: () => void }) {
  const [sample, setSample] = useState<FileSample>()
  const [draft, setDraft] = useState<Mapping>()
  const [refusal, setRefusal] = useState<string>()
  useEffect(() => {
    let left = false
    lab.fileSample(file).then(
      (found) => {
        if (left) return
        setSample(found)
        setDraft(firstDraft(found))
      },
      (thrown) => !left && setRefusal(messageOf(thrown)),
    )
    return () => {
      left = true
    }
  }, [file])

  if (refusal !== undefined) {
    return (
      <p className={classes.refusal} role="alert">
        {refusal}
      </p>
    )
  }
  if (!sample || !draft) return <p className={classes.waiting}>Reading the beginning of {file} …</p>
  return <Workbench file={file} sample={sample} draft={draft} setDraft={setDraft} onClose={onClose} />
}

interface WorkbenchProps {
  file: string
  sample: FileSample
  draft: Mapping
  setDraft: (draft: Mapping) => void
  onClose: () => void
}

function Workbench({ file, sample, draft, setDraft, onClose }: WorkbenchProps) {
  const add = useLab((state) => state.addMapping)
  const full = useLab((state) => state.recipe.reading.mappings.length >= MOST_MAPPINGS)
  const preview = usePreview(file, draft)
  const ready = !preview.stale && preview.answer?.first !== undefined && !full
  return (
    <div className={classes.workbench}>
      <section className={classes.sample} aria-labelledby="sample-title">
        <h3 id="sample-title">
          {sample.kind === 'json' ? 'The first records of the file' : 'The beginning of the file'}
        </h3>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard */}
        <pre tabIndex={0}>{sample.kind === 'json' ? sample.records : sample.text}</pre>
      </section>
      <section className={classes.fields} aria-label="What is what">
        {sample.kind === 'json' && draft.kind === 'fields' && (
          <FieldChoosers paths={sample.paths} draft={draft} onChange={setDraft} />
        )}
        {draft.kind === 'markers' && <MarkerFields draft={draft} onChange={setDraft} />}
      </section>
      <Preview {...preview} />
      <Group className={classes.buttons} justify="flex-end" gap="xs">
        <p className={classes.about}>
          {full
            ? `The recipe holds ${MOST_MAPPINGS} mappings already; remove one there first.`
            : 'It is kept in the recipe and asked before every format; all loaded files are read anew with it.'}
        </p>
        <Button onClick={onClose}>Cancel</Button>
        <Button
          variant="filled"
          disabled={!ready}
          onClick={() => {
            add(draft)
            onClose()
          }}
        >
          Use this mapping
        </Button>
      </Group>
    </div>
  )
}
