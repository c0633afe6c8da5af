import type { Split } from '../../environment.ts'
import type { Kind } from './relation.ts'

export type Value = Entry | number | string

/** Something that the encyclopedia has a page about. */
export interface Entry {
  kind: Kind
  /** As other pages and answers call it. */
  name: string
  /** Of its page; differs from the name where two works share one. */
  title: string
  /** The one split whose questions may touch it; what is said of it names entries of the same split only. */
  split: Split
  /** By relation. */
  facts: Map<string, Value>
}

/** How an answer writes a value. */
export function valueText(value: Value): string {
  return typeof value === 'object' ? value.name : String(value)
}
