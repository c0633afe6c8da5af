import { useLab } from '../lab/store.ts'
import { NumberField, useIssue } from './NumberField.tsx'
import { RecipeNumber } from './RecipeNumber.tsx'
import classes from './RecipePane.module.css'

/** How large the student is and how it reads. */
export function StudentFields() {
  const tokenizer = useLab((state) => state.recipe.tokenizer)
  const edit = useLab((state) => state.edit)
  const issue = useIssue('student')
  const size = (key: 'layers' | 'width' | 'heads', label: string, step = 1) => (
    <RecipeNumber label={label} path={`student.${key}`} step={step} />
  )
  return (
    <div className={classes.stack}>
      <div className={classes.columns}>
        {size('layers', 'Layers')}
        {size('width', 'Width', 16)}
        {size('heads', 'Heads')}
      </div>
      {issue && (
        <p className={classes.wrong} role="alert">
          {issue}
        </p>
      )}
      <div className={classes.columns} style={{ '--columns': 2 } as React.CSSProperties}>
        {tokenizer.kind === 'train-bpe' ? (
          <NumberField
            label="Tokenizer vocabulary"
            path="tokenizer.vocabularySize"
            title="Tokens of the byte-level BPE that is trained on the loaded trajectories."
            step={128}
            value={tokenizer.vocabularySize}
            onChange={(value) =>
              edit((recipe) => {
                if (recipe.tokenizer.kind === 'train-bpe') recipe.tokenizer.vocabularySize = value
              })
            }
          />
        ) : (
          <p className={classes.explanation}>The tokenizer is the teacher’s.</p>
        )}
        <RecipeNumber
          label="Context length"
          path="data.contextLength"
          title="Tokens per row. Longer trajectories are cut at step borders, the prompt kept in front."
          step={32}
        />
      </div>
    </div>
  )
}
