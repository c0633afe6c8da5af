import { unzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { ZipStream } from '../../../workers/cluster/zipStream.ts'
import { LabError } from '../../../workers/errors.ts'

function collector() {
  const parts: Uint8Array[] = []
  return { parts, sink: (part: Uint8Array) => parts.push(part.slice()), whole: () => Buffer.concat(parts) }
}

const noise = (bytes: number) => Uint8Array.from({ length: bytes }, (_, i) => Math.imul(i, 2654435761) >>> 24)

describe('a zip in pieces', () => {
  it('unpacks to what went in, deflated or not, empty or larger than a piece', async () => {
    const { sink, whole, parts } = collector()
    const zip = new ZipStream(sink, () => {})
    const large = noise(700_001)
    async function* halves() {
      yield large.subarray(0, 300_000)
      yield large.subarray(300_000)
    }
    await zip.add('stored', halves(), false)
    await zip.add('deflated', [large, large], true)
    await zip.add('empty', [], true)
    await zip.add('nothing', [], false)
    await zip.end()
    const files = unzipSync(new Uint8Array(whole()))
    expect(Object.keys(files)).toEqual(['stored', 'deflated', 'empty', 'nothing'])
    expect(Buffer.compare(files.stored!, large)).toBe(0)
    expect(Buffer.compare(files.deflated!, Buffer.concat([large, large]))).toBe(0)
    expect([files.empty!.length, files.nothing!.length]).toEqual([0, 0])
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThan(600_000)
    expect(zip.facts.empty).toEqual({
      bytes: 0,
      sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    })
  })

  it('ends where the beat says so', async () => {
    const zip = new ZipStream(
      () => {},
      () => {
        throw new Error('enough')
      },
    )
    await expect(zip.add('x', [noise(10)], true)).rejects.toThrow('enough')
  })

  it.each([
    ['bytes of one entry', { bytes: 5000, entries: 9 }, [noise(6000)]],
    ['bytes of all entries', { bytes: 5000, entries: 9 }, [noise(2500), noise(2500)]],
    ['entries', { bytes: 1e6, entries: 2 }, [noise(1), noise(1), noise(1)]],
  ])('refuses more %s than a zip has room for, and says what to do', async (_, limits, contents) => {
    const zip = new ZipStream(
      () => {},
      () => {},
      limits,
    )
    const work = async () => {
      for (const [i, content] of contents.entries()) await zip.add(`${i}`, [content], false)
      await zip.end()
    }
    const error = await work().then(
      () => null,
      (thrown) => thrown,
    )
    expect(error).toBeInstanceOf(LabError)
    expect(error.code).toBe('file-too-large')
    expect(error.message).toMatch(
      /larger than a zip can be.*npm run lab -- segment.*sad_scale train --recipe/,
    )
  })
})
