/** The files a person picked or dropped, sorted into what they are. */
export interface PickedFiles {
  trajectories: File[]
  /** Folders with a model.safetensors: students to use as teachers. */
  students: StudentFolder[]
  /** Folders with a metrics.jsonl: runs that were trained elsewhere. */
  runs: RunFolder[]
}

/** The files of a run's folder, named without the path; or one zip of it. */
export interface RunFolder {
  name: string
  files: File[]
}

export interface StudentFolder {
  name: string
  /** Named as in the folder, without the path. */
  files: File[]
}

/** Students are recognised by this file. */
const WEIGHTS = 'model.safetensors'
/** Runs are recognised by this file. */
const METRICS = 'metrics.jsonl'
/** What training writes into a run's folder; what else lies there is no part of it. */
const OUTPUT = [
  METRICS,
  WEIGHTS,
  'metrics.csv',
  'recipe.json',
  'corrections.json',
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'generation_config.json',
  'checkpoint.safetensors',
]

/** A file picked in a folder takes its path as name, so that two of the same name are told apart. */
export function namedByPath(file: File): File {
  const { relativePath } = file as File & { relativePath?: string }
  const path = (file.webkitRelativePath || relativePath || '').replace(/^\.?\/+/, '')
  return path && path !== file.name ? new File([file], path, { type: file.type }) : file
}

/** Tells runs and student folders from files of trajectories. Names may be paths. */
export function sortPicked(files: File[]): PickedFiles {
  const folders = new Map<string, File[]>()
  for (const file of files) {
    const members = folders.get(folderOf(file.name))
    if (members) members.push(file)
    else folders.set(folderOf(file.name), [file])
  }
  const picked: PickedFiles = { trajectories: [], students: [], runs: [] }
  for (const [folder, members] of folders) {
    const holds = (name: string) => members.some((file) => baseName(file.name) === name)
    if (holds(METRICS)) {
      const isOutput = (file: File) => OUTPUT.includes(baseName(file.name))
      picked.runs.push({ name: baseName(folder) || 'run', files: members.filter(isOutput).map(bare) })
      picked.trajectories.push(...members.filter((file) => !isOutput(file)))
    } else if (holds(WEIGHTS)) {
      picked.students.push({ name: baseName(folder) || 'student', files: members.map(bare) })
    } else {
      picked.trajectories.push(...members)
    }
  }
  return picked
}

/** Named without its path. */
function bare(file: File): File {
  return new File([file], baseName(file.name), { type: file.type })
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
