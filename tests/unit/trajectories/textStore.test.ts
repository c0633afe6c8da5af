import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTextStore, openTextStore, type StoreFile } from '../../../workers/library/textStore.ts'

/** A file of the browser's private file system that takes `quota` bytes. */
function fakeFile(quota: number) {
  let content = new Uint8Array(0)
  const calls = { writes: 0, closed: false }
  const file: StoreFile = {
    read(into, { at }) {
      const part = content.subarray(at, at + into.length)
      into.set(part)
      return part.length
    },
    write(from, { at }) {
      calls.writes++
      if (at + from.length > quota) throw new DOMException('full', 'QuotaExceededError')
      const grown = new Uint8Array(Math.max(content.length, at + from.length))
      grown.set(content)
      grown.set(from, at)
      content = grown
      return from.length
    },
    truncate(size) {
      content = content.slice(0, size)
    },
    close() {
      calls.closed = true
    },
  }
  return { file, calls, size: () => content.length }
}

const TEXTS = fc.array(
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc
      .tuple(fc.constantFrom('ab', 'ü', '汉', '😀', '\ufeff\n'), fc.integer({ min: 1, max: 700_000 }))
      .map(([unit, times]) => unit.repeat(times)),
  ),
  { maxLength: 12 },
)

describe('a text store', () => {
  it('gives back every text as it was put, in memory, in a file, and in a file that fills up', () => {
    fc.assert(
      fc.property(TEXTS, fc.constantFrom(undefined, 0, 2 ** 20, 3_000_000, 1e9), (texts, quota) => {
        const store = createTextStore(quota === undefined ? undefined : fakeFile(quota).file)
        const places = texts.map((text) => store.put(text))
        expect(places.map((place) => store.get(place))).toEqual(texts)
        expect([...places].reverse().map((place) => store.get(place))).toEqual([...texts].reverse())
      }),
      { numRuns: 60 },
    )
  })

  it('takes bytes as well', () => {
    const store = createTextStore()
    expect(store.get(store.put(new TextEncoder().encode('Überall 汉')))).toBe('Überall 汉')
  })

  it('writes small texts together', () => {
    const { file, calls, size } = fakeFile(1e9)
    const store = createTextStore(file)
    for (let i = 0; i < 10_000; i++) store.put('x'.repeat(1000))
    expect(calls.writes).toBeLessThan(12)
    expect(size()).toBeGreaterThan(8_000_000)
  })

  it('goes on in memory once the file takes no more', () => {
    const { file, calls, size } = fakeFile(2_500_000)
    const store = createTextStore(file)
    const places = Array.from({ length: 8 }, (_, i) => store.put(String(i).repeat(900_000)))
    expect(size()).toBeLessThanOrEqual(2_500_000)
    expect(calls.writes).toBe(3)
    expect(places.map((place) => store.get(place)[0]).join('')).toBe('01234567')
  })

  it('forgets, and says so when asked for what it forgot', () => {
    const { file, size } = fakeFile(1e9)
    const store = createTextStore(file)
    const place = store.put('a'.repeat(2_000_000))
    store.put('b')
    store.clear()
    expect(size()).toBe(0)
    expect(() => store.get(place)).toThrow(/load its file again/)
    expect(store.get(store.put('c'))).toBe('c')
  })

  it('closes its file and removes it', async () => {
    const { file, calls } = fakeFile(1e9)
    let removed = false
    const store = createTextStore(file, async () => {
      expect(calls.closed).toBe(true)
      removed = true
    })
    await store.close()
    expect(removed).toBe(true)
  })

  it('opens in memory where there is no private file system', async () => {
    const store = await openTextStore()
    expect(store.get(store.put('kept'))).toBe('kept')
    await store.close()
  })
})
