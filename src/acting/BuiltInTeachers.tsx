import { useEffect } from 'react'
import { bytes, compact, count, percent } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import { BuiltInLoad } from '../recipe/BuiltInLoad.tsx'
import classes from './Acting.module.css'

/** The teachers that come with the lab: how large they are, how often they succeed, and a button that fetches them. */
export function BuiltInTeachers() {
  const builtIns = useLab((state) => state.builtIns)
  const loadBuiltIns = useLab((state) => state.loadBuiltIns)
  useEffect(() => {
    void loadBuiltIns()
  }, [loadBuiltIns])
  return (
    <section className={classes.group} aria-labelledby="built-in-title">
      <h2 id="built-in-title">Built-in teachers</h2>
      {builtIns.length === 0 && <p className={classes.soft}>This copy of the lab comes without any.</p>}
      <ul className={classes.teachers} aria-label="Built-in teachers">
        {builtIns.map(({ name, title, about, parameters, bytes: size, success }) => (
          <li key={name}>
            <b title={about}>{title}</b>
            <span className={classes.soft}>
              {compact(parameters)} parameters, {bytes(size)}; solves {percent(success.mean)} [
              {percent(success.low)}, {percent(success.high)}] of {count(success.episodes)} unseen test tasks
            </span>
            <BuiltInLoad name={name} />
          </li>
        ))}
      </ul>
    </section>
  )
}
