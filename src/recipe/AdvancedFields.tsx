import { NativeSelect, Switch } from '@mantine/core'
import type { Recipe } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import { CurriculumChart } from './CurriculumChart.tsx'
import { ReadingFields } from './ReadingFields.tsx'
import { RecipeNumber } from './RecipeNumber.tsx'
import classes from './RecipePane.module.css'

const SCHEDULES: Recipe['optimiser']['schedule'][] = ['cosine', 'linear', 'constant']
const PACINGS: Recipe['curriculum']['pacing'][] = ['linear', 'root', 'step']

/** What rarely needs a change: how files are read and rows are filled, the optimiser's schedule and the curriculum's weights. */
export function AdvancedFields() {
  const { optimiser, curriculum, data } = useLab((state) => state.recipe)
  const edit = useLab((state) => state.edit)
  const optimiserNumber = (key: 'warmupSteps' | 'weightDecay' | 'clipNorm', label: string, title: string) => (
    <RecipeNumber
      label={label}
      path={`optimiser.${key}`}
      title={title}
      whole={key === 'warmupSteps'}
      step={key === 'warmupSteps' ? 5 : key === 'weightDecay' ? 0.01 : 0.1}
    />
  )
  const curriculumNumber = (key: 'alpha' | 'beta' | 'gamma', label: string, title: string) => (
    <RecipeNumber label={label} path={`curriculum.${key}`} title={title} whole={false} step={0.1} />
  )
  return (
    <div className={classes.stack}>
      <ReadingFields />
      <Switch
        size="xs"
        label="Pack several windows into a row"
        title="Each is computed as if it were alone, and fewer positions are padding."
        checked={data.packing}
        onChange={(event) => {
          const packing = event.currentTarget.checked
          edit((recipe) => {
            recipe.data.packing = packing
          })
        }}
      />
      <div className={classes.columns} style={{ '--columns': 2 } as React.CSSProperties}>
        {optimiserNumber('warmupSteps', 'Warm-up steps', 'Steps over which the learning rate rises from 0.')}
        <NativeSelect
          label="Schedule"
          value={optimiser.schedule}
          data={SCHEDULES}
          onChange={(event) => {
            const schedule = event.currentTarget.value as Recipe['optimiser']['schedule']
            edit((recipe) => {
              recipe.optimiser.schedule = schedule
            })
          }}
        />
        {optimiserNumber(
          'weightDecay',
          'Weight decay',
          'AdamW’s decay of the weights per step and learning rate.',
        )}
        {optimiserNumber(
          'clipNorm',
          'Clip norm',
          'Largest norm of the whole gradient; 0 switches clipping off.',
        )}
      </div>
      <p className={classes.explanation}>
        Curriculum: difficulty = α · reason length + β · act length + γ · the teacher’s entropy on acts.
      </p>
      <div className={classes.columns} style={{ '--columns': 4 } as React.CSSProperties}>
        {curriculumNumber('alpha', 'α', 'Weight of the length of the reasoning.')}
        {curriculumNumber('beta', 'β', 'Weight of the length of the acts.')}
        {curriculumNumber('gamma', 'γ', 'Weight of the teacher’s entropy on acts.')}
        <NativeSelect
          label="Pacing"
          title="How the share of the sorted rows in play grows over the run."
          value={curriculum.pacing}
          data={PACINGS}
          onChange={(event) => {
            const pacing = event.currentTarget.value as Recipe['curriculum']['pacing']
            edit((recipe) => {
              recipe.curriculum.pacing = pacing
            })
          }}
        />
      </div>
      <CurriculumChart />
    </div>
  )
}
