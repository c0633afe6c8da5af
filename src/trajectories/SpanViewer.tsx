import { Button, CopyButton, Switch } from '@mantine/core'
import { useMemo, useRef } from 'react'
import { counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { Legend } from './Legend.tsx'
import { SpanText, type SpanTextHandle } from './SpanText.tsx'
import classes from './SpanViewer.module.css'

/** One trajectory as the lab understands it: its text, cut into spans. */
export function SpanViewer() {
  const selected = useLab((state) => state.selected)
  const trajectories = useLab((state) => state.trajectories)
  const view = useLab((state) => state.view)
  const showTokens = useLab((state) => state.showTokens)
  const setShowTokens = useLab((state) => state.setShowTokens)
  const tokensMessage = useLab((state) => state.tokensMessage)
  const text = useRef<SpanTextHandle>(null)
  const summary = useMemo(() => trajectories.find(({ id }) => id === selected), [trajectories, selected])

  if (!summary || !view || view.id !== summary.id) {
    return (
      <section className={classes.viewer} aria-label="Spans">
        <p className={classes.empty}>
          {summary
            ? 'Loading the trajectory …'
            : 'Load trajectories, or press “Try the demo”, to see them cut into reason and act spans.'}
        </p>
      </section>
    )
  }
  return (
    <section className={classes.viewer} aria-labelledby="spans-title">
      <div className={classes.heading}>
        <h2 id="spans-title" className={classes.title} title={summary.title}>
          {summary.title}
        </h2>
        <span className={classes.about} title={summary.file}>
          {summary.file} #{summary.index + 1} · {summary.format}
          {summary.environment !== 'unknown' && ` · ${summary.environment}`} ·{' '}
          {counted(summary.steps, 'step')}
        </span>
        <Switch
          label="Token boundaries"
          checked={showTokens}
          onChange={(event) => setShowTokens(event.currentTarget.checked)}
        />
        <CopyButton value={view.text}>
          {({ copied, copy }) => (
            <Button size="compact-xs" onClick={copy}>
              {copied ? 'Copied' : 'Copy text'}
            </Button>
          )}
        </CopyButton>
      </div>
      <Legend view={view} summary={summary} />
      {showTokens && tokensMessage && (
        <p className={classes.message} role="status">
          No token boundaries: {tokensMessage}
        </p>
      )}
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
      <SpanText key={view.id} ref={text} view={view} />
    </section>
  )
}
