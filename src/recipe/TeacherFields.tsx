import { Button, NativeSelect } from '@mantine/core'
import { FilePick } from '../lab/FilePick.tsx'
import { compact } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { useIssue } from './NumberField.tsx'
import classes from './RecipePane.module.css'
import { studentFolderOf } from './studentFolder.ts'

const TEXT = 'the text'

/** Whom the student learns from. */
export function TeacherFields() {
  const teacher = useLab((state) => state.recipe.teacher)
  const teachers = useLab((state) => state.teachers)
  const hasStudent = useLab((state) => state.run.hasStudent)
  const edit = useLab((state) => state.edit)
  const keep = useLab((state) => state.keepStudentAsTeacher)
  const issue = useIssue('teacher')
  const source = teacher.kind === 'model' ? teacher.source : undefined
  const chosen = teachers.find(({ name }) => name === source)

  const choose = (value: string) =>
    edit((recipe) => {
      if (value === TEXT) {
        recipe.teacher = { kind: 'text' }
        if (recipe.tokenizer.kind === 'teacher')
          recipe.tokenizer = { kind: 'train-bpe', vocabularySize: 1024 }
      } else {
        recipe.teacher = { kind: 'model', source: value.slice('model '.length) }
        recipe.tokenizer = { kind: 'teacher' }
      }
    })

  return (
    <div className={classes.stack}>
      <NativeSelect
        aria-label="Teacher"
        value={source === undefined ? TEXT : `model ${source}`}
        error={
          issue ?? (source !== undefined && !chosen ? `no teacher called “${source}” is loaded` : undefined)
        }
        data={[
          { value: TEXT, label: 'The recorded text' },
          ...teachers.map(({ name }) => ({ value: `model ${name}`, label: name })),
          ...(source !== undefined && !chosen
            ? [{ value: `model ${source}`, label: `${source} (not loaded)` }]
            : []),
        ]}
        onChange={(event) => choose(event.currentTarget.value)}
      />
      <p className={classes.explanation}>
        {source === undefined
          ? 'The recorded tokens themselves, as a teacher that is certain of them; forward KL is then cross-entropy.'
          : chosen
            ? `${compact(chosen.parameters)} parameters, ${chosen.layers} layers of width ${chosen.width}, reads ${chosen.contextLength} tokens, vocabulary ${compact(chosen.vocabularySize)}. The student takes its tokenizer.`
            : 'Load its folder below, or choose another.'}
      </p>
      <div className={classes.buttons}>
        <LoadStudent />
        <LoadStudent folder />
        <Button disabled={!hasStudent} onClick={keep}>
          Keep this student as teacher
        </Button>
      </div>
    </div>
  )
}

function LoadStudent({ folder = false }: { folder?: boolean }) {
  const addTeacher = useLab((state) => state.addTeacher)
  const load = async (files: File[]) => {
    const { name, files: members } = await studentFolderOf(files)
    await addTeacher(name, members)
  }
  return (
    <FilePick
      folder={folder}
      onFiles={load}
      title={folder ? 'A folder' : 'The files of a student folder, or the zip that the lab writes'}
    >
      {folder ? 'Load its folder' : 'Load student as teacher'}
    </FilePick>
  )
}
