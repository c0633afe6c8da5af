import '@mantine/core/styles.layer.css'
import '@mantine/notifications/styles.layer.css'
import '@mantine/dropzone/styles.layer.css'
import './lab/page.css'
import { MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import { CatchFailure } from './lab/CatchFailure.tsx'
import { start } from './lab/events.ts'
import { theme } from './lab/theme.ts'
import { fetchViews } from './lab/views.tsx'

start()
createRoot(document.getElementById('root')!).render(
  <MantineProvider theme={theme} defaultColorScheme="auto">
    <CatchFailure>
      <Notifications position="bottom-right" autoClose={false} limit={4} />
      <App />
    </CatchFailure>
  </MantineProvider>,
)
// Behind the first rendering: nobody waits for the tabs that are not shown.
setTimeout(fetchViews)
