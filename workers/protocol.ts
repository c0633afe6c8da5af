/**
 * Everything that crosses the worker's door, and all that `src` may import from `workers`. The page calls `LabApi`
 * (through Comlink, so every method is asynchronous there) and hears `LabEvent`s; large things stay in the worker
 * and are fetched one at a time.
 */
import type { DatasetReport } from './dataset/row.ts'
import type { BackendChoice, BackendName } from './device/backends.ts'
import type { MetricsLine } from './objective/metrics.ts'
import type { Recipe, RecipeInput } from './recipe.ts'
import type { TeacherSummary } from './teacher/shelf.ts'
import type { TrajectorySummary } from './trajectories/library.ts'
import type { FileProblem, Span, SpanKind, Warning } from './trajectories/trajectory.ts'

export type { DatasetReport } from './dataset/row.ts'
export { BACKEND_CHOICES, type BackendChoice, type BackendName } from './device/backends.ts'
export { messageOf } from './errors.ts'
export type { MetricsLine, SpanMetrics } from './objective/metrics.ts'
export {
  ARM_SWITCHES,
  ARMS,
  type Arm,
  NORMALISERS,
  ORDERS,
  parseRecipe,
  type Recipe,
  type RecipeInput,
  type RecipeIssue,
  recipeIssues,
} from './recipe.ts'
export type { TeacherSummary } from './teacher/shelf.ts'
export type { TrajectorySummary } from './trajectories/library.ts'
export {
  type EnvironmentName,
  type FileProblem,
  SPAN_KINDS,
  type Span,
  type SpanKind,
  type Warning,
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
  /** Largest relative error of the known-answer training step at start-up. */
  selfCheckError: number
}

/** What the built-in demo's trajectories name as their file. */
export const DEMO_FILE = 'Built-in household demo'

/** What one loading brought: all of the trajectories now loaded come by `trajectories-changed`. */
export interface LoadReport {
  files: number
  added: number
  problems: FileProblem[]
}

export interface TrajectoryView {
  id: number
  text: string
  spans: Span[]
  warnings: Warning[]
}

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
export interface RunEstimate {
  recipe: Recipe
  parameters: number
  vocabularySize: number
  /** Weights, optimiser state, gradients and activations, estimated. */
  memoryBytes: number
  dataset: DatasetReport
  /** A sentence when the adapter cannot hold this student; starting would fail with it. */
  refusal?: string
}

export type RunState = 'idle' | 'preparing' | 'running' | 'paused' | 'finished' | 'stopped' | 'failed'

export interface RunStatus {
  state: RunState
  step: number
  steps: number
  /** What is being prepared, or why the run ended; a sentence. */
  message?: string
  tokensPerSecond?: number
  /** Estimated milliseconds left. */
  remainingMs?: number
  /** Bytes of tensors alive in the backend. */
  memoryBytes?: number
  /** A student can be downloaded, sampled and used as teacher. */
  hasStudent: boolean
  /** The step whose weights that student holds; earlier than `step` after a lost device. */
  studentStep?: number
}

export type LabEvent =
  | { type: 'device'; device: DeviceReport | null; message?: string }
  | { type: 'loading'; file: string; done: number; total: number }
  | { type: 'trajectories-changed'; trajectories: TrajectorySummary[] }
  | { type: 'teachers-changed'; teachers: TeacherSummary[] }
  | { type: 'run'; status: RunStatus }
  | { type: 'metrics'; lines: MetricsLine[] }

export interface GenerateOptions {
  /** Tokens to write at most. */
  maxTokens: number
  /** 0 takes the most likely token; otherwise samples at this temperature. */
  temperature: number
  seed: number
}

export interface DemoOptions {
  seed: number
  trajectories: number
}

export interface LabApi {
  /** Hears everything from now on; the present state is sent at once. */
  subscribe(listener: (event: LabEvent) => void): void
  /** Opens a backend; tensors of an unfinished run are carried over as its last checkpoint. Refused while a run is active. */
  useBackend(choice: BackendChoice): Promise<DeviceReport>

  /** Replaces nothing: adds what the built-in household generator writes. */
  loadDemo(options: DemoOptions): Promise<LoadReport>
  loadFiles(files: File[]): Promise<LoadReport>
  loadText(name: string, text: string): Promise<LoadReport>
  /** The only place in the lab that makes a request, and only when a person asked for it. */
  loadUrl(url: string): Promise<LoadReport>
  /** Removes the trajectories of one file, or all. */
  removeTrajectories(file?: string): void
  trajectory(id: number): TrajectoryView
  /** Token boundaries under the tokenizer that the recipe names; trains it first where needed. */
  tokens(id: number, recipe: RecipeInput): Promise<TokenView>
  /** The loaded trajectories as `lab segment` prints them, one JSON line each. */
  exportSpans(): string

  /** A student folder: model.safetensors, config.json, tokenizer.json. */
  addTeacher(name: string, files: File[]): Promise<TeacherSummary>
  /** The present student, kept as a teacher under this name. */
  keepStudentAsTeacher(name: string): Promise<TeacherSummary>

  estimate(recipe: RecipeInput): Promise<RunEstimate>
  /** Begins a run and returns once the first step is about to be taken; refused while a run is active. */
  train(recipe: RecipeInput): Promise<void>
  pause(): void
  /** One optimiser step while paused. */
  step(): void
  resume(): void
  /** Ends the run; its student stays. */
  stop(): Promise<void>

  /** model.safetensors, config.json, tokenizer.json, generation_config.json, recipe.json. */
  studentFiles(): Promise<Record<string, Uint8Array>>
  metricsFile(format: 'jsonl' | 'csv'): string
  /** Continues a prompt with the present student; `onText` hears the text as it grows. */
  generate(prompt: string, options: GenerateOptions, onText: (text: string) => void): Promise<string>
}
