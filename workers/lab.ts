import { holdsRun, readReturnedRun } from './cluster/returned.ts'
import type { BackendChoice } from './device/backends.ts'
import { StudiesDoor } from './door/studies.ts'
import { LabError, messageOf } from './errors.ts'
import { gatheredBlob } from './library/gatheredBlob.ts'
import { readStudentFolder, writeStudentFolder } from './models/folder.ts'
import type {
  CaptureOptions,
  DeviceReport,
  GenerateOptions,
  LabApi,
  PackRunOptions,
  PackStatus,
  Reading,
  RunEstimate,
  TeacherSummary,
} from './protocol.ts'
import { parseRecipe, type Recipe, type RecipeInput } from './recipe.ts'
import { sampleText } from './sampleText.ts'
import type { CaptureSummary } from './teacher/captureShelf.ts'
import { metricsCsv, metricsJsonl } from './training/metricsFile.ts'
import { outlook } from './training/outlook.ts'
import { openWorld } from './training/worldRollouts.ts'

/**
 * The lab behind the worker's door. It decides nothing about segmentation, training or the page; it keeps the pieces
 * together and tells the page what changed.
 */
export class Lab extends StudiesDoor implements LabApi {
  private packing: AbortController | null = null

  // The device

  async useBackend(choice: BackendChoice): Promise<DeviceReport> {
    this.refuseWhileBusy('Changing the backend')
    this.refuseWhileStudying('Changing the backend')
    await this.stage.leaveDevice()
    return this.devices.use(choice)
  }

  // Teachers

  async addTeacher(name: string, files: File[]): Promise<TeacherSummary> {
    const contents = new Map<string, Uint8Array>()
    for (const file of files) contents.set(file.name, new Uint8Array(await file.arrayBuffer()))
    return this.keepTeacher(name, readStudentFolder(contents, name))
  }

  async keepStudentAsTeacher(name: string): Promise<TeacherSummary> {
    return this.keepTeacher(name, this.studentFolder())
  }

  async capture({ teacher, k }: CaptureOptions): Promise<CaptureSummary> {
    this.refuseWhileBusy('A capture')
    this.refuseWhileStudying('A capture')
    const { operations } = this.devices.opened()
    const trajectories = this.collection.included()
    if (trajectories.length === 0)
      throw new LabError('not-now', 'There is nothing to capture the teacher on: load trajectories first.')
    return this.captures.make(operations, this.teachers.named(teacher), teacher, k, trajectories)
  }

  cancelCapture(): void {
    this.captures.cancel()
  }

  async exportCapture(name: string): Promise<Blob> {
    return this.captures.export(name)
  }

  async importCapture(name: string, file: Blob): Promise<CaptureSummary> {
    return this.captures.import(name, file)
  }

  async removeCapture(name: string): Promise<void> {
    this.refuseWhileBusy('Removing a capture')
    return this.captures.remove(name)
  }

  // The run

  async estimate(input: RecipeInput): Promise<RunEstimate> {
    await this.captures.opened
    const material = this.materials.of(parseRecipe(input))
    await openWorld(material)
    return { recipe: material.recipe, ...outlook(material, this.devices.open) }
  }

  // Elsewhere

  async packRun(
    input: RecipeInput,
    options: PackRunOptions,
    onProgress: (status: PackStatus) => void,
  ): Promise<Blob> {
    this.cancelPacking()
    const abort = new AbortController()
    this.packing = abort
    const recipe = parseRecipe(input)
    // A run goes on with what it has; the page reads the files anew when it is over.
    if (!this.runs.busy) await this.readAs(recipe.reading)
    await this.captures.opened
    const material = this.materials.of(recipe)
    // The program is a part of the file and of no use to the page, so it is loaded only now.
    const { packRun } = await import('./cluster/runZip.ts').catch((error) => {
      throw new LabError(
        'fetch-failed',
        `The program of the run could not be loaded (${messageOf(error)}): connect to where this page is from, or reload it, and try again.`,
      )
    })
    const { blob, sink } = gatheredBlob('application/zip')
    await packRun(material, { ...options, signal: abort.signal, progress: onProgress }, sink)
    return blob()
  }

  cancelPacking(): void {
    this.packing?.abort()
  }

  holdsRun(zip: File): Promise<boolean> {
    return holdsRun(zip)
  }

  async takeInRun(name: string, files: File[]): Promise<Recipe> {
    const refuse = () => this.refuseWhileBusy('Taking in a run')
    refuse()
    const returned = await readReturnedRun(name, files)
    // One may have begun while it was read.
    refuse()
    void this.runs.adopt(returned)
    return returned.recipe
  }

  async train(input: RecipeInput): Promise<void> {
    this.refuseWhileBusy('Another run')
    this.refuseWhileStudying('A training run')
    this.devices.opened()
    const recipe = parseRecipe(input)
    await this.runs.begin(recipe.steps, async () => {
      await this.captures.opened
      await this.readAs(recipe.reading)
      return { material: this.materials.of(recipe), opened: () => this.devices.opened() }
    })
  }

  /** @throws LabError `not-now` where that was cancelled, as the texts are then not those that the recipe means */
  private async readAs(reading: Reading): Promise<void> {
    const { cancelled } = await this.collection.setReading(reading)
    if (!cancelled) return
    throw new LabError(
      'not-now',
      'Reading the files as the recipe asks was cancelled, so nothing was begun: start again and let it end, or set the recipe’s reading back.',
    )
  }

  pause(): void {
    this.runs.pause()
  }

  step(): void {
    this.runs.step()
  }

  resume(): void {
    this.runs.resume()
  }

  setLambda(change: Partial<Recipe['objective']['lambda']>): void {
    this.runs.setLambda(change)
  }

  stop(): Promise<void> {
    return this.runs.stop()
  }

  // What is taken home

  async studentFiles(): Promise<Record<string, Uint8Array>> {
    const { config, checkpoint, tokenizer, recipe, corrections } = this.runs.trained()
    const files = writeStudentFolder(config, checkpoint.parameters, tokenizer)
    files['recipe.json'] = new TextEncoder().encode(`${JSON.stringify(recipe, null, 2)}\n`)
    if (corrections) files['corrections.json'] = new TextEncoder().encode(corrections)
    return files
  }

  metricsFile(format: 'jsonl' | 'csv'): string {
    return format === 'jsonl' ? metricsJsonl(this.runs.metrics) : metricsCsv(this.runs.metrics)
  }

  async generate(prompt: string, options: GenerateOptions, onText: (text: string) => void): Promise<string> {
    const student = this.runs.trained()
    const { operations } = this.devices.opened()
    return sampleText(student, operations, prompt, options, onText)
  }
}
