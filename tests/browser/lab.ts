import { readFileSync } from 'node:fs'
import { test as base, type ConsoleMessage, expect, type Page, type Request } from '@playwright/test'
import { unzipSync } from 'fflate'
import type { MetricsLine, RecipeInput } from '../../workers/protocol.ts'
import { file, type TestFile } from './transcripts.ts'

/** A recipe that a software adapter trains in well under a minute. */
export const TINY: RecipeInput = {
  seed: 3,
  steps: 40,
  batchRows: 4,
  evaluateEvery: 20,
  data: { contextLength: 64, heldOut: 0.1 },
  tokenizer: { kind: 'train-bpe', vocabularySize: 300 },
  student: { kind: 'gpt', layers: 1, width: 32, heads: 2 },
  teacher: { kind: 'text' },
  optimiser: { learningRate: 0.01, warmupSteps: 4 },
}

/** What the page fetches when all else is there, by the names of its files: the other tabs, and what worlds are programmed by. */
const FETCHED_LAST = ['ActView', 'StudiesView', 'wiki', 'shop', 'itemsShop', 'hotpot', 'pages', 'uploaded']

/** The page as a person meets it, with a record of what it must not do. */
export class Lab {
  /** Errors on the console and uncaught exceptions, of the page and of its worker. */
  readonly complaints: string[] = []
  /** Addresses asked for after the page was there; what is in its own memory is not a request. */
  readonly requests: string[] = []
  private readonly fetched: string[] = []
  private loaded = false

  constructor(readonly page: Page) {
    page.on('requestfinished', (request: Request) => this.fetched.push(request.url()))
    page.on('console', (message: ConsoleMessage) => {
      if (message.type() === 'error') this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('request', (request: Request) => {
      if (this.loaded && !/^(blob|data):/.test(request.url())) this.requests.push(request.url())
    })
  }

  /** Opens the page and waits until it has a backend, has loaded its demo, and has fetched all that it is made of. */
  async open(backend: 'webgpu' | 'wasm' | 'automatic', address = process.env.LAB_URL ?? ''): Promise<void> {
    await this.page.goto(backend === 'automatic' ? address : `${address}?backend=${backend}`)
    await expect(this.page.getByTestId('backend')).toHaveText(/webgpu|wasm|cpu/, { timeout: 120_000 })
    await expect(this.total).toHaveText(/[1-9]\d* trajectories/)
    const missing = () =>
      FETCHED_LAST.filter(
        (name) => !this.fetched.some((url) => url.includes(`/${name}-`) && url.endsWith('.js')),
      )
    await expect.poll(missing).toEqual([])
    this.loaded = true
  }

  button(name: string) {
    return this.page.getByRole('button', { name, exact: true })
  }

  /** How many trajectories are loaded, in words. */
  get total() {
    return this.page.getByRole('region', { name: 'Trajectories' }).getByRole('status')
  }

  get list() {
    return this.page.getByRole('listbox', { name: 'Trajectories' })
  }

  /** The line of one loaded file, with the number of trajectories in it. */
  loadedFile(name: string) {
    return this.page.getByRole('list', { name: 'Files' }).getByRole('listitem').filter({ hasText: name })
  }

  get problems() {
    return this.page.getByRole('list', { name: 'Problems' })
  }

  get runState() {
    return this.page.getByTestId('run-state')
  }

  get status() {
    return this.page.getByRole('region', { name: 'Status' })
  }

  /** Optimiser steps taken, as the status bar shows them. */
  async lastStep(): Promise<number> {
    const shown = /Step\s*([\d, ]+)\s*\//.exec((await this.status.textContent()) ?? '')
    return shown ? Number(shown[1]!.replaceAll(/\D/g, '')) : 0
  }

  /** Picks files in the dialog that a button opens; a large one by its path. */
  async pick(button: string, files: TestFile[] | string): Promise<void> {
    const chooser = this.page.waitForEvent('filechooser')
    await this.button(button).click()
    await (await chooser).setFiles(files)
  }

  async addFiles(...files: TestFile[]): Promise<void> {
    await this.pick('Add files', files)
  }

  async dropFile(dropped: TestFile): Promise<void> {
    const transfer = await this.page.evaluateHandle(
      ({ name, content }) => {
        const held = new DataTransfer()
        held.items.add(new File([Uint8Array.from(atob(content), (byte) => byte.charCodeAt(0))], name))
        return held
      },
      { name: dropped.name, content: dropped.buffer.toString('base64') },
    )
    await this.page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer })
    await this.page.getByText('Drop to load').dispatchEvent('drop', { dataTransfer: transfer })
  }

  /** Writes a recipe into the dialog and applies it, whatever becomes of it. */
  async pasteRecipe(recipe: unknown): Promise<void> {
    await this.button('Recipe JSON').click()
    await this.page.getByRole('dialog').getByRole('textbox', { name: 'Recipe' }).fill(JSON.stringify(recipe))
    await this.button('Apply').click()
  }

  async setRecipe(recipe: RecipeInput): Promise<void> {
    await this.pasteRecipe(recipe)
    await expect(this.page.getByRole('dialog')).toBeHidden()
  }

  /** Presses what downloads something and returns its bytes. */
  async download(button: string): Promise<{ name: string; bytes: Buffer }> {
    const waiting = this.page.waitForEvent('download')
    await this.button(button).click()
    const download = await waiting
    return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) }
  }

  /** Chooses an item of the export menu; its lines, parsed. A file that is one JSON value is one line. */
  async export(item: string) {
    await this.button('Export ▾').click()
    const waiting = this.page.waitForEvent('download')
    await this.page.getByRole('menuitem', { name: item }).click()
    const download = await waiting
    const bytes = readFileSync(await download.path())
    const text = bytes.toString('utf8')
    const values = item.endsWith('JSONL') ? text.split('\n').filter(Boolean) : [text]
    const lines = values.map((value) => JSON.parse(value) as Record<string, unknown>)
    return { name: download.suggestedFilename(), bytes, lines }
  }

  async metrics(): Promise<MetricsLine[]> {
    const { bytes } = await this.download('Metrics JSONL')
    const lines = bytes.toString('utf8').split('\n').filter(Boolean)
    return lines.map((line) => JSON.parse(line))
  }

  /** The downloaded student as the zip it comes in, and the files in it by name without their folder. */
  async student(): Promise<{ zip: TestFile; files: Map<string, Uint8Array> }> {
    const { name, bytes } = await this.download('Download student')
    const entries = Object.entries(unzipSync(bytes))
    return {
      zip: file(name, bytes),
      files: new Map(entries.map(([path, content]) => [path.split('/').at(-1)!, content])),
    }
  }

  /** What the student writes after a prompt. */
  async generate(prompt: string): Promise<string> {
    await this.page.getByRole('textbox', { name: 'Prompt' }).fill(prompt)
    await this.button('Generate').click()
    const written = this.page.getByLabel('What the student wrote')
    await expect(written).toHaveAttribute('aria-busy', 'false', { timeout: 120_000 })
    return (await written.textContent()) ?? ''
  }

  /** Presses Tab until the button of that name has the focus, as a person without a mouse does. */
  async tabTo(button: string): Promise<void> {
    for (let presses = 0; presses < 150; presses++) {
      await this.page.keyboard.press('Tab')
      if (await this.button(button).evaluate((element) => element === document.activeElement)) return
    }
    throw new Error(`150 presses of Tab did not reach the button "${button}".`)
  }
}

export const test = base.extend<{ lab: Lab }>({
  lab: async ({ page }, use) => use(new Lab(page)),
})
export { expect }
