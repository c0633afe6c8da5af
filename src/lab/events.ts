import * as Comlink from 'comlink'
import type { LabEvent, RunStatus } from '../../workers/protocol.ts'
import { metricsLog } from '../training/metricsLog.ts'
import { isActive } from '../training/slice.ts'
import { lab, worker } from './client.ts'
import { backendInAddress } from './deviceSlice.ts'
import { complain } from './notices.ts'
import { labStore } from './store.ts'
import { viewInAddress } from './viewSlice.ts'

/** Milliseconds between two renderings of a run's progress. */
const PROGRESS_INTERVAL = 250

/** Connects the page to its worker, opens a backend and loads the demo. Called once. */
export function start(): void {
  const crashed = (detail: string) =>
    labStore.setState({
      crash: `The lab's worker has stopped (${detail}); reload the page to go on. What was not downloaded is lost.`,
    })
  worker.addEventListener('error', (event) => crashed(event.message || 'it could not be started'))
  worker.addEventListener('messageerror', () => crashed('a message could not be read'))
  window.addEventListener('unhandledrejection', (event) =>
    complain(String(event.reason?.message ?? event.reason)),
  )

  // A person went back, or wrote into the address.
  window.addEventListener('popstate', () => labStore.setState({ shownView: viewInAddress(location.hash) }))

  lab.subscribe(Comlink.proxy(hear))
  const { chooseBackend, loadDemo } = labStore.getState()
  chooseBackend(backendInAddress(location.search))
  loadDemo()
}

function hear(event: LabEvent): void {
  switch (event.type) {
    case 'device':
      labStore.setState({ device: event.device, deviceMessage: event.message })
      // Another device may hold what the last one could not.
      labStore.getState().refreshEstimate()
      return
    case 'loading':
      labStore.setState({ loading: event.loading })
      return
    case 'library':
      labStore.getState().showLibrary(event.library)
      return
    case 'teachers-changed':
      labStore.setState({ teachers: event.teachers })
      return
    case 'captures-changed':
      labStore.getState().showCaptures(event.captures)
      return
    case 'capture':
      labStore.setState({ capture: event.capture })
      return
    case 'run':
      hearRun(event.status)
      return
    case 'study':
      labStore.setState({ studyStatus: event.status })
      return
    case 'studies':
      labStore.getState().hearStudies(event.studies)
      return
    case 'curriculum':
      labStore.setState({ runCurriculum: event.curriculum })
      return
    case 'metrics':
      metricsLog.append(event.lines, event.anew)
      return
  }
}

let latest: RunStatus | undefined
let timer: ReturnType<typeof setTimeout> | undefined

/** A change of state is shown at once, mere progress a few times a second. */
function hearRun(status: RunStatus): void {
  const shown = labStore.getState().run
  latest = status
  if (
    status.state !== shown.state ||
    status.message !== shown.message ||
    status.hasStudent !== shown.hasStudent
  ) {
    show()
  } else {
    timer ??= setTimeout(show, PROGRESS_INTERVAL)
  }
}

function show(): void {
  clearTimeout(timer)
  timer = undefined
  if (!latest) return
  const ended = isActive(labStore.getState().run) && !isActive(latest)
  labStore.setState({ run: latest })
  // Nothing is read while a run is active; what is read as the recipe says already is left alone.
  if (!ended) return
  labStore.getState().readAnew()
  // What was asked while the run was active has not been answered.
  labStore.getState().refreshEstimate()
}
