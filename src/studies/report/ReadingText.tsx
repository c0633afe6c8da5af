import type { Passage } from '../../../workers/protocol.ts'
import classes from './Report.module.css'
import type { Chosen } from './selection.ts'

interface ReadingTextProps {
  passages: readonly Passage[]
  chosen: Chosen
}

/** What the numbers show and what they do not, in sentences; passages on other settings than the chosen one are folded. */
export function ReadingText({ passages, chosen }: ReadingTextProps) {
  return (
    <div className={classes.reading}>
      {passages.map(({ title, sentences }) => (
        <details key={title} open={isAbout(title, chosen)}>
          <summary>{title}</summary>
          <ul>
            {sentences.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </details>
      ))}
    </div>
  )
}

/** Titles of settings end like "many (1,000 trajectories), student medium (2 layers, width 32)". */
function isAbout(title: string, { amount, student }: Chosen): boolean {
  if (!/, student \S+ \(/.test(title)) return true
  return title.includes(`, ${amount} (`) && title.includes(`, student ${student} (`)
}
