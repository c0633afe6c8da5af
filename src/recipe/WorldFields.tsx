import { NativeSelect } from '@mantine/core'
import { WORLDS } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import { NumberField, useIssue } from './NumberField.tsx'

type World = (typeof WORLDS)[number]

/** Episodes and the most tokens of a turn where a world has just been chosen. */
const FIRST = { episodes: 12, turnTokens: 160 }

/** Where the student acts by itself each time it is measured. */
export function WorldFields() {
  const rollouts = useLab((state) => state.recipe.evaluate.rollouts)
  const edit = useLab((state) => state.edit)
  const issue = useIssue('evaluate.rollouts.environment')
  return (
    <>
      <NativeSelect
        label="Acts in"
        title="Each time it is evaluated, the student plays episodes of this world’s validation split by itself, greedily, the same ones every time. It takes longest while it cannot act yet."
        error={issue}
        value={rollouts?.environment ?? ''}
        data={[
          { value: '', label: 'no world' },
          ...WORLDS.map((value) => ({ value, label: `the ${value}` })),
        ]}
        onChange={(event) => {
          const environment = event.currentTarget.value as World | ''
          edit((recipe) => {
            if (environment === '') delete recipe.evaluate.rollouts
            else recipe.evaluate.rollouts = { ...FIRST, ...recipe.evaluate.rollouts, environment }
          })
        }}
      />
      {rollouts && (
        <NumberField
          label="Episodes"
          path="evaluate.rollouts.episodes"
          title="Episodes that the student plays side by side at each evaluation."
          value={rollouts.episodes}
          step={4}
          onChange={(episodes) =>
            edit((recipe) => {
              if (recipe.evaluate.rollouts) recipe.evaluate.rollouts.episodes = episodes
            })
          }
        />
      )}
    </>
  )
}
