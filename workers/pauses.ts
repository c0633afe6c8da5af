/** Gives other tasks (messages, timers) their turn during long work; a message to oneself is not held back as timers are. */
export class Pauses {
  private readonly channel = new MessageChannel()
  private since = performance.now()

  /** @param busyMs milliseconds of work between two pauses */
  constructor(private readonly busyMs: number) {}

  /** Whether it is time for a pause. */
  get due(): boolean {
    return performance.now() - this.since >= this.busyMs
  }

  async take(): Promise<void> {
    await new Promise((resolve) => {
      this.channel.port1.onmessage = resolve
      this.channel.port2.postMessage(null)
    })
    this.since = performance.now()
  }

  /** When the work is over: an open channel keeps Node from ending. */
  close(): void {
    this.channel.port1.close()
  }
}
