/**
 * Everything that crosses the worker's door, and all that `src` may import from `workers`. The page calls `LabApi`
 * (through Comlink, so every method is asynchronous there) and hears `LabEvent`s; large things stay in the worker
 * and are fetched one at a time.
 */
import type { ActingApi } from './acting/acting.ts'
import type { ClusterPlan } from './cluster/commands.ts'
import type { PackStatus } from './cluster/runZip.ts'
import type { CurriculumView } from './dataset/curriculumView.ts'
import type { BackendChoice, BackendName } from './device/backends.ts'
import type { TrajectoryQuery, TrajectorySummary } from './library/query.ts'
import type { SpanEdit } from './library/spanEdits.ts'
import type { MetricsLine } from './objective/metrics.ts'
import type { Recipe, RecipeInput } from './recipe.ts'
import type { StudyApi, StudyStatus, StudySummary } from './study/page/api.ts'
import type { CaptureSummary } from './teacher/captureShelf.ts'
import type { CaptureStatus } from './teacher/captures.ts'
import type { TeacherSummary } from './teacher/shelf.ts'
import type { RunOutlook } from './training/outlook.ts'
import type { JsonPathSample } from './trajectories/mapping/jsonPath.ts'
import type { Mapping, Reading } from './trajectories/reading.ts'
import type { FileProblem, Span, SpanKind, Warning, WarningCode } from './trajectories/trajectory.ts'

export type {
  ActingApi,
  ActorId,
  ActorPlan,
  EpisodeTask,
  EpisodeView,
  EvaluationProgress,
  EvaluationReport,
  OwnTurn,
  ProposedTurn,
  StateView,
  TurnOptions,
  TurnView,
  WorldSummary,
} from './acting/acting.ts'
export {
  type ClusterPlan,
  DEFAULT_PLAN,
  needsInWords,
  needsOf,
  oneMachine,
  RUN_ZIP,
  severalMachines,
  slurmScript,
} from './cluster/commands.ts'
export {
  CLUSTER_DEFINITIONS,
  fits,
  GPT2_VOCABULARY,
  GPUS,
  type Gpu,
  idleGpus,
  KNOWN_SHAPES,
  memoryPerGpu,
  parametersOf,
  runMs,
  type Workload,
} from './cluster/estimate.ts'
export type { PackStatus } from './cluster/runZip.ts'
export { FILES as TEACHER_IN_FILES } from './contradictions.ts'
export type { CurriculumView } from './dataset/curriculumView.ts'
export type { DatasetReport } from './dataset/row.ts'
export { BACKEND_CHOICES, type BackendChoice, type BackendName } from './device/backends.ts'
export { type Score, SPLITS, type Split } from './environments/environment.ts'
export type { HouseholdView, ObjectView, ReceptacleView } from './environments/household/play.ts'
export type { ShopView } from './environments/shop/play.ts'
export type { WikiView } from './environments/wiki/play.ts'
export { messageOf } from './errors.ts'
export type { Estimates, Summary } from './evaluation/metrics.ts'
export type { Likeness } from './evaluation/reasoning.ts'
export type { Estimate } from './evaluation/statistics.ts'
export type { TrajectoryQuery, TrajectorySummary } from './library/query.ts'
export type { SpanEdit } from './library/spanEdits.ts'
export {
  type Definition,
  ON_POLICY_DEFINITIONS,
  RUN_DEFINITIONS,
  SPAN_DEFINITIONS,
  STEP_DEFINITIONS,
} from './objective/definitions.ts'
export type { MetricsLine, SpanMetrics, StepMetrics, WorldMetrics } from './objective/metrics.ts'
export {
  ARM_SWITCHES,
  ARMS,
  type Arm,
  coefficientOf,
  NORMALISERS,
  ORDERS,
  parseRecipe,
  type Recipe,
  type RecipeInput,
  type RecipeIssue,
  recipeIssues,
  WORLDS,
} from './recipe.ts'
export type { AgreementCurve, CellPoint, Correlation } from './study/agreement.ts'
export type { Choice } from './study/choices.ts'
export type { Comparison } from './study/comparisons.ts'
export { lookOf } from './study/drawing/svg.ts'
export {
  COMPARED,
  DEFINITIONS as STUDY_DEFINITIONS,
  isShare as isStudyShare,
  type MeasureName,
} from './study/measures.ts'
export type {
  StudyApi,
  StudyCellState,
  StudyStatus,
  StudySummary,
  StudyView,
} from './study/page/api.ts'
export { DIFFERENCE_METHOD, type Difference } from './study/paired.ts'
export {
  PAPER,
  PAPER_MISSING,
  PAPER_SETTING,
  PAPER_SOURCES,
  PAPER_WORLDS,
  type PaperFigure,
} from './study/paper.ts'
export type { Passage } from './study/reading.ts'
export type { StudyReport } from './study/report.ts'
export type { Row as StudyRow, StudyTable } from './study/tables.ts'
export { differenceText, pText, valueText, WORLD_NAMES } from './study/wording.ts'
export type { Work } from './study/work.ts'
export type { BuiltInTeacher } from './teacher/builtIn.ts'
export { bytesPerToken } from './teacher/captureFormat.ts'
export type { CaptureSummary } from './teacher/captureShelf.ts'
export type { CaptureStatus } from './teacher/captures.ts'
export type { TeacherSummary } from './teacher/shelf.ts'
export type { TeacherOutlook } from './teacher/signal.ts'
export { WORLD_DEFINITIONS } from './training/worldDefinitions.ts'
export { DEFAULT_READING, type Mapping, type Reading } from './trajectories/reading.ts'
export { TOOL_CALL_FORMS, type ToolCallForm } from './trajectories/toolCall.ts'
export {
  type EnvironmentName,
  type FileProblem,
  SPAN_KINDS,
  type Span,
  type SpanKind,
  WARNING_CODES,
  type Warning,
  type WarningCode,
} from './trajectories/trajectory.ts'

