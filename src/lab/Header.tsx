import { Button, SegmentedControl, useMantineColorScheme } from '@mantine/core'
import { isActive } from '../training/slice.ts'
import classes from './Header.module.css'
import { useLab } from './store.ts'

export function Header() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const tryDemo = useLab((state) => state.tryDemo)
  const active = useLab((state) => isActive(state.run))
  const ready = useLab((state) => state.device !== null)
  return (
    <header className={classes.header}>
      <h1 className={classes.title}>Structured Agent Distillation Lab</h1>
      <p className={classes.claim}>Everything runs in this browser; nothing is sent anywhere.</p>
      <Button variant="filled" disabled={active || !ready} onClick={tryDemo}>
        Try the demo
      </Button>
      <SegmentedControl
        size="xs"
        aria-label="Colours of the page"
        value={colorScheme}
        onChange={(value) => setColorScheme(value as 'auto' | 'light' | 'dark')}
        data={[
          { value: 'auto', label: 'Auto' },
          { value: 'light', label: 'Light' },
          { value: 'dark', label: 'Dark' },
        ]}
      />
    </header>
  )
}
