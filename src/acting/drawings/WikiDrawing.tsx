import type { WikiView } from '../../../workers/protocol.ts'
import { counted } from '../../lab/format.ts'
import classes from './WikiDrawing.module.css'
import { lookupInWords, markedParts, type Stretch, stretchesOf } from './wiki.ts'

interface WikiDrawingProps {
  view: WikiView
  showAll: boolean
}

/** The page of the encyclopedia that is open, as far as the agent was shown it, and those that it has visited. */
export function WikiDrawing({ view, showAll }: WikiDrawingProps) {
  const { question, page, visited, lookup, similar, answer } = view
  return (
    <section className={classes.wiki} aria-label="The encyclopedia">
      <p className={classes.question}>
        <span className={classes.soft}>Question</span> {question}
      </p>
      {visited.length > 0 && (
        <nav aria-label="Pages visited">
          <ol className={classes.visited}>
            {visited.map((title) => (
              <li key={title} aria-current={title === page?.title ? 'page' : undefined}>
                {title}
              </li>
            ))}
          </ol>
        </nav>
      )}
      {similar.length > 0 && (
        <p className={classes.notFound}>
          The last search found no page. Similar titles: {similar.join(' · ')}
        </p>
      )}
      {page ? (
        <article className={classes.page} aria-label={`Page ${page.title}`}>
          <h4>{page.title}</h4>
          {page.sentences.length === 0 && <p className={classes.soft}>This page holds no text.</p>}
          <p>
            {stretchesOf(page).map((stretch) => (
              <Sentences key={stretch.from} {...stretch} showAll={showAll} lookup={lookup} />
            ))}
          </p>
          {lookup && <p className={classes.soft}>{lookupInWords(lookup)}</p>}
        </article>
      ) : (
        <p className={classes.none}>No page is open yet.</p>
      )}
      {answer !== null && (
        <p className={classes.answer}>
          <span className={classes.soft}>Answered</span> <b>{answer}</b>
        </p>
      )}
    </section>
  )
}

interface SentencesProps extends Stretch {
  showAll: boolean
  lookup: WikiView['lookup']
}

function Sentences({ from, sentences, seen, showAll, lookup }: SentencesProps) {
  if (!seen && !showAll)
    return <span className={classes.gap}>… {counted(sentences.length, 'sentence')} not shown … </span>
  return sentences.map((sentence, index) => {
    const found = lookup?.sentence === from + index
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: a sentence is known by its place
      <span key={index} className={found ? classes.found : undefined} data-seen={seen}>
        {found
          ? markedParts(sentence, lookup.word).map(({ text, marked }, part) =>
              // biome-ignore lint/suspicious/noArrayIndexKey: a part is known by its place
              marked ? <mark key={part}>{text}</mark> : text,
            )
          : sentence}{' '}
      </span>
    )
  })
}
