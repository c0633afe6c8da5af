import { SegmentedControl } from '@mantine/core'
import { Dropzone } from '@mantine/dropzone'
import { useEffect } from 'react'
import { labStore, useLab } from '../lab/store.ts'
import classes from './Acting.module.css'
import { BuiltInTeachers } from './BuiltInTeachers.tsx'
import { EpisodePane } from './EpisodePane.tsx'
import { EpisodePicker } from './EpisodePicker.tsx'
import { EvaluationPanel } from './EvaluationPanel.tsx'
import { EvaluationResults } from './EvaluationResults.tsx'
import type { ActingMode } from './slice.ts'
import { WorldPicker } from './WorldPicker.tsx'

/** The tab "Act": watch a student, a teacher or the expert act in a world, act yourself, and measure them. */
export function ActView() {
  const mode = useLab((state) => state.actingMode)
  const setMode = useLab((state) => state.setActingMode)
  const addWorld = useLab((state) => state.addWorld)
  useEffect(() => {
    void begin()
  }, [])
  return (
    <div className={classes.panes}>
      <Dropzone
        unstyled
        activateOnClick={false}
        activateOnKeyboard={false}
        onDrop={addWorld}
        classNames={{ root: classes.side, inner: classes.scroll }}
        inputProps={{ 'aria-label': 'Files of a world' }}
        tabIndex={-1}
      >
        <WorldPicker />
        <div className={classes.mode}>
          <SegmentedControl
            fullWidth
            size="xs"
            aria-label="What is shown"
            value={mode}
            onChange={(value) => setMode(value as ActingMode)}
            data={[
              { value: 'episode', label: 'One episode' },
              { value: 'evaluation', label: 'Measure many' },
            ]}
          />
        </div>
        {mode === 'episode' ? <EpisodePicker /> : <EvaluationPanel />}
        <BuiltInTeachers />
      </Dropzone>
      <main className={classes.main} aria-label="Act">
        {mode === 'episode' ? <EpisodePane /> : <EvaluationResults />}
      </main>
    </div>
  )
}

/** Opens the first episode, so that there is something to play. */
async function begin(): Promise<void> {
  const { loadWorlds, openEpisode, episode } = labStore.getState()
  await loadWorlds()
  if (episode === null && !labStore.getState().openingEpisode) await openEpisode()
}
