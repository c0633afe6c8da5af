import { Component, type ReactNode } from 'react'
import { messageOf } from '../../workers/protocol.ts'
import { ReloadNotice } from './CrashNotice.tsx'

/** Shows a sentence and a way on where drawing the page itself has failed. */
export class CatchFailure extends Component<{ children: ReactNode }, { failure?: string }> {
  override state: { failure?: string } = {}

  static getDerivedStateFromError(thrown: unknown) {
    return { failure: messageOf(thrown) }
  }

  override render() {
    const { failure } = this.state
    if (failure === undefined) return this.props.children
    return <ReloadNotice message={`The page could not be drawn (${failure}); reload it to go on.`} />
  }
}
