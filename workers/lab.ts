import type {
  ActorId,
  ActorPlan,
  EpisodeTask,
  EpisodeView,
  EvaluationProgress,
  EvaluationReport,
  OwnTurn,
  ProposedTurn,
  TurnOptions,
  WorldSummary,
} from './acting/acting.ts'
import { Stage } from './acting/stage.ts'
import { holdsRun, readReturnedRun } from './cluster/returned.ts'
import { tokenView } from './dataset/tokenView.ts'
import type { BackendChoice } from './device/backends.ts'
import { DeviceKeeper } from './deviceKeeper.ts'
import { householdTrajectories } from './environments/household/demo.ts'
import { LabError, messageOf } from './errors.ts'
import { Collection } from './library/collection.ts'
import { exportBlob } from './library/exportBlob.ts'
import { gatheredBlob } from './library/gatheredBlob.ts'
import { Materials } from './materials.ts'
import { readStudentFolder, type StudentFolder, writeStudentFolder } from './models/folder.ts'
import {
  type CaptureOptions,
  DEMO_FILE,
  type DemoOptions,
  type DeviceReport,
  type ExportKind,
  type FileSample,
  type GenerateOptions,
  type LabApi,
  type LabEvent,
  type LoadReport,
  type Mapping,
  type MappingPreview,
  type PackRunOptions,
  type PackStatus,
  type Reading,
  type RunEstimate,
  type SpanEdit,
  type TeacherSummary,
  type TokenView,
  type TrajectoryList,
  type TrajectoryQuery,
  type TrajectorySummary,
  type TrajectoryView,
} from './protocol.ts'
import { parseRecipe, type Recipe, type RecipeInput } from './recipe.ts'
import { RunKeeper } from './runKeeper.ts'
import { sampleText } from './sampleText.ts'
import { StudyKeeper } from './study/keeper.ts'
import type { StudySummary, StudyView } from './study/page/api.ts'
import type { StudyReport } from './study/report.ts'
import {
  type BuiltInTeacher,
  builtInName,
  builtInSource,
  builtInTeachers,
  fetchBuiltInTeacher,
} from './teacher/builtIn.ts'
import type { CaptureSummary } from './teacher/captureShelf.ts'
import { Captures } from './teacher/captures.ts'
import { TeacherShelf } from './teacher/shelf.ts'
import { metricsCsv, metricsJsonl } from './training/metricsFile.ts'
import { outlook } from './training/outlook.ts'
import { openWorld } from './training/worldRollouts.ts'
import { chatLine, spanLine, tokenLine } from './trajectories/export.ts'
import { fetchFile } from './trajectories/fetchFile.ts'
import type { Trajectory } from './trajectories/trajectory.ts'

/**
 * The lab behind the worker's door: what is loaded, the device, the teachers and the one run. It decides nothing about
 * segmentation, training or the page; it keeps the pieces together and tells the page what changed.
 */
export class Lab implements LabApi {
  private readonly listeners = new Set<(event: LabEvent) => void>()
  private readonly collection = new Collection({
    loading: (loading) => this.emit({ type: 'loading', loading }),
    changed: (library) => this.emit({ type: 'library', library }),
  })
  private readonly teachers = new TeacherShelf()
  private readonly captures = new Captures({
    status: (capture) => this.emit({ type: 'capture', capture }),
    changed: (captures) => {
      this.materials.forgetTeachers()
      this.emit({ type: 'captures-changed', captures })
    },
  })
  private readonly materials = new Materials(this.collection, this.teachers, this.captures)
  private packing: AbortController | null = null
  private readonly devices = new DeviceKeeper({
    changed: (device, message) => this.emit({ type: 'device', device, ...(message && { message }) }),
    failed: (error) => {
      this.runs.fail(error)
      this.captures.cancel(error)
      this.stage.fail(error)
      this.studyKeeper.fail(error)
      // Another device is opened, so that the lab can go on, and with it the run where it can.
      void this.runs.ended
        .then(() => this.devices.reopen())
        .then(
          (opened) => this.runs.recover(opened),
          () => this.runs.giveUp(),
        )
    },
  })
  private readonly runs = new RunKeeper(() => this.devices.memory, {
    status: (status) => this.emit({ type: 'run', status }),
    metrics: (lines, anew) => this.emit({ type: 'metrics', lines, anew }),
    curriculum: (curriculum) => this.emit({ type: 'curriculum', curriculum }),
  })

  private readonly stage = new Stage({
    operations: () => this.devices.opened().operations,
    student: () => this.studentFolder(),
    teacher: (name) => this.teachers.named(name),
  })

  private readonly studyKeeper = new StudyKeeper(
    {
      device: () => this.devices.opened(),
      present: () => this.devices.open,
      teacher: (source) => this.studyTeacher(source),
      others: async (recipe) => {
        await this.captures.opened
        return { teacher: this.teachers.of(recipe), capture: this.captures.of(recipe) }
      },
    },
    {
      status: (status) => this.emit({ type: 'study', status }),
      changed: (studies) => this.emit({ type: 'studies', studies }),
    },
  )

