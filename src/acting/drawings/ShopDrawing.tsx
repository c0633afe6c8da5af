import { VisuallyHidden } from '@mantine/core'
import type { ShopView } from '../../../workers/protocol.ts'
import { counted, loss } from '../../lab/format.ts'
import classes from './ShopDrawing.module.css'
import { affordable, againstLimit, lowestPrice, money, rewardParts } from './shop.ts'

interface ShopDrawingProps {
  view: ShopView
  /** Also what the reward looks for, of which the agent knows the instruction only. */
  showAll: boolean
}

/** The shop's page that is open: the search box, results, or a good with its options. */
export function ShopDrawing({ view, showAll }: ShopDrawingProps) {
  const { page, instruction, query, item } = view
  return (
    <section className={classes.shop} aria-label="The shop">
      <p>
        <span className={classes.soft}>Asked for</span> {instruction}
      </p>
      {showAll && <Wanted {...view.wanted} />}
      <div className={classes.window}>
        <p className={classes.search}>
          <span className={classes.soft}>Search</span>
          <span className={classes.query}>{query || <VisuallyHidden>nothing yet</VisuallyHidden>}</span>
        </p>
        {page === 'start' && <p className={classes.soft}>Nothing has been searched for.</p>}
        {page === 'results' && <Results {...view} />}
        {item && <Item view={view} item={item} />}
      </div>
      {view.reward && (
        <p className={classes.bought} role="note">
          <b>Bought: reward {loss(view.reward.total)}</b> ({rewardParts(view).join(', ')})
        </p>
      )}
    </section>
  )
}

function Wanted({ attributes, options, priceLimit }: ShopView['wanted']) {
  return (
    <dl className={classes.wanted} aria-label="What the reward looks for">
      <dt>Attributes</dt>
      <dd>{attributes.join(', ') || 'none'}</dd>
      <dt>Options</dt>
      <dd>{options.join(', ') || 'none'}</dd>
      <dt>Price</dt>
      <dd>{priceLimit === null ? 'no limit' : `${money(priceLimit)} at most`}</dd>
    </dl>
  )
}

function Results({ pageNumber, total, results, wanted }: ShopView) {
  return (
    <>
      <p className={classes.soft}>
        Page {pageNumber} of {counted(total, 'result')}
      </p>
      {results.length === 0 && <p className={classes.soft}>Nothing stands on it.</p>}
      <ol className={classes.results} aria-label="Results">
        {results.map(({ id, title, priceTag }) => {
          const over = affordable(lowestPrice(priceTag), wanted.priceLimit) === 'over'
          return (
            <li key={id}>
              <span className={classes.id}>{id}</span>
              <span className={classes.title}>{title}</span>
              <span className={classes.price} data-over={over}>
                {priceTag}
                {over && <span className={classes.over}> over the limit</span>}
              </span>
            </li>
          )
        })}
      </ol>
    </>
  )
}

function Item({ view, item }: { view: ShopView; item: NonNullable<ShopView['item']> }) {
  const { wanted, subPage } = view
  return (
    <article className={classes.item} aria-label={`Item ${item.id}`}>
      <h4>{item.title}</h4>
      <p>
        <b>{item.priceTag}</b>{' '}
        <span className={classes.price} data-over={affordable(item.price, wanted.priceLimit) === 'over'}>
          {againstLimit(item.price, wanted.priceLimit)}
        </span>
      </p>
      {subPage ? (
        <>
          <h5>{subPage.name}</h5>
          {subPage.lines.length === 0 && <p className={classes.soft}>Nothing stands here.</p>}
          <ul className={classes.lines}>
            {subPage.lines.map((line, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a line is known by its place
              <li key={place}>{line}</li>
            ))}
          </ul>
        </>
      ) : (
        item.options.map(({ name, values, chosen }) => (
          <div key={name} className={classes.option}>
            <span className={classes.soft}>{name}</span>
            <ul aria-label={chosen === null ? `${name}: nothing chosen` : `${name}: ${chosen} chosen`}>
              {values.map((value) => (
                <li key={value} data-chosen={value === chosen}>
                  {value === chosen && <span aria-hidden="true">✓ </span>}
                  {value}
                </li>
              ))}
            </ul>
          </div>
        ))
      )}
    </article>
  )
}
