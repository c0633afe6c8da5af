import { NativeSelect, Popover, UnstyledButton } from '@mantine/core'
import type { ReactNode } from 'react'
import { BACKEND_CHOICES, type BackendChoice } from '../../workers/protocol.ts'
import { isActive } from '../training/slice.ts'
import { bytes, count, duration, UNKNOWN } from './format.ts'
import classes from './StatusBar.module.css'
import { useLab } from './store.ts'

const NAMES: Record<BackendChoice, string> = {
  automatic: 'automatic',
  webgpu: 'WebGPU',
  wasm: 'WebAssembly',
  cpu: 'CPU',
}

/** What computes, how fast, how far. */
export function StatusBar() {
  const run = useLab((state) => state.run)
  const running = run.state === 'running'
  return (
    <section className={classes.bar} aria-label="Status">
      <Device />
      <Item name="Memory">
        {bytes(run.memoryBytes)}
        {run.pooledBytes !== undefined && ` in use at most, ${bytes(run.pooledBytes)} held`}
      </Item>
      <Item name="Tokens/s">{running || isActive(run) ? count(run.tokensPerSecond) : UNKNOWN}</Item>
      <Item name="Step">{run.state === 'idle' ? UNKNOWN : `${count(run.step)} / ${count(run.steps)}`}</Item>
      <Item name="Time left">{isActive(run) ? duration(run.remainingMs) : UNKNOWN}</Item>
    </section>
  )
}

function Device() {
  const device = useLab((state) => state.device)
  const message = useLab((state) => state.deviceMessage)
  const choice = useLab((state) => state.backendChoice)
  const opening = useLab((state) => state.opening)
  const active = useLab((state) => isActive(state.run))
  const chooseBackend = useLab((state) => state.chooseBackend)
  const note = device?.note ?? message
  return (
    <>
      <div className={classes.item}>
        <label className={classes.name} htmlFor="backend-choice">
          Backend
        </label>
        <NativeSelect
          id="backend-choice"
          size="xs"
          classNames={{ input: classes.select }}
          value={choice}
          disabled={active || opening}
          onChange={(event) => chooseBackend(event.currentTarget.value as BackendChoice)}
          data={BACKEND_CHOICES.map((value) => ({ value, label: NAMES[value] }))}
        />
      </div>
      <Item name="In use">
        <span data-testid="backend">{device?.backend ?? (opening ? 'opening' : 'none')}</span>
        {device && <span data-testid="engine">{` · ${device.engine}`}</span>}
      </Item>
      <Popover position="top-start" width={380} withArrow shadow="sm">
        <Popover.Target>
          <UnstyledButton className={classes.device}>
            <span className={classes.name}>Adapter</span>
            <span className={classes.adapter}>
              {device ? device.adapter : opening ? 'opening …' : 'none'}
              {device?.software && ' (software)'}
            </span>
            {note && <span className={classes.note}>{note}</span>}
          </UnstyledButton>
        </Popover.Target>
        <Popover.Dropdown className={classes.details}>
          {note && <p>{note}</p>}
          {device ? (
            <dl>
              <dt>Adapter</dt>
              <dd>{device.adapter}</dd>
              <dt>Backend in use</dt>
              <dd>{NAMES[device.backend]}</dd>
              <dt>Engine</dt>
              <dd>
                {device.engine === 'fused'
                  ? 'fused: the lab’s own kernels'
                  : 'reference: TensorFlow.js’ own operations'}
              </dd>
              <dt>Largest buffer</dt>
              <dd>{device.maxBufferBytes === undefined ? 'not limited' : bytes(device.maxBufferBytes)}</dd>
              <dt>Self-check</dt>
              <dd>
                largest relative error {device.selfCheckError.toExponential(1)} in a known training step
              </dd>
            </dl>
          ) : (
            <p>{opening ? 'A backend is being opened and checked.' : 'No backend is open.'}</p>
          )}
        </Popover.Dropdown>
      </Popover>
    </>
  )
}

function Item({ name, children }: { name: string; children: ReactNode }) {
  return (
    <span className={classes.item}>
      <span className={classes.name}>{name}</span>
      <span className={classes.value}>{children}</span>
    </span>
  )
}