/** The device that computes, as found, not as wished. */
export interface DeviceReport {
  backend: BackendName
  /** The adapter's own name, or the CPU path's. */
  adapter: string
  /** True when WebGPU is there but emulated on the CPU (SwiftShader, lavapipe). */
  software: boolean
  /** Why `automatic` did not take WebGPU, or what a person should know of this backend; a sentence. */
  note?: string
  /** Largest single buffer in bytes; unlimited on CPU paths. */
  maxBufferBytes?: number
  /** What computes on it: our own kernels, or TensorFlow.js' operations. */
  engine: 'fused' | 'reference'
  /** Largest relative error of the known-answer training step at start-up. */
  selfCheckError: number
}

/** What the built-in demo's trajectories name as their file. */
export const DEMO_FILE = 'Built-in household demo'

/** What one loading brought; what is loaded now comes by the event `library`. */
export interface LoadReport {
  files: number
  added: number
  problems: FileProblem[]
  /** A person cancelled it; what had been read until then stays. */
  cancelled?: boolean
}

/** A loading under way. */
export interface LoadingStatus {
  file: string
  filesDone: number
  files: number
  /** Of all files together, as they lie on disk. */
  bytesDone: number
  bytesTotal: number
  /** Read so far. */
  trajectories: number
}

/** A file that trajectories came from. */
export interface FileSummary {
  file: string
  trajectories: number
  /** Trajectories with at least one warning. */
  warned: number
}

/** What is loaded, in numbers that do not grow with it. */
export interface LibraryState {
  /** Grows with every change; a list that was asked for before it is stale. */
  version: number
  trajectories: number
  excluded: number
  corrected: number
  /** Those that came with log-probabilities, but for excluded ones. */
  logprobs: number
  characters: number
  /** The files that were loaded first, and how many more there are. */
  files: FileSummary[]
  moreFiles: number
  /** What there is to filter by, each with the number of its trajectories. */
  formats: [string, number][]
  environments: [string, number][]
  taskTypes: [string, number][]
  warnings: [WarningCode, number][]
  outcomes: { succeeded: number; failed: number; unknown: number }
  /** What undo and redo would do, in a few words. */
  undo?: string
  redo?: string
  /** How the texts were read. */
  reading: Reading
}

/** The trajectories that a query found, file by file. */
export interface TrajectoryList {
  version: number
  ids: Int32Array
  /** Where in `ids` the trajectories of each file begin. */
  files: { file: string; start: number }[]
}

export interface TrajectoryView {
  summary: TrajectorySummary
  text: string
  spans: Span[]
  warnings: Warning[]
}

/** The beginning of a file, for mapping its fields or markers by hand. */
export type FileSample =
  /** Records as they are, and every path that leads to a value in them. */
  { kind: 'json'; records: string; paths: JsonPathSample[] } | { kind: 'text'; text: string }

