import { Modal, NativeSelect, NumberInput, Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import { GPUS } from '../../workers/protocol.ts'
import { useLab } from '../lab/store.ts'
import classes from './Cluster.module.css'
import { Commands } from './Commands.tsx'
import { chosenOf, FIRST_MACHINES, MOST, sizesOf } from './plan.ts'
import { RunZip } from './RunZip.tsx'
import { Sizes } from './Sizes.tsx'

/** Everything that a run needs to be trained elsewhere: its file, the commands, and what it will take. */
export function ClusterDialog() {
  const opened = useLab((state) => state.clusterOpen)
  const close = useLab((state) => state.closeCluster)
  // Kept while the dialog is closed.
  const [machines, setMachines] = useState(FIRST_MACHINES)
  const [leftOut, setLeftOut] = useState(false)
  const recipe = useLab((state) => state.recipe)
  const teachers = useLab((state) => state.teachers)
  const estimate = useLab((state) => state.estimate)
  const taught = recipe.teacher.kind === 'model'
  const change = (part: Partial<typeof machines>) => setMachines({ ...machines, ...part })

  const content = () => {
    const sizes = sizesOf(recipe, estimate, teachers)
    const chosen = chosenOf(machines, sizes[0]!.work)
    return (
      <div className={classes.dialog}>
        <p className={classes.words}>
          The same recipe on PyTorch, over as many GPUs as there are: the file holds the trajectories, the
          recipe, the tokenizer, the teacher and the program itself. What comes back is dropped onto this
          page.
        </p>
        <section className={classes.fields} aria-label="Machines">
          <NativeSelect
            label="GPU"
            data={GPUS.map(({ name }) => name)}
            value={machines.gpu}
            onChange={(event) => change({ gpu: event.currentTarget.value })}
          />
          <NumberInput
            label="GPUs per machine"
            min={1}
            max={MOST.gpus}
            allowDecimal={false}
            value={machines.gpus}
            onChange={(gpus) => change({ gpus })}
          />
          <NumberInput
            label="Machines"
            min={1}
            max={MOST.machines}
            allowDecimal={false}
            value={machines.machines}
            onChange={(many) => change({ machines: many })}
          />
          <TextInput
            label="First machine"
            title="The name or address under which the others reach it."
            spellCheck={false}
            value={machines.host}
            onChange={(event) => change({ host: event.currentTarget.value })}
          />
          <NumberInput
            label="Share of peak, %"
            title="How much of a GPU’s published peak a run reaches; between 30 and 50 % is usual."
            min={1}
            max={100}
            value={machines.share}
            onChange={(share) => change({ share })}
          />
        </section>
        {taught && (
          <Switch
            label="Leave the teacher out"
            description="It is then named by --teacher when the run is started."
            checked={leftOut}
            onChange={(event) => setLeftOut(event.currentTarget.checked)}
          />
        )}
        <RunZip plan={chosen.plan} teacherLeftOut={taught && leftOut} />
        <Sizes sizes={sizes} chosen={chosen} />
        <Commands plan={chosen.plan} recipe={recipe} teacherLeftOut={taught && leftOut} />
      </div>
    )
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      title="Take this run to a cluster"
      size="min(1060px, 96vw)"
      yOffset="3dvh"
    >
      {opened && content()}
    </Modal>
  )
}
