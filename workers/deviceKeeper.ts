import type { BackendChoice } from './device/backends.ts'
import type { Device } from './device/device.ts'
import { tf } from './device/tensorflow.ts'
import { LabError, messageOf } from './errors.ts'
import type { Operations } from './kernels/operations.ts'
import type { DeviceReport } from './protocol.ts'
import { openCheckedDevice } from './training/openChecked.ts'

export interface DeviceListener {
  /** The device that is open now, or none; with a message where the last attempt failed. */
  changed(report: DeviceReport | null, message?: string): void
  /** What was on the device is gone. */
  failed(error: LabError): void
}

/** The one device of the lab: opened, reported, and opened anew when it is lost. */
export class DeviceKeeper {
  /** Null while none is open. */
  device: Device | null = null
  report: DeviceReport | null = null
  private wished: BackendChoice = 'automatic'

  constructor(
    private readonly operations: Operations,
    private readonly listener: DeviceListener,
  ) {}

  /** @throws LabError `no-backend`; the device that was open before stays where the attempt did not replace it */
  async open(choice: BackendChoice): Promise<DeviceReport> {
    this.wished = choice
    try {
      const { device, selfCheckError } = await openCheckedDevice(choice, this.operations, (error) =>
        this.failed(error),
      )
      const { maxTotalBytes: _, maxBufferBytes, ...rest } = device
      this.device = device
      this.report = {
        ...rest,
        maxBufferBytes: Number.isFinite(maxBufferBytes) ? maxBufferBytes : undefined,
        selfCheckError,
      }
      this.listener.changed(this.report)
      return this.report
    } catch (error) {
      if (this.device && tf.getBackend() !== this.device.backend) this.device = null
      if (!this.device) this.report = null
      this.listener.changed(this.report, messageOf(error))
      throw error
    }
  }

  /** Opens what was wished for last once more, after a device was lost. */
  reopen(): Promise<DeviceReport> {
    return this.open(this.wished)
  }

  /** Bytes of arrays that are in use on it; undefined while none is open. */
  get memoryBytes(): number | undefined {
    if (!this.device) return undefined
    return this.operations.memory().liveBytes
  }

  private failed(error: LabError): void {
    if (!this.device) return
    this.device = null
    this.listener.failed(error)
  }

  /** @throws LabError `no-backend` when none is open */
  opened(): Device {
    if (this.device) return this.device
    throw new LabError('no-backend', 'No backend is open: choose one in the status bar.')
  }
}
