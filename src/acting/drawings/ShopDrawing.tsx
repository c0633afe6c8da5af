import type { ShopView } from '../../../workers/protocol.ts'

/** The shop's page that is open: the search box, results, or a good with its options. */
export function ShopDrawing({ view }: { view: ShopView; showAll: boolean }) {
  const { instruction, results, item } = view
  return (
    <section aria-label="The shop">
      <p>{instruction}</p>
      {item && (
        <h4>
          {item.title}, {item.priceTag}
        </h4>
      )}
      <ul aria-label="Results">
        {results.map(({ id, title, priceTag }) => (
          <li key={id}>
            {title}, {priceTag}
          </li>
        ))}
      </ul>
    </section>
  )
}
