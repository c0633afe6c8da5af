/** The files a person picked or dropped, sorted into what they are. */
export interface PickedFiles {
  trajectories: File[]
  /** Folders with a model.safetensors: students to use as teachers. */
  students: StudentFolder[]
}

export interface StudentFolder {
  name: string
  /** Named as in the folder, without the path. */
  files: File[]
}

/** Students are recognised by this file. */
const WEIGHTS = 'model.safetensors'

/** A file picked in a folder takes its path as name, so that two of the same name are told apart. */
export function namedByPath(file: File): File {
  const { relativePath } = file as File & { relativePath?: string }
  const path = (file.webkitRelativePath || relativePath || '').replace(/^\.?\/+/, '')
  return path && path !== file.name ? new File([file], path, { type: file.type }) : file
}

/** Tells student folders from files of trajectories. Names may be paths. */
export function sortPicked(files: File[]): PickedFiles {
  const folders = new Map<string, File[]>()
  for (const file of files) {
    const members = folders.get(folderOf(file.name))
    if (members) members.push(file)
    else folders.set(folderOf(file.name), [file])
  }
  const picked: PickedFiles = { trajectories: [], students: [] }
  for (const [folder, members] of folders) {
    if (members.some((file) => baseName(file.name) === WEIGHTS)) {
      picked.students.push({
        name: baseName(folder) || 'student',
        files: members.map((file) => new File([file], baseName(file.name), { type: file.type })),
      })
    } else {
      picked.trajectories.push(...members)
    }
  }
  return picked
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
