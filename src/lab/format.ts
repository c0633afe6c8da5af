/** The one place that turns numbers into text for people. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

/** What stands where a number is not known. */
export const UNKNOWN = '–'

function known(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

/** 12345 -> 12,345 */
export function count(value: number | null | undefined): string {
  return known(value) ? whole.format(value) : UNKNOWN
}

/** 1 file, 2 files */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${whole.format(value)} ${value === 1 ? one : many}`
}

/** 12345 -> 12.3K */
export function compact(value: number | null | undefined): string {
  return known(value) ? short.format(value) : UNKNOWN
}

/** Losses, divergences, gradient norms: as many digits as mean something. */
export function loss(value: number | null | undefined): string {
  if (!known(value)) return UNKNOWN
  const size = Math.abs(value)
  if (size !== 0 && (size < 0.001 || size >= 100_000)) return value.toExponential(2)
  return size < 10 ? value.toFixed(3) : size < 1000 ? value.toFixed(1) : whole.format(value)
}

/** 0.4567 -> 45.7 % */
export function percent(value: number | null | undefined): string {
  return known(value) ? `${(value * 100).toFixed(1)} %` : UNKNOWN
}

/** Bytes in binary units: 1536 -> 1.5 KiB */
export function bytes(value: number | null | undefined): string {
  if (!known(value)) return UNKNOWN
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let size = value
  let unit = 0
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`
}

/** Bytes as makers of GPUs count them: 1536000000 -> 1.5 GB */
export function gigabytes(value: number): string {
  const size = value / 1e9
  return `${size < 0.1 ? size.toPrecision(1) : size.toFixed(size < 100 ? 1 : 0)} GB`
}

/** Milliseconds as a person says them: 75000 -> 1 min 15 s */
export function duration(ms: number | null | undefined): string {
  if (!known(ms)) return UNKNOWN
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** Milliseconds of what may take days: 500 -> under 1 s, 432000000 -> 5.0 days */
export function longDuration(ms: number): string {
  if (ms < 1000) return 'under 1 s'
  const days = ms / 86_400_000
  return days < 2 ? duration(ms) : `${days < 10 ? days.toFixed(1) : count(days)} days`
}

/**
 * A cross-entropy in words: the number of equally likely tokens that would leave as much doubt, e^H.
 *
 * @param nats cross-entropy per token
 */
export function choices(nats: number | null | undefined): string {
  if (!known(nats)) return UNKNOWN
  const tokens = Math.exp(nats)
  return tokens < 10 ? tokens.toFixed(1) : compact(tokens)
}
