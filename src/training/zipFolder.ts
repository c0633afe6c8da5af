import { Zip, ZipPassThrough } from 'fflate'

/** Bytes summed up before the page gets its turn: a few milliseconds of work. */
const CHUNK = 2 ** 20

/**
 * Packs files into one folder of a zip. Weights do not compress, so nothing is: that leaves a check sum per chunk, and
 * the page stays responsive without another worker (fflate's own come from blob: addresses, which the page forbids).
 */
export async function zipFolder(folder: string, files: Record<string, Uint8Array>): Promise<Blob> {
  const parts: Uint8Array[] = []
  let failure: Error | null = null
  const zip = new Zip((error, part) => {
    failure ??= error
    if (part) parts.push(part)
  })
  for (const [name, content] of Object.entries(files)) {
    const entry = new ZipPassThrough(`${folder}/${name}`)
    zip.add(entry)
    let from = 0
    do {
      const to = Math.min(from + CHUNK, content.length)
      entry.push(content.subarray(from, to) as Uint8Array<ArrayBuffer>, to === content.length)
      from = to
      await new Promise((resume) => setTimeout(resume))
    } while (from < content.length)
  }
  zip.end()
  if (failure) throw failure
  return new Blob(parts as BlobPart[], { type: 'application/zip' })
}
