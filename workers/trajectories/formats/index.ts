import { alfworld } from './alfworld.ts'
import { alpaca } from './alpaca.ts'
import type { Format } from './format.ts'
import { openaiMessages } from './openai-messages.ts'
import { reactText } from './react-text.ts'

/** Every format the lab reads, in the order in which they are asked: the narrower before the wider. */
export const FORMATS: readonly Format[] = [openaiMessages, alpaca, alfworld, reactText]