/** What a mapping makes of the beginning of a file. */
export interface MappingPreview {
  /** Trajectories in the part that was looked at. */
  trajectories: number
  /** The first of them. */
  first?: { text: string; spans: Span[]; warnings: Warning[] }
  /** Why there is none; a sentence. */
  message?: string
}

export const EXPORTS = ['spans', 'tokens', 'chat'] as const
/**
 * `spans`: as `lab segment` prints them. `tokens`: ids, kinds and weights under a recipe. `chat`: messages with a
 * weight each. All JSONL; excluded trajectories are left out.
 */
export type ExportKind = (typeof EXPORTS)[number]

/** Token boundaries of one trajectory under a tokenizer. */
export interface TokenView {
  id: number
  vocabularySize: number
  /** UTF-16 offsets of the characters in which tokens start and end, in order. */
  starts: Int32Array
  ends: Int32Array
  /** KIND_CODES of each token. */
  tokens: Record<SpanKind, number>
}

/** What a recipe will cost and train on, before it is started. */
export interface RunEstimate extends RunOutlook {
  recipe: Recipe
}

export type RunState = 'idle' | 'preparing' | 'running' | 'paused' | 'finished' | 'stopped' | 'failed'

export interface RunStatus {
  state: RunState
  step: number
  steps: number
  /** What is being prepared, or why the run ended; a sentence. */
  message?: string
  /** What has happened to the run on the way and stays worth knowing; a sentence. */
  notice?: string
  /** The name of what it was taken in from, where it was trained elsewhere. */
  takenIn?: string
  tokensPerSecond?: number
  /** Estimated milliseconds left. */
  remainingMs?: number
  /** Bytes of arrays in use on the device, the most there were at a time since the run began. */
  memoryBytes?: number
  /** Bytes that the backend holds, in use or to be used again. */
  pooledBytes?: number
  /** A student can be downloaded, sampled and used as teacher. */
  hasStudent: boolean
  /** The step whose weights that student holds; earlier than `step` after a lost device. */
  studentStep?: number
}

export type LabEvent =
  | { type: 'device'; device: DeviceReport | null; message?: string }
  | { type: 'loading'; loading: LoadingStatus | null }
  | { type: 'library'; library: LibraryState }
  | { type: 'teachers-changed'; teachers: TeacherSummary[] }
  | { type: 'captures-changed'; captures: CaptureSummary[] }
  | { type: 'capture'; capture: CaptureStatus | null }
  | { type: 'run'; status: RunStatus }
  | { type: 'study'; status: StudyStatus }
  | { type: 'studies'; studies: StudySummary[] }
  /** The curriculum of the run that begins, the teacher's entropy measured where it counts. */
  | { type: 'curriculum'; curriculum: CurriculumView }
  /** With `anew`, of another run than those before. */
  | { type: 'metrics'; lines: MetricsLine[]; anew?: boolean }

/** How a run is packed. */
export interface PackRunOptions {
  plan: ClusterPlan
  /** A model teacher is not in the file, and named when the run is started. */
  teacherLeftOut: boolean
}

export interface CaptureOptions {
  /** The name of a loaded teacher. */
  teacher: string
  /** Likeliest tokens to keep per position. */
  k: number
}

export interface GenerateOptions {
  /** Tokens to write at most. */
  maxTokens: number
  /** 0 takes the most likely token; otherwise samples at this temperature. */
  temperature: number
  /** Draws from the k most likely only; 0 means all. */
  topK?: number
  /** Draws from the fewest most likely tokens whose probabilities reach this sum, of 1. */
  topP?: number
  /** The text ends before the first of these that it would hold. */
  stop?: readonly string[]
  seed: number
}

export interface DemoOptions {
  seed: number
  trajectories: number
}

export interface LabApi extends ActingApi, StudyApi {
  /** Hears everything from now on; the present state is sent at once. */
  subscribe(listener: (event: LabEvent) => void): void
  /** Opens a backend; tensors of an unfinished run are carried over as its last checkpoint. Refused while a run is active. */
  useBackend(choice: BackendChoice): Promise<DeviceReport>

