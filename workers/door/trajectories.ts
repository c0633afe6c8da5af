import { tokenView } from '../dataset/tokenView.ts'
import { householdTrajectories } from '../environments/household/demo.ts'
import { LabError } from '../errors.ts'
import { exportBlob } from '../library/exportBlob.ts'
import {
  DEMO_FILE,
  type DemoOptions,
  type ExportKind,
  type FileSample,
  type LoadReport,
  type Mapping,
  type MappingPreview,
  type Reading,
  type SpanEdit,
  type TokenView,
  type TrajectoryList,
  type TrajectoryQuery,
  type TrajectorySummary,
  type TrajectoryView,
} from '../protocol.ts'
import { parseRecipe, type RecipeInput } from '../recipe.ts'
import { chatLine, spanLine, tokenLine } from '../trajectories/export.ts'
import { fetchFile } from '../trajectories/fetchFile.ts'
import type { Trajectory } from '../trajectories/trajectory.ts'
import { LabParts } from './parts.ts'

/** The lab's door to what is loaded. */
export abstract class TrajectoriesDoor extends LabParts {
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
}
