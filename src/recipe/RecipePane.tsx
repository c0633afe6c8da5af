import { Button, NativeSelect } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { useLab } from '../lab/store.ts'
import { AdvancedFields } from './AdvancedFields.tsx'
import { Estimate } from './Estimate.tsx'
import { ObjectiveFields } from './ObjectiveFields.tsx'
import { PRESET_NAMES, PRESETS, type PresetName, presetOf, takePreset } from './presets.ts'
import { RecipeJsonDialog } from './RecipeJsonDialog.tsx'
import classes from './RecipePane.module.css'
import { RunFields } from './RunFields.tsx'
import { StudentFields } from './StudentFields.tsx'
import { TeacherFields } from './TeacherFields.tsx'

/** Everything that decides a run, and what it will cost. */
export function RecipePane() {
  const [opened, json] = useDisclosure()
  return (
    <section className={classes.pane} aria-labelledby="recipe-title">
      <div className={classes.heading}>
        <h2 id="recipe-title">Recipe</h2>
        <Button onClick={json.open}>Recipe JSON</Button>
      </div>
      <div className={classes.fields}>
        <PresetField />
        <Group title="Teacher">
          <TeacherFields />
        </Group>
        <Group title="Objective">
          <ObjectiveFields />
        </Group>
        <Group title="Student">
          <StudentFields />
        </Group>
        <Group title="Run">
          <RunFields />
        </Group>
        <details className={classes.group}>
          <summary>Advanced</summary>
          <AdvancedFields />
        </details>
      </div>
      <Estimate />
      <RecipeJsonDialog opened={opened} onClose={json.close} />
    </section>
  )
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className={classes.group}>
      <legend>{title}</legend>
      {children}
    </fieldset>
  )
}

function PresetField() {
  const recipe = useLab((state) => state.recipe)
  const setRecipe = useLab((state) => state.setRecipe)
  const preset = presetOf(recipe)
  return (
    <div className={classes.preset}>
      <NativeSelect
        label="Preset"
        description={preset ? PRESETS[preset].about : 'A recipe of your own.'}
        inputWrapperOrder={['label', 'input', 'description']}
        value={preset ?? ''}
        data={[
          ...PRESET_NAMES.map((value) => ({ value, label: PRESETS[value].name as string })),
          ...(preset ? [] : [{ value: '', label: 'Custom' }]),
        ]}
        onChange={(event) => {
          const name = event.currentTarget.value as PresetName | ''
          if (name) setRecipe(takePreset(name, recipe))
        }}
      />
    </div>
  )
}
