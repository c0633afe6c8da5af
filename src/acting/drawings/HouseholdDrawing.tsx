import { VisuallyHidden } from '@mantine/core'
import type { HouseholdView } from '../../../workers/protocol.ts'
import classes from './HouseholdDrawing.module.css'
import {
  type DrawnObject,
  type DrawnReceptacle,
  drawnHeld,
  drawnReceptacles,
  taskInWords,
} from './household.ts'

/** A room of the household: what the agent knows of its receptacles, where it stands and what it holds. */
export function HouseholdDrawing({ view, showAll }: { view: HouseholdView; showAll: boolean }) {
  const held = drawnHeld(view)
  return (
    <section className={classes.room} aria-label="The room">
      <dl className={classes.facts}>
        <div>
          <dt>Wanted</dt>
          <dd>
            {taskInWords(view.task)}
            {view.goalReached && <span className={classes.reached}>reached</span>}
          </dd>
        </div>
        <div>
          <dt>Agent</dt>
          <dd>{view.at.length === 0 ? 'in the middle of the room' : `at ${view.at.join(' and ')}`}</dd>
        </div>
        <div>
          <dt>In hand</dt>
          <dd>{held ? <Thing {...held} /> : 'nothing'}</dd>
        </div>
      </dl>
      <ul className={classes.receptacles} aria-label="Receptacles">
        {drawnReceptacles(view, showAll).map((receptacle) => (
          <Receptacle key={receptacle.name} {...receptacle} />
        ))}
      </ul>
    </section>
  )
}

function Receptacle({ name, here, wanted, door, objects }: DrawnReceptacle) {
  return (
    <li
      className={classes.receptacle}
      data-here={here}
      data-unseen={objects === null}
      data-door={door}
      aria-current={here ? 'location' : undefined}
    >
      <div className={classes.head}>
        <span className={classes.name} data-wanted={wanted}>
          {name}
          {wanted && <VisuallyHidden>, where the task ends</VisuallyHidden>}
        </span>
        {door && <span className={classes.door}>{door}</span>}
        {here && <span className={classes.here}>agent</span>}
      </div>
      {objects === null ? (
        <p className={classes.soft}>not looked {door === 'closed' ? 'into' : 'at'}</p>
      ) : objects.length === 0 ? (
        <p className={classes.soft}>empty</p>
      ) : (
        <ul className={classes.things} aria-label={`In or on ${name}`}>
          {objects.map((object) => (
            <li key={object.name}>
              <Thing {...object} />
            </li>
          ))}
        </ul>
      )}
    </li>
  )
}

function Thing({ name, states, seen, wanted }: DrawnObject) {
  return (
    <span className={classes.thing} data-seen={seen} data-wanted={wanted}>
      {name}
      {states.map((state) => (
        <span key={state} className={classes.mark} data-mark={state}>
          {state}
        </span>
      ))}
      {!seen && <VisuallyHidden>, not seen by the agent</VisuallyHidden>}
    </span>
  )
}
