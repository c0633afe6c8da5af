import type { HouseholdView } from '../../../workers/protocol.ts'

/** A room of the household: what the agent knows of its receptacles. */
export function HouseholdDrawing({ view, showAll }: { view: HouseholdView; showAll: boolean }) {
  return (
    <section aria-label="The room">
      <p>In hand: {view.holding ?? 'nothing'}</p>
      <ul aria-label="Receptacles">
        {view.receptacles.map(({ name, here, seen, contents }) => (
          <li key={name} aria-current={here ? 'location' : undefined}>
            {name}: {(showAll ? contents : seen)?.join(', ') ?? 'not looked at'}
          </li>
        ))}
      </ul>
    </section>
  )
}
