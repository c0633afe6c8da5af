/** Python, and the data beside it, by its path in the repository. */
const FILES = import.meta.glob<string>('../../scale/sad_scale/**/*.{py,json}', {
  query: '?raw',
  import: 'default',
  eager: true,
})

const FOLDER = '../../scale/'

/** The program of a cluster's run, sad_scale, as its path inside a zip and its text; always in the same order. */
export function program(): [path: string, text: string][] {
  return Object.entries(FILES)
    .map(([path, text]): [string, string] => [path.slice(FOLDER.length), text])
    .sort(([a], [b]) => (a < b ? -1 : 1))
}
