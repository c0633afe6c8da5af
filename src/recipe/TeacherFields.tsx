import { Button, NativeSelect, Switch } from '@mantine/core'
import { useEffect } from 'react'
import {
  type CaptureSummary,
  type Recipe,
  TEACHER_IN_FILES,
  type TeacherSummary,
} from '../../workers/protocol.ts'
import { FilePick } from '../lab/FilePick.tsx'
import { bytes, compact, count, counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { BuiltInLoad } from './BuiltInLoad.tsx'
import { builtInSource } from './builtInSlice.ts'
import { CaptureFields } from './CaptureFields.tsx'
import { NumberField, useIssue } from './NumberField.tsx'
import classes from './RecipePane.module.css'
import { studentFolderOf } from './studentFolder.ts'

type Teacher = Recipe['teacher']

const TEXT: Teacher = { kind: 'text' }
const IN_FILES: Teacher = { kind: 'stored', source: TEACHER_IN_FILES }
/** The vocabulary of a student that takes its tokenizer from nobody. */
const OWN_TOKENIZER: Recipe['tokenizer'] = { kind: 'train-bpe', vocabularySize: 1024 }

const keyOf = (teacher: Teacher) => (teacher.kind === 'text' ? 'text' : `${teacher.kind} ${teacher.source}`)
const isInFiles = (teacher: Teacher) => keyOf(teacher) === keyOf(IN_FILES)

/** Whom the student learns from. */
export function TeacherFields() {
  const teacher = useLab((state) => state.recipe.teacher)
  const teachers = useLab((state) => state.teachers)
  const captures = useLab((state) => state.captures)
  const inFiles = useLab((state) => state.library.logprobs)
  const hasStudent = useLab((state) => state.run.hasStudent)
  const edit = useLab((state) => state.edit)
  const keep = useLab((state) => state.keepStudentAsTeacher)
  const issue = useIssue('teacher')
  const known: [Teacher, string, boolean?][] = [
    [TEXT, 'The recorded text'],
    [IN_FILES, `Log-probabilities in the files (${count(inFiles)})`, inFiles === 0],
    ...teachers.map(({ name }): [Teacher, string] => [
      { kind: 'model', source: name, halfPrecision: false },
      name,
    ]),
    ...captures.map(({ name }): [Teacher, string] => [{ kind: 'stored', source: name }, `Capture: ${name}`]),
  ]
  const here = known.some(([one]) => keyOf(one) === keyOf(teacher))
  const named = teacher.kind === 'text' ? '' : teacher.source
  const model = teacher.kind === 'model' ? teacher.source : undefined

  const choose = (value: string) =>
    edit((recipe) => {
      const [chosen] = known.find(([one]) => keyOf(one) === value) ?? [recipe.teacher]
      recipe.teacher = { ...chosen }
      const brings = chosen.kind !== 'text' && !isInFiles(chosen)
      if (brings) recipe.tokenizer = { kind: 'teacher' }
      else if (recipe.tokenizer.kind === 'teacher') recipe.tokenizer = { ...OWN_TOKENIZER }
    })

  return (
    <div className={classes.stack}>
      <NativeSelect
        aria-label="Teacher"
        value={keyOf(teacher)}
        error={issue ?? (here ? undefined : `nothing called “${named}” is loaded`)}
        data={[
          ...known.map(([one, label, disabled]) => ({ value: keyOf(one), label, disabled })),
          ...(here ? [] : [{ value: keyOf(teacher), label: `${named} (not loaded)` }]),
        ]}
        onChange={(event) => choose(event.currentTarget.value)}
      />
      <p className={classes.explanation}>
        {here ? about(teacher, teachers, captures, inFiles) : 'Load it below, or choose another.'}
      </p>
      {teacher.kind !== 'text' && !isInFiles(teacher) && <TokensField />}
      {teacher.kind === 'model' && (
        <Switch
          size="xs"
          label="Keep it in half precision"
          title="Its parameters take 16 bits each in place of 32 where the engine can read them so; what it says is rounded accordingly."
          checked={teacher.halfPrecision}
          onChange={(event) => {
            const halfPrecision = event.currentTarget.checked
            edit((recipe) => {
              if (recipe.teacher.kind === 'model') recipe.teacher.halfPrecision = halfPrecision
            })
          }}
        />
      )}
      <div className={classes.buttons}>
        <LoadStudent />
        <LoadStudent folder />
        <Button disabled={!hasStudent} onClick={keep}>
          Keep this student as teacher
        </Button>
      </div>
      <BuiltInFields />
      <CaptureFields model={model} />
    </div>
  )
}

function about(
  teacher: Teacher,
  teachers: TeacherSummary[],
  captures: CaptureSummary[],
  inFiles: number,
): string {
  if (teacher.kind === 'text') {
    return 'The recorded tokens themselves, as a teacher that is certain of them; forward KL is then cross-entropy.'
  }
  if (isInFiles(teacher)) {
    return `What ${counted(inFiles, 'trajectory', 'trajectories')} brought along: the likeliest tokens of each prediction or the recorded one’s probability, put to the student’s tokens by the bytes they cover.`
  }
  if (teacher.kind === 'stored') {
    const capture = captures.find(({ name }) => name === teacher.source)
    return `The ${counted(capture?.k ?? 0, 'likeliest token')} of each prediction of “${capture?.model}”; all others are one outcome.`
  }
  const model = teachers.find(({ name }) => name === teacher.source)
  if (!model) return ''
  return `${compact(model.parameters)} parameters, ${model.layers} layers of width ${model.width}, reads ${model.contextLength} tokens, vocabulary ${compact(model.vocabularySize)}.`
}

/** Whether the student reads a teacher’s tokens or has its own. */
function TokensField() {
  const { tokenizer, teacher } = useLab((state) => state.recipe)
  const edit = useLab((state) => state.edit)
  const issue = useIssue('tokenizer.kind')
  const own = tokenizer.kind === 'train-bpe'
  return (
    <>
      <NativeSelect
        label="The student reads"
        error={issue}
        value={tokenizer.kind}
        data={[
          { value: 'teacher', label: 'the teacher’s tokens' },
          { value: 'train-bpe', label: 'tokens of its own, aligned by bytes' },
        ]}
        onChange={(event) => {
          const kind = event.currentTarget.value
          edit((recipe) => {
            recipe.tokenizer = kind === 'teacher' ? { kind } : { ...OWN_TOKENIZER }
            if (kind === 'teacher' && recipe.teacher.kind === 'model') delete recipe.teacher.k
          })
        }}
      />
      {own && teacher.kind === 'model' && (
        <NumberField
          label="Tokens captured per prediction"
          path="teacher.k"
          title="The model is captured before the run, since its tokens are not the student’s."
          value={teacher.k ?? 16}
          onChange={(value) =>
            edit((recipe) => {
              if (recipe.teacher.kind === 'model') recipe.teacher.k = value
            })
          }
        />
      )}
    </>
  )
}

/** Teachers that come with the lab; one that is loaded is chosen. */
function BuiltInFields() {
  const builtIns = useLab((state) => state.builtIns)
  const teachers = useLab((state) => state.teachers)
  const loadBuiltIns = useLab((state) => state.loadBuiltIns)
  const teach = useLab((state) => state.teach)
  useEffect(() => {
    void loadBuiltIns()
  }, [loadBuiltIns])
  const missing = builtIns.filter(({ name }) => !teachers.some((one) => one.name === builtInSource(name)))
  if (missing.length === 0) return null
  return (
    <div className={classes.buttons}>
      {missing.map(({ name, bytes: size }) => (
        <BuiltInLoad
          key={name}
          name={name}
          label={`Load the built-in ${name} teacher (${bytes(size)})`}
          onLoaded={() => teach(builtInSource(name))}
        />
      ))}
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
