import { unzipSync } from 'fflate'
import type { StudentFolder } from '../trajectories/pickedFiles.ts'

/**
 * The student that picked files make up: the files of a folder, or one zip of it. What is missing in it is for the
 * worker to say.
 */
export async function studentFolderOf(files: File[]): Promise<StudentFolder> {
  const [first] = files
  if (files.length === 1 && first?.name.toLowerCase().endsWith('.zip')) return unzipped(first)
  const path = files.find(({ name }) => name.includes('/'))?.name
  const name = path ? path.split('/').at(-2)! : 'student'
  return { name, files: files.map((file) => new File([file], lastPart(file.name), { type: file.type })) }
}

async function unzipped(zip: File): Promise<StudentFolder> {
  const entries = unzipSync(new Uint8Array(await zip.arrayBuffer()))
  const files = Object.entries(entries)
    .filter(([path]) => !path.endsWith('/'))
    .map(([path, bytes]) => new File([bytes], lastPart(path)))
  return { name: lastPart(zip.name).replace(/\.zip$/i, ''), files }
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