  subscribe(listener: (event: LabEvent) => void): void {
    this.listeners.add(listener)
    listener({ type: 'device', device: this.devices.report })
    listener({ type: 'library', library: this.collection.state() })
    listener({ type: 'teachers-changed', teachers: this.teachers.summaries() })
    listener({ type: 'captures-changed', captures: this.captures.summaries() })
    const { status, metrics } = this.runs
    listener({ type: 'run', status })
    if (metrics.length > 0) listener({ type: 'metrics', lines: metrics })
    if (this.studyKeeper.status) listener({ type: 'study', status: this.studyKeeper.status })
  }

  private emit(event: LabEvent): void {
    for (const listener of this.listeners) listener(event)
  }

  // The device

  async useBackend(choice: BackendChoice): Promise<DeviceReport> {
    this.refuseWhileBusy('Changing the backend')
    this.refuseWhileStudying('Changing the backend')
    await this.stage.leaveDevice()
    return this.devices.use(choice)
  }

  // Trajectories

  async loadDemo({ seed, trajectories }: DemoOptions): Promise<LoadReport> {
    const files = householdTrajectories({ seed, trajectories })
    return this.loadText(
      DEMO_FILE,
      JSON.stringify(Object.fromEntries(files.map((file) => [file.name, file.text]))),
    )
  }

  loadFiles(files: File[]): Promise<LoadReport> {
    return this.collection.load(
      files.map((file) => ({ name: file.webkitRelativePath || file.name, blob: file })),
    )
  }

  loadText(name: string, text: string): Promise<LoadReport> {
    return this.collection.load([{ name, blob: new Blob([text]) }])
  }

  async loadUrl(url: string): Promise<LoadReport> {
    const { name, bytes } = await fetchFile(url)
    return this.collection.load([{ name, blob: new Blob([bytes as Uint8Array<ArrayBuffer>]) }])
  }

  cancelLoading(): void {
    this.collection.cancelLoading()
  }

  setReading(reading: Reading): Promise<LoadReport> {
    this.refuseWhileBusy('Reading the files anew')
    return this.collection.setReading(reading)
  }

  removeTrajectories(file?: string): void {
    if (this.runs.looksUp)
      this.refuseWhileBusy('Removing trajectories whose log-probabilities are being learned')
    this.collection.remove(file)
  }

  list(query: TrajectoryQuery): Promise<TrajectoryList> {
    return this.collection.list(query)
  }

  summaries(ids: Int32Array | number[]): TrajectorySummary[] {
    return this.collection.summaries(ids)
  }

  trajectory(id: number): TrajectoryView {
    return this.collection.view(id)
  }

  setExcluded(ids: Int32Array | number[], excluded: boolean): Promise<void> {
    return this.collection.corrector.setExcluded(ids, excluded)
  }

  editSpans(id: number, edit: SpanEdit): TrajectoryView {
    this.collection.corrector.editSpans(id, edit)
    return this.collection.view(id)
  }

  resetSpans(id: number): TrajectoryView {
    this.collection.corrector.resetSpans(id)
    return this.collection.view(id)
  }

  undo(): number | undefined {
    return this.collection.corrector.undo()
  }

  redo(): number | undefined {
    return this.collection.corrector.redo()
  }

  fileSample(file: string): Promise<FileSample> {
    return this.collection.fileSample(file)
  }

  previewMapping(file: string, mapping: Mapping): Promise<MappingPreview> {
    return this.collection.previewMapping(file, mapping)
  }

  async tokens(id: number, input: RecipeInput): Promise<TokenView> {
    await this.captures.opened
    const trajectory = this.collection.loaded(id)
    const recipe = parseRecipe(input)
    return tokenView(trajectory, id, this.materials.tokenizerOf(recipe))
  }

  async exportTrajectories(kind: ExportKind, input: RecipeInput): Promise<Blob> {
    await this.captures.opened
    const recipe = parseRecipe(input)
    const { lambda } = recipe.objective
    const tokenizer = kind === 'tokens' ? this.materials.tokenizerOf(recipe) : null
    const line = (trajectory: Trajectory) => {
      if (tokenizer !== null) return tokenLine(trajectory, tokenizer, lambda)
      return kind === 'chat' ? chatLine(trajectory, lambda) : spanLine(trajectory)
    }
    return exportBlob(this.collection.included(), (trajectory) => JSON.stringify(line(trajectory)))
  }

