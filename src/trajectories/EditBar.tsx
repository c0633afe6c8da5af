import { Button, Kbd, Popover } from '@mantine/core'
import { useEffect } from 'react'
import { SPAN_KINDS, type TrajectoryView } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import classes from './EditBar.module.css'
import { KIND_NAMES } from './kinds.ts'
import { mergeOf, pickedIn, relabelOf, shortWordsOfPick, splitOf, wordsOfPick } from './picked.ts'

/** What can be done to the picked text. */
export function EditBar({ view, pickSpan }: { view: TrajectoryView; pickSpan: (step: -1 | 1) => void }) {
  const { spans, summary } = view
  const picked = pickedIn(useLab((state) => (state.pick?.id === summary.id ? state.pick : null)))
  const edit = useLab((state) => state.editSpans)
  const reset = useLab((state) => state.resetSpans)
  const split = picked && splitOf(picked, spans)
  const merge = picked && mergeOf(picked, spans)
  return (
    <div className={classes.bar} role="toolbar" aria-label="Correct spans">
      <Button
        size="compact-xs"
        aria-label="Previous span"
        title="Pick the span before"
        onClick={() => pickSpan(-1)}
      >
        ‹
      </Button>
      <Button
        size="compact-xs"
        aria-label="Next span"
        title="Pick the span after"
        onClick={() => pickSpan(1)}
      >
        ›
      </Button>
      <span className={classes.picked} aria-hidden="true" title={wordsOfPick(picked, spans)}>
        {shortWordsOfPick(picked, spans)}
      </span>
      <span id="span-picked" className={classes.hidden}>
        {wordsOfPick(picked, spans)}
      </span>
      {SPAN_KINDS.map((kind, index) => (
        <button
          key={kind}
          type="button"
          className={classes.kind}
          data-kind={kind}
          disabled={!picked}
          title={`Make the picked text, or the span at the caret, ${KIND_NAMES[kind].name} (${index + 1})`}
          aria-label={`Make it ${KIND_NAMES[kind].name}`}
          aria-keyshortcuts={String(index + 1)}
          onClick={() => picked && edit(relabelOf(picked, spans, kind))}
        >
          <span className={classes.key}>{index + 1}</span>{' '}
          {kind === 'observation' ? 'Obs' : KIND_NAMES[kind].name}
        </button>
      ))}
      <Button
        size="compact-xs"
        disabled={!split}
        title="Cut the span where the picked text begins (S)"
        onClick={() => split && edit(split)}
      >
        Split
      </Button>
      <Button
        size="compact-xs"
        disabled={!merge}
        title="Make one span of all that the picked text touches (M)"
        onClick={() => merge && edit(merge)}
      >
        Merge
      </Button>
      <Button
        size="compact-xs"
        disabled={!summary.corrected}
        title="Take the spans that the segmenter drew"
        onClick={reset}
      >
        Reset
      </Button>
      <History />
      <Keys />
    </div>
  )
}

function History() {
  const undoable = useLab((state) => state.library?.undo)
  const redoable = useLab((state) => state.library?.redo)
  const undo = useLab((state) => state.undo)
  const redo = useLab((state) => state.redo)
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const key = event.key.toLowerCase()
      if (!(event.ctrlKey || event.metaKey) || event.altKey || (key !== 'z' && key !== 'y')) return
      // A field takes back what was typed in it.
      if ((event.target as Element | null)?.closest?.('input, textarea, select, [role="dialog"]')) return
      event.preventDefault()
      if (key === 'y' || event.shiftKey) redo()
      else undo()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [undo, redo])
  return (
    <>
      <Button
        size="compact-xs"
        disabled={undoable === undefined}
        aria-label="Undo"
        aria-keyshortcuts="Control+Z"
        title={undoable === undefined ? 'Nothing to undo' : `Undo ${undoable} (Ctrl+Z)`}
        onClick={undo}
      >
        ↶
      </Button>
      <Button
        size="compact-xs"
        disabled={redoable === undefined}
        aria-label="Redo"
        aria-keyshortcuts="Control+Shift+Z Control+Y"
        title={redoable === undefined ? 'Nothing to redo' : `Redo ${redoable} (Ctrl+Shift+Z)`}
        onClick={redo}
      >
        ↷
      </Button>
    </>
  )
}

const KEYS: [string[], string][] = [
  [['←', '→', '↑', '↓'], 'move the caret in the text'],
  [['Ctrl', '↑ ↓'], 'to the span before, after'],
  [['Shift', 'any of these'], 'pick text on the way'],
  [['Enter'], 'pick the whole span'],
  [['1', '…', '5'], 'give it a kind'],
  [['S'], 'split the span at the caret'],
  [['M'], 'merge the picked spans'],
  [['Ctrl', 'Z'], 'undo; with Shift, redo'],
]

function Keys() {
  return (
    <Popover position="bottom-end" width={330} withArrow shadow="sm">
      <Popover.Target>
        <Button size="compact-xs" aria-label="Keys for correcting spans">
          ?
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <p className={classes.help}>
          Drag over the text, or click and then click again with Shift, however far apart. With the text in
          focus:
        </p>
        <dl className={classes.keys}>
          {KEYS.map(([keys, does]) => (
            <div key={does}>
              <dt>
                {keys.map((key) => (
                  <Kbd key={key} size="xs">
                    {key}
                  </Kbd>
                ))}
              </dt>
              <dd>{does}</dd>
            </div>
          ))}
        </dl>
      </Popover.Dropdown>
    </Popover>
  )
}
