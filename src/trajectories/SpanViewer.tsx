import { Button, CopyButton, Menu, Switch } from '@mantine/core'
import { useRef } from 'react'
import type { TrajectorySummary, TrajectoryView } from '../../workers/protocol.ts'
import { counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { EditBar } from './EditBar.tsx'
import { Legend } from './Legend.tsx'
import { SpanEditor, type SpanEditorHandle } from './SpanEditor.tsx'
import classes from './SpanViewer.module.css'

/** One trajectory as the lab understands it: its text, cut into spans, and what corrects them. */
export function SpanViewer() {
  const selected = useLab((state) => state.selected)
  const view = useLab((state) => state.view)
  const said = useLab((state) => state.editSaid)
  return (
    <section className={classes.viewer} aria-label="Spans">
      {view && view.summary.id === selected ? (
        <Trajectory key={selected} view={view} />
      ) : (
        <p className={classes.empty}>
          {selected !== null
            ? 'Loading the trajectory …'
            : 'Load trajectories, or press “Try the demo”, to see them cut into reason and act spans.'}
        </p>
      )}
      <p className={classes.said} role="status" aria-label="Last correction">
        {said}
      </p>
    </section>
  )
}

function Trajectory({ view }: { view: TrajectoryView }) {
  const text = useRef<SpanEditorHandle>(null)
  return (
    <>
      <Heading view={view} />
      <Legend view={view} />
      <EditBar view={view} pickSpan={(step) => text.current?.pickSpan(step)} />
      <TokensMessage />
      {view.warnings.length > 0 && (
        <ul className={classes.warnings} aria-label="Warnings of this trajectory">
          {view.warnings.map((warning) => (
            <li key={`${warning.code} ${warning.offset}`}>
              <button type="button" onClick={() => text.current?.jumpTo(warning.offset)}>
                <span aria-hidden="true">⚠</span> line {warning.line}
              </button>{' '}
              {warning.message}
            </li>
          ))}
        </ul>
      )}
      <SpanEditor ref={text} view={view} />
    </>
  )
}

function Heading({ view: { summary, text } }: { view: TrajectoryView }) {
  const showTokens = useLab((state) => state.showTokens)
  const setShowTokens = useLab((state) => state.setShowTokens)
  const openMapping = useLab((state) => state.openMapping)
  const about = aboutOf(summary).join(' · ')
  return (
    <div className={classes.heading}>
      <h2 className={classes.title} title={summary.title}>
        {summary.title}
      </h2>
      {summary.corrected && <span className={classes.state}>Corrected</span>}
      {summary.excluded && <span className={classes.state}>Excluded</span>}
      <span className={classes.about} title={about}>
        {about}
      </span>
      <Switch
        label="Token boundaries"
        checked={showTokens}
        onChange={(event) => setShowTokens(event.currentTarget.checked)}
      />
      <Menu>
        <Menu.Target>
          <Button size="compact-xs">More</Button>
        </Menu.Target>
        <Menu.Dropdown>
          <CopyButton value={text}>
            {({ copy }) => <Menu.Item onClick={copy}>Copy the whole text</Menu.Item>}
          </CopyButton>
          <Menu.Item onClick={() => openMapping(summary.file)}>Map this file by hand …</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  )
}

/** What is known of a trajectory beside its text; what went well or wrong first, the place it came from last. */
function aboutOf(summary: TrajectorySummary): string[] {
  const { success, reward, taskType, environment, logprobs } = summary
  return [
    success === undefined ? '' : success ? 'succeeded' : 'failed',
    reward === undefined ? '' : `reward ${reward}`,
    taskType ?? '',
    counted(summary.steps, 'step'),
    logprobs > 0 ? `${counted(logprobs, 'token')} with log-probabilities` : '',
    environment === 'unknown' ? '' : environment,
    summary.format,
    `${summary.file} #${summary.index + 1}`,
  ].filter((part) => part !== '')
}

function TokensMessage() {
  const shown = useLab((state) => state.showTokens)
  const message = useLab((state) => state.tokensMessage)
  if (!shown || !message) return null
  return (
    <p className={classes.message} role="status">
      No token boundaries: {message}
    </p>
  )
}
