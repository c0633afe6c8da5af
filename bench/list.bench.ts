import { expect, type Page, test } from '@playwright/test'
import { Lab } from '../tests/browser/lab.ts'
import { drop, writeMany } from '../tests/browser/many.ts'
import { type Smoothness, startRecording, stopRecording } from './frames.ts'
import { launch, machineOf } from './machine.ts'
import { writeResults } from './results.ts'

const TRAJECTORIES = 100_000
/** Pixels per frame: a turn of the wheel held on, and a scroll bar dragged through the whole list. */
const SCROLLS = { wheel: 120, drag: 16_000 }

interface Result {
  what: string
  /** Until it was done, as a person sees it, ms. */
  ms: number
  page: Smoothness
  /** Share of the view that rows with their words filled, over all frames. */
  inWords?: number
  /** From the end of the scrolling until all rows in sight have their words, ms. */
  settledMs?: number
}

test('the list of a hundred thousand trajectories', async () => {
  const { browser, adapter } = await launch()
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } })
  const lab = new Lab(page)
  await lab.open('wasm')
  const results: Result[] = []
  const measure = async (what: string, act: () => Promise<unknown>) => {
    await startRecording(page)
    const began = performance.now()
    const more = await act()
    const ms = Math.round(performance.now() - began)
    results.push({ what, ms, page: await stopRecording(page), ...(more as Partial<Result>) })
  }
  const total = `${TRAJECTORIES.toLocaleString('en')} trajectories`

  const written = await writeMany(page, 'many.jsonl', TRAJECTORIES)
  await measure('loading', async () => {
    await drop(page, written)
    await expect(lab.total).toHaveText(total, { timeout: 600_000 })
    await expect(page.getByRole('region', { name: 'Loading' })).toBeHidden()
  })
  await measure('working out the recipe’s cost', async () => {
    await expect(page.getByRole('region', { name: 'Before training' })).toContainText(/estimated from/, {
      timeout: 600_000,
    })
  })
  for (const [name, pixels] of Object.entries(SCROLLS)) {
    await measure(`scrolling, ${name}`, () => scroll(page, pixels))
  }
  await measure('filtering by title', async () => {
    await page.getByLabel('Search trajectories').fill('Hanoi')
    await expect(lab.total).toHaveText('20,000 of 100,000')
  })
  await measure('searching all texts', async () => {
    await page.getByLabel('Search trajectories').fill('number77')
    await expect(lab.total).toHaveText('1,111 of 100,000')
  })
  await measure('excluding what was found', async () => {
    await lab.button('Exclude ▾').click()
    await page.getByRole('menuitem', { name: 'Exclude all shown (1,111)' }).click()
    await expect(lab.button('1,111 excluded ▾')).toBeVisible({ timeout: 600_000 })
  })
  await measure('showing all again', async () => {
    await lab.button('Clear the search').click()
    await expect(lab.total).toHaveText(total)
  })
  const machine = machineOf(browser, adapter)
  await browser.close()

  console.log(`\n${TRAJECTORIES} trajectories, ${machine.cpu}, ${machine.cores} cores, ${machine.browser}`)
  console.table(
    results.map(({ what, ms, page, inWords, settledMs }) => ({
      what,
      ms,
      'longest task ms': page.longestTaskMs ?? 'under 50',
      'frames/s': page.framesPerSecond,
      'worst frame ms': page.worstFrameMs,
      'rows in words': inWords === undefined ? '' : `${Math.round(100 * inWords)} %`,
      'settled after ms': settledMs ?? '',
    })),
  )
  writeResults('list', machine, { trajectories: TRAJECTORIES, results })
})

/** Scrolls the list for four seconds, so many pixels in every frame. */
function scroll(page: Page, pixels: number): Promise<Required<Pick<Result, 'inWords' | 'settledMs'>>> {
  return page.getByRole('listbox', { name: 'Trajectories' }).evaluate(async (list, pixels) => {
    const view = list.getBoundingClientRect()
    const inSight = (row: Element) => {
      const { top, bottom } = row.getBoundingClientRect()
      return Math.max(0, Math.min(bottom, view.bottom) - Math.max(top, view.top))
    }
    const filled = () => {
      const rows = [...list.querySelectorAll('[role=option]:not([aria-busy])')]
      return rows.reduce((sum, row) => sum + inSight(row), 0) / view.height
    }
    list.scrollTop = 0
    let [frames, sum] = [0, 0]
    const end = performance.now() + 4000
    while (performance.now() < end) {
      await new Promise(requestAnimationFrame)
      // What was scrolled to in the frame before is what this one shows.
      sum += filled()
      frames++
      list.scrollTop += pixels
    }
    const stopped = performance.now()
    // A file's name above the rows has no words to wait for.
    while (filled() < 0.95) await new Promise(requestAnimationFrame)
    const settledMs = Math.round(performance.now() - stopped)
    return { inWords: Math.round((100 * sum) / frames) / 100, settledMs }
  }, pixels)
}