  exportCorrections(): Blob {
    const file = this.collection.correctionsFile()
    if (file === null)
      throw new LabError('not-now', 'Nothing was corrected by hand, so there is nothing to save.')
    return new Blob([file])
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

  /** The present student. @throws LabError `not-now` where there is none yet */
  private studentFolder(): StudentFolder {
    const { config, checkpoint, tokenizer } = this.runs.trained()
    return { config, parameters: checkpoint.parameters, tokenizer: tokenizer.toJSON() }
  }

  private keepTeacher(name: string, folder: StudentFolder): TeacherSummary {
    const summary = this.teachers.keep(name, folder)
    this.materials.forgetTeachers()
    this.emit({ type: 'teachers-changed', teachers: this.teachers.summaries() })
    return summary
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

  private refuseWhileBusy(what: string): void {
    if (this.runs.busy) {
      throw new LabError('not-now', `${what} must wait: a run is active, so stop it first.`)
    }
    if (this.captures.busy) {
      throw new LabError('not-now', `${what} must wait: a capture is under way, so let it end or cancel it.`)
    }
  }

  private refuseWhileStudying(what: string): void {
    if (!this.studyKeeper.busy) return
    throw new LabError('not-now', `${what} must wait: a study is under way, so stop it in “Studies” first.`)
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

  // Acting

  worlds(): Promise<WorldSummary[]> {
    return this.stage.worlds()
  }

  addWorld(files: File[]): Promise<WorldSummary> {
    return this.stage.addWorld(files)
  }

  removeWorld(name: string): Promise<void> {
    return this.stage.removeWorld(name)
  }

  openEpisode(task: EpisodeTask): Promise<EpisodeView> {
    return this.stage.openEpisode(task)
  }

  closeEpisode(id: number): Promise<void> {
    return this.stage.closeEpisode(id)
  }

  actInEpisode(id: number, turn: OwnTurn): Promise<EpisodeView> {
    return this.stage.actInEpisode(id, turn)
  }

  takeTurn(
    id: number,
    actor: ActorId,
    options: TurnOptions,
    onText: (text: string) => void,
  ): Promise<EpisodeView> {
    return this.stage.takeTurn(id, actor, options, onText)
  }

  proposeTurn(
    id: number,
    actor: ActorId,
    atTurn: number | undefined,
    onText: (text: string) => void,
  ): Promise<ProposedTurn | null> {
    return this.stage.proposeTurn(id, actor, atTurn, onText)
  }

  undoTurn(id: number): Promise<EpisodeView> {
    return this.stage.undoTurn(id)
  }

  stopActing(): void {
    this.stage.stopActing()
  }

  evaluateActor(
    actor: ActorId,
    plan: ActorPlan,
    onProgress: (progress: EvaluationProgress) => void,
  ): Promise<EvaluationReport | null> {
    return this.stage.evaluateActor(actor, plan, onProgress)
  }

  async builtInTeachers(): Promise<BuiltInTeacher[]> {
    return builtInTeachers()
  }

  async addBuiltInTeacher(
    name: string,
    onProgress?: (bytesDone: number, bytesTotal: number) => void,
  ): Promise<TeacherSummary> {
    return this.keepTeacher(builtInSource(name), await fetchBuiltInTeacher(name, onProgress))
  }

  // Studies

  studies(): Promise<StudySummary[]> {
    return this.studyKeeper.summaries()
  }

  openStudy(file: File): Promise<StudySummary> {
    return this.studyKeeper.open(file)
  }

  removeStudy(id: string): Promise<void> {
    return this.studyKeeper.remove(id)
  }

  studyView(id: string): Promise<StudyView> {
    return this.studyKeeper.view(id)
  }

  studyReport(id: string): Promise<StudyReport | null> {
    return this.studyKeeper.report(id)
  }

  studyFiles(id: string): Promise<Record<string, string>> {
    return this.studyKeeper.reportFiles(id)
  }

  exportStudy(id: string): Promise<Blob> {
    return this.studyKeeper.export(id)
  }

  async runStudy(id: string, cells: readonly string[]): Promise<void> {
    this.refuseWhileBusy('A study')
    await this.studyKeeper.begin(id, cells)
  }

  pauseStudy(): void {
    this.studyKeeper.pause()
  }

  resumeStudy(): void {
    this.studyKeeper.resume()
  }

  stopStudy(): Promise<void> {
    return this.studyKeeper.stop()
  }

  /** The model that a study names: one on the shelf, else one that comes with the page, which is fetched then. */
  private async studyTeacher(source: string): Promise<StudentFolder> {
    const builtIn = builtInName(source) ?? source
    const loaded = new Set(this.teachers.summaries().map(({ name }) => name))
    const name = [source, builtInSource(builtIn)].find((one) => loaded.has(one))
    if (name !== undefined) return this.teachers.named(name)
    if (builtInTeachers().some((teacher) => teacher.name === builtIn)) {
      return this.teachers.named((await this.addBuiltInTeacher(builtIn)).name)
    }
    throw new LabError(
      'invalid-teacher',
      `The study’s teacher “${source}” is neither loaded nor does it come with this page: load its student folder under that name in “Train” first.`,
    )
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
