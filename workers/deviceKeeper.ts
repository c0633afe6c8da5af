import type { BackendChoice } from './device/backends.ts'
import { tf } from './device/tensorflow.ts'
import { LabError, messageOf } from './errors.ts'
import type { DeviceMemory } from './kernels/operations.ts'
import type { DeviceReport } from './protocol.ts'
import { type CheckedDevice, openCheckedDevice } from './training/openChecked.ts'

export interface DeviceListener {
  /** The device that is open now, or none; with a message where the last attempt failed. */
  changed(report: DeviceReport | null, message?: string): void
  /** What was on the device is gone. */
  failed(error: LabError): void
}

/** The one device of the lab: opened, reported, and opened anew when it is lost. */
export class DeviceKeeper {
  /** Null while none is open. */
  open: CheckedDevice | null = null
  report: DeviceReport | null = null
  private wished: BackendChoice = 'automatic'

  constructor(private readonly listener: DeviceListener) {}

  /** @throws LabError `no-backend`; the device that was open before stays where the attempt did not replace it */
  async use(choice: BackendChoice): Promise<DeviceReport> {
    this.wished = choice
    try {
      const checked = await openCheckedDevice(choice, (error) => this.failed(error))
      const { maxTotalBytes: _, maxBufferBytes, ...rest } = checked.device
      this.open = checked
      this.report = {
        ...rest,
        maxBufferBytes: Number.isFinite(maxBufferBytes) ? maxBufferBytes : undefined,
        engine: checked.operations.name,
        selfCheckError: checked.selfCheckError,
      }
      this.listener.changed(this.report)
      return this.report
    } catch (error) {
      if (this.open && tf.getBackend() !== this.open.device.backend) this.open = null
      if (!this.open) this.report = null
      this.listener.changed(this.report, messageOf(error))
      throw error
    }
  }

  /**
   * Opens what was wished for last once more, after a device was lost; where that is gone, whatever there is.
   *
   * @throws LabError `no-backend`
   */
  async reopen(): Promise<CheckedDevice> {
    await this.use(this.wished).catch(() => this.use('automatic'))
    return this.opened()
  }

  /** What is held on it; undefined while none is open. */
  get memory(): DeviceMemory | undefined {
    return this.open?.operations.memory()
  }

  private failed(error: LabError): void {
    if (!this.open) return
    this.open = null
    this.listener.failed(error)
  }

  /** @throws LabError `no-backend` when none is open */
  opened(): CheckedDevice {
    if (this.open) return this.open
    throw new LabError('no-backend', 'No backend is open: choose one in the status bar.')
  }
}
