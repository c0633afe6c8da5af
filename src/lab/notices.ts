import { notifications } from '@mantine/notifications'
import { messageOf } from '../../workers/protocol.ts'

/** Shows one sentence that stays until it is dismissed; the same sentence is shown once. */
export function complain(message: string): void {
  notifications.show({
    id: message,
    message,
    color: 'red',
    autoClose: false,
    withBorder: true,
    closeButtonProps: { 'aria-label': 'Dismiss' },
    role: 'alert',
  })
}

/** Says that something was done; goes away by itself. */
export function tell(message: string): void {
  notifications.show({
    message,
    autoClose: 5000,
    withBorder: true,
    closeButtonProps: { 'aria-label': 'Dismiss' },
  })
}

/** Waits for a call to the worker; what it rejects with is shown to the person, and undefined comes back. */
export async function attempt<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (thrown) {
    complain(messageOf(thrown))
    return undefined
  }
}