  /** Replaces nothing: adds what the built-in household generator writes. */
  loadDemo(options: DemoOptions): Promise<LoadReport>
  /** Loadings wait for each other. A file of corrections (`exportCorrections`) is applied to what is loaded. */
  loadFiles(files: File[]): Promise<LoadReport>
  loadText(name: string, text: string): Promise<LoadReport>
  /** The only place in the lab that asks another host for something, and only when a person asked for it. */
  loadUrl(url: string): Promise<LoadReport>
  /** Ends every loading at once; what has been read stays. */
  cancelLoading(): void
  /** Reads every loaded file anew, when it is not read like this already; corrections whose text is the same stay. */
  setReading(reading: Reading): Promise<LoadReport>
  /** Removes the trajectories of one file, or all. */
  removeTrajectories(file?: string): void

  /** The trajectories that a query finds; a later call makes an unfinished one return what it has. */
  list(query: TrajectoryQuery): Promise<TrajectoryList>
  /** Of those ids that are still loaded. */
  summaries(ids: Int32Array | number[]): TrajectorySummary[]
  trajectory(id: number): TrajectoryView
  /** Keeps trajectories out of training, of the tokenizer and of exports, or takes them in again. */
  setExcluded(ids: Int32Array | number[], excluded: boolean): Promise<void>
  editSpans(id: number, edit: SpanEdit): TrajectoryView
  /** Forgets what was corrected by hand in this trajectory. */
  resetSpans(id: number): TrajectoryView
  /** @returns the trajectory that changed, if it was a single one */
  undo(): number | undefined
  redo(): number | undefined

  /** The beginning of a loaded or refused file. */
  fileSample(file: string): Promise<FileSample>
  previewMapping(file: string, mapping: Mapping): Promise<MappingPreview>

  exportTrajectories(kind: ExportKind, recipe: RecipeInput): Promise<Blob>
  /** What was corrected by hand, by content hash; `loadFiles` takes it back. */
  exportCorrections(): Blob

  /** Token boundaries under the tokenizer that the recipe names; trains it first where needed. */
  tokens(id: number, recipe: RecipeInput): Promise<TokenView>
  /** A student folder: model.safetensors, config.json, tokenizer.json. */
  addTeacher(name: string, files: File[]): Promise<TeacherSummary>
  /** The present student, kept as a teacher under this name. */
  keepStudentAsTeacher(name: string): Promise<TeacherSummary>

  /**
   * Runs a teacher over the trajectories that are not excluded and keeps what it predicts, in the page's own file
   * system where there is one. Refused while a run is active or another capture under way.
   */
  capture(options: CaptureOptions): Promise<CaptureSummary>
  cancelCapture(): void
  /** The file of a capture; `importCapture` and the command line take it. */
  exportCapture(name: string): Promise<Blob>
  importCapture(name: string, file: Blob): Promise<CaptureSummary>
  removeCapture(name: string): Promise<void>

  estimate(recipe: RecipeInput): Promise<RunEstimate>
  /**
   * A run with its program as one file, to be trained elsewhere (`cluster/commands.ts`); of all trajectories that are
   * not excluded. A later call ends an earlier one.
   */
  packRun(
    recipe: RecipeInput,
    options: PackRunOptions,
    onProgress: (status: PackStatus) => void,
  ): Promise<Blob>
  cancelPacking(): void
  /** Whether a zip holds the folder of a run, and so is not one of trajectories. */
  holdsRun(zip: File): Promise<boolean>
  /**
   * Shows a run that was trained elsewhere, in the place of the last one; refused while a run is active. What it cannot
   * read changes nothing.
   *
   * @param files of the folder that the run was written to, named without it, or one zip of it
   * @returns its recipe
   */
  takeInRun(name: string, files: File[]): Promise<Recipe>
  /** Begins a run and returns once the first step is about to be taken; refused while a run is active. */
  train(recipe: RecipeInput): Promise<void>
  pause(): void
  /** One optimiser step while paused. */
  step(): void
  resume(): void
  /** Weights of the span kinds from the active run's next step on, recorded in its metrics; those not named stay. */
  setLambda(change: Partial<Recipe['objective']['lambda']>): void
  /** Ends the run; its student stays. */
  stop(): Promise<void>

  /** model.safetensors, config.json, tokenizer.json, generation_config.json, recipe.json, and corrections.json where spans were corrected. */
  studentFiles(): Promise<Record<string, Uint8Array>>
  metricsFile(format: 'jsonl' | 'csv'): string
  /** Continues a prompt with the present student; `onText` hears the text as it grows. */
  generate(prompt: string, options: GenerateOptions, onText: (text: string) => void): Promise<string>
}
