import { Button, Group, Modal } from '@mantine/core'
import { useLab } from '../lab/store.ts'
import classes from './Cluster.module.css'

/** Asks before a run from elsewhere takes the place of what is on show. */
export function ReturnedDialog() {
  const returned = useLab((state) => state.returned)
  const hasStudent = useLab((state) => state.run.hasStudent)
  const idle = useLab((state) => state.run.state === 'idle')
  const take = useLab((state) => state.takeInReturned)
  const leave = useLab((state) => state.leaveReturned)
  return (
    <Modal opened={returned !== null} onClose={leave} title={`Show the run “${returned?.name ?? ''}”?`}>
      <p className={classes.words}>
        {!idle && (
          <>
            It takes the place of the run on show
            {hasStudent && ', whose student is gone then unless it was downloaded or kept as teacher'}.{' '}
          </>
        )}
        Its recipe takes the place of the one in the fields.
      </p>
      <Group justify="flex-end" gap="xs" mt="sm">
        <Button data-autofocus onClick={leave}>
          Cancel
        </Button>
        <Button variant="filled" onClick={take}>
          Show it
        </Button>
      </Group>
    </Modal>
  )
}
