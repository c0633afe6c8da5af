import { NativeSelect } from '@mantine/core'
import type { WorldSummary } from '../../workers/protocol.ts'
import { FilePick } from '../lab/FilePick.tsx'
import { counted } from '../lab/format.ts'
import { useLab } from '../lab/store.ts'
import classes from './Acting.module.css'
import { ErrorLine } from './ErrorLine.tsx'
import { worldNamed } from './worldsSlice.ts'

/** Which world is acted in, and what it is made of; a person's own come from files. */
export function WorldPicker() {
  const worlds = useLab((state) => state.worlds)
  const chosen = useLab((state) => state.wantedTask.world)
  const wantTask = useLab((state) => state.wantTask)
  const addWorld = useLab((state) => state.addWorld)
  const adding = useLab((state) => state.addingWorld)
  const world = worldNamed(worlds, chosen)
  return (
    <section className={classes.group} aria-labelledby="world-title">
      <h2 id="world-title">World</h2>
      <NativeSelect
        aria-label="World"
        value={chosen}
        data={worlds.map(({ name, title }) => ({ value: name, label: title }))}
        onChange={(event) => wantTask({ world: event.currentTarget.value })}
      />
      {world && <About world={world} />}
      <div className={classes.buttons}>
        <FilePick
          onFiles={addWorld}
          loading={adding}
          title="HotpotQA’s distractor JSON, JSON lines of title and text, or WebShop’s item files; drop works, too"
        >
          Open your own world…
        </FilePick>
      </div>
      <ErrorLine place="world" />
    </section>
  )
}

function About({ world }: { world: WorldSummary }) {
  const remove = useLab((state) => state.removeWorld)
  const { name, about, problems, uploaded, stepCap } = world
  return (
    <>
      <p className={classes.soft}>
        {about} An episode has {counted(stepCap, 'step')}.
      </p>
      {problems.length > 0 && (
        <details className={classes.problems}>
          <summary>{counted(problems.length, 'problem')} in its files</summary>
          <ul>
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </details>
      )}
      {uploaded && (
        <button type="button" className={classes.link} onClick={() => remove(name)}>
          Put this world away
        </button>
      )}
    </>
  )
}
