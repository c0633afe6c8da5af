import { Button, SegmentedControl, Tabs, useMantineColorScheme } from '@mantine/core'
import { isActive } from '../training/slice.ts'
import classes from './Header.module.css'
import { useLab } from './store.ts'
import { FIRST_VIEW } from './viewSlice.ts'
import { VIEWS } from './views.tsx'

/** The name of the lab and its tabs; stands within Mantine's `Tabs`. */
export function Header() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const tryDemo = useLab((state) => state.tryDemo)
  const showView = useLab((state) => state.showView)
  const active = useLab((state) => isActive(state.run))
  const ready = useLab((state) => state.device !== null)
  return (
    <header className={classes.header}>
      <h1 className={classes.title}>Structured Agent Distillation Lab</h1>
      <Tabs.List className={classes.tabs} aria-label="Views">
        {VIEWS.map(({ id, title }) => (
          <Tabs.Tab key={id} value={id} className={classes.tab}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <p className={classes.claim}>Everything runs in this browser; nothing is sent anywhere.</p>
      <Button
        variant="filled"
        disabled={active || !ready}
        onClick={() => {
          showView(FIRST_VIEW)
          void tryDemo()
        }}
      >
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
