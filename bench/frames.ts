import type { Page } from '@playwright/test'

/** How the page's main thread fared over a stretch of time. */
export interface Smoothness {
  seconds: number
  /** Longest task of the main thread, ms; null when none reached 50 ms, below which a browser does not report it. */
  longestTaskMs: number | null
  longTasks: number
  /** Longest animation frame with all its work, ms; null when none reached 50 ms. */
  longestAnimationFrameMs: number | null
  /** Median and worst time between two animation frames, ms, and frames per second over the whole stretch. */
  medianFrameMs: number
  worstFrameMs: number
  framesPerSecond: number
}

interface Recorder {
  start: number
  frames: number[]
  tasks: number[]
  animationFrames: number[]
  observers: PerformanceObserver[]
  running: boolean
}

type RecordingWindow = typeof globalThis & { recorder?: Recorder }

/** Begins to record frames and long tasks in the page. */
export async function startRecording(page: Page): Promise<void> {
  await page.evaluate(() => {
    const recorder: Recorder = {
      start: performance.now(),
      frames: [],
      tasks: [],
      animationFrames: [],
      observers: [],
      running: true,
    }
    const observe = (type: string, durations: number[]) => {
      if (!PerformanceObserver.supportedEntryTypes.includes(type)) return
      const observer = new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) durations.push(entry.duration)
      })
      observer.observe({ type })
      recorder.observers.push(observer)
    }
    observe('longtask', recorder.tasks)
    observe('long-animation-frame', recorder.animationFrames)
    let last: number | undefined
    const frame = (now: number) => {
      if (last !== undefined) recorder.frames.push(now - last)
      last = now
      if (recorder.running) requestAnimationFrame(frame)
    }
    requestAnimationFrame(frame)
    ;(globalThis as RecordingWindow).recorder = recorder
  })
}

/** Ends the recording and sums it up. */
export async function stopRecording(page: Page): Promise<Smoothness> {
  return page.evaluate(() => {
    const recorder = (globalThis as RecordingWindow).recorder!
    recorder.running = false
    for (const observer of recorder.observers) observer.disconnect()
    const seconds = (performance.now() - recorder.start) / 1000
    const sorted = recorder.frames.toSorted((a, b) => a - b)
    const longest = (durations: number[]) =>
      durations.length > 0 ? Math.round(Math.max(...durations)) : null
    const tenths = (ms: number) => Math.round(ms * 10) / 10
    return {
      seconds: tenths(seconds),
      longestTaskMs: longest(recorder.tasks),
      longTasks: recorder.tasks.length,
      longestAnimationFrameMs: longest(recorder.animationFrames),
      medianFrameMs: tenths(sorted[Math.floor(sorted.length / 2)] ?? 0),
      worstFrameMs: tenths(sorted.at(-1) ?? 0),
      framesPerSecond: tenths(recorder.frames.length / seconds),
    }
  })
}
