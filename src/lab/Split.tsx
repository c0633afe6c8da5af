import { useLocalStorage } from '@mantine/hooks'
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef } from 'react'
import classes from './Split.module.css'

const LEAST = 15
const MOST = 85
const MIDDLE = 50

/** Two panes one above the other, with a bar between them that moves by pointer and by arrow keys. */
export function Split({ label, above, below }: { label: string; above: ReactNode; below: ReactNode }) {
  const [share, setShare] = useLocalStorage({ key: 'lab-split', defaultValue: MIDDLE })
  const box = useRef<HTMLDivElement>(null)
  const put = (percent: number) => setShare(Math.round(Math.min(MOST, Math.max(LEAST, percent))))

  const drag = (event: PointerEvent<HTMLDivElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !box.current) return
    const { top, height } = box.current.getBoundingClientRect()
    put(((event.clientY - top) / height) * 100)
  }
  const press = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowUp: share - 4, ArrowDown: share + 4, Home: LEAST, End: MOST }
    const target = moves[event.key]
    if (target === undefined) return
    event.preventDefault()
    put(target)
  }

  return (
    <div ref={box} className={classes.split} style={{ '--share': `${share}%` } as React.CSSProperties}>
      <div className={classes.above}>{above}</div>
      {/* biome-ignore lint/a11y/useSemanticElements: an hr cannot be moved; this is ARIA's window splitter */}
      <div
        role="separator"
        aria-label={label}
        aria-orientation="horizontal"
        aria-valuenow={share}
        aria-valuemin={LEAST}
        aria-valuemax={MOST}
        tabIndex={0}
        className={classes.bar}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onKeyDown={press}
        onDoubleClick={() => put(MIDDLE)}
      />
      <div className={classes.below}>{below}</div>
    </div>
  )
}
