import type { WikiView } from '../../../workers/protocol.ts'

/** The page of the encyclopedia that is open, as far as the agent was shown it. */
export function WikiDrawing({ view, showAll }: { view: WikiView; showAll: boolean }) {
  const { page, question } = view
  return (
    <section aria-label="The encyclopedia">
      <p>{question}</p>
      {page && (
        <>
          <h4>{page.title}</h4>
          <p>{page.sentences.slice(0, showAll ? undefined : page.shown).join(' ')}</p>
        </>
      )}
    </section>
  )
}
