import { Button, CopyButton } from '@mantine/core'
import {
  type ClusterPlan,
  needsInWords,
  needsOf,
  oneMachine,
  type Recipe,
  severalMachines,
  slurmScript,
} from '../../workers/protocol.ts'
import { counted } from '../lab/format.ts'
import classes from './Cluster.module.css'

interface CommandsProps {
  plan: ClusterPlan
  recipe: Recipe
  teacherLeftOut: boolean
}

/** How the file is trained, for the shell. */
export function Commands({ plan, recipe, teacherLeftOut }: CommandsProps) {
  const needs = needsOf(recipe, teacherLeftOut)
  const gpus = counted(plan.gpus, 'GPU')
  return (
    <section aria-labelledby="commands-title" className={classes.commands}>
      <h3 id="commands-title">Commands</h3>
      <p className={classes.words}>Only PyTorch has to be installed. {needsInWords(needs).join(' ')}</p>
      <Command name="One machine" about={gpus} text={oneMachine(plan, needs)} />
      <Command
        name="Several machines"
        about={`the same on each of the ${counted(plan.machines, 'machine')}, ${gpus} each; ${plan.host} is the first of them`}
        text={severalMachines(plan, needs)}
      />
      <Command
        name="Slurm"
        about="save it as run.sbatch beside the file, then: sbatch run.sbatch"
        text={slurmScript(plan, needs)}
      />
    </section>
  )
}

function Command({ name, about, text }: { name: string; about: string; text: string }) {
  return (
    <section className={classes.command} aria-label={name}>
      <div className={classes.heading}>
        <h4>{name}</h4>
        <span className={classes.soft}>{about}</span>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="compact-xs" onClick={copy} aria-label={`Copy: ${name}`}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </section>
  )
}
