import type { StudyApi, StudySummary, StudyView } from '../study/page/api.ts'
import type { StudyReport } from '../study/report.ts'
import { ActingDoor } from './acting.ts'

/** The lab's door to the studies. */
export abstract class StudiesDoor extends ActingDoor implements StudyApi {
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
}
