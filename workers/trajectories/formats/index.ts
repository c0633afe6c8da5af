import { alfworld } from './alfworld.ts'
import { alpaca } from './alpaca.ts'
import { apiResponse } from './api-response.ts'
import { chatTemplate } from './chatml.ts'
import { langchainConsole } from './console.ts'
import { eventList } from './event-list.ts'
import type { Format } from './format.ts'
import { frameworkLogs } from './framework-logs.ts'
import { gemini } from './gemini.ts'
import { intermediateSteps } from './intermediate-steps.ts'
import { openaiMessages } from './openai-messages.ts'
import { openaiResponses } from './openai-responses.ts'
import { prefixedLog } from './prefixed-log.ts'
import { pythonLiterals } from './python-literal.ts'
import { quotedMessages } from './quoted-messages.ts'
import { reactText } from './react-text.ts'
import { sessionLog } from './session-log.ts'
import { sharegpt } from './sharegpt.ts'
import { stepRecords } from './step-records.ts'
import { sweAgent } from './swe-agent.ts'
import { taggedText } from './tagged.ts'
import { tape } from './tape.ts'
import { toolbench } from './toolbench.ts'
import { turnStrings } from './turn-strings.ts'
import { xlam } from './xlam.ts'

/** Every format the lab reads, in the order in which they are asked: the narrower before the wider. */
export const FORMATS: readonly Format[] = [
  apiResponse,
  toolbench,
  tape,
  sessionLog,
  openaiResponses,
  gemini,
  xlam,
  intermediateSteps,
  sweAgent,
  sharegpt,
  openaiMessages,
  quotedMessages,
  turnStrings,
  eventList,
  stepRecords,
  alpaca,
  pythonLiterals,
  langchainConsole,
  frameworkLogs,
  chatTemplate,
  alfworld,
  taggedText,
  reactText,
  prefixedLog,
]
