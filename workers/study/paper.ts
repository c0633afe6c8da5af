import type { EnvironmentName } from './groups.ts'
import type { MeasureName } from './measures.ts'

/** A number of the paper's own, in the units of the lab's measures. */
export interface PaperFigure {
  environment: EnvironmentName
  measure: MeasureName
  /** As the paper calls it, or what is known of whose number it is. */
  who: string
  /** The lab's arm that it stands beside; null where it is not known whose number it is. */
  arm: string | null
  value: number
  /** Which of `PAPER_SOURCES`, from 0. */
  source: number
}

/** What the paper played in, by the lab's worlds. */
export const PAPER_WORLDS: Record<EnvironmentName, string> = {
  household: 'ALFWorld',
  wiki: 'HotPotQA-ReAct',
  shop: 'WebShop',
}

/** Where the numbers are from. The paper's tables themselves could not be read when this was written. */
export const PAPER_SOURCES = [
  'Table 3 of arXiv 2505.13820 (AAMAS 2026, doi 10.65109/OLHJ8062) as a reading note of the paper quotes it: teacher GPT-2 with 1.5 billion parameters, student with 120 million, means of five runs',
  'the best values that wizwand.com lists for the paper, without saying which model or method they are of',
] as const

/** Why they are beside the lab's numbers and not among them. */
export const PAPER_SETTING =
  'Another setting: pretrained language models of 120 million parameters and more, other trajectories, other splits (of ALFWorld, WebShop and HotPotQA, and none of their public ones), another rule of CoT match, which is not public. No number of the lab can confirm or refute one of these; only which arm is ahead can be set side by side.'

/** What the paper has and no source gave. */
export const PAPER_MISSING =
  'Not found in any source and left out: the tables of the students with 340 and 760 million parameters, of the teachers OPT-13B and LLaMA-13B, of the teachers themselves, of imitation learning and the ablations, and which arm the steps, the reasoning lengths and the CoT matches are of.'

const TOKEN_KD = { who: 'token-level distillation, 120M', arm: 'token-kd', source: 0 }
const SAD = { who: 'structured agent distillation, 120M', arm: 'sad', source: 0 }
const BEST = { who: 'best value listed', arm: null, source: 1 }

export const PAPER: readonly PaperFigure[] = [
  { environment: 'household', measure: 'success', value: 0.394, ...TOKEN_KD },
  { environment: 'household', measure: 'success', value: 0.437, ...SAD },
  { environment: 'household', measure: 'success', value: 0.68, ...BEST },
  { environment: 'household', measure: 'cotMatch', value: 0.772, ...BEST },
  { environment: 'household', measure: 'reasoningTokens', value: 41.2, ...BEST },
  { environment: 'household', measure: 'steps', value: 6.4, ...BEST },
  { environment: 'wiki', measure: 'success', value: 0.483, ...TOKEN_KD },
  { environment: 'wiki', measure: 'success', value: 0.528, ...SAD },
  { environment: 'wiki', measure: 'success', value: 0.752, ...BEST },
  { environment: 'wiki', measure: 'cotMatch', value: 0.865, ...BEST },
  { environment: 'wiki', measure: 'steps', value: 4.8, ...BEST },
  { environment: 'shop', measure: 'success', value: 0.367, ...TOKEN_KD },
  { environment: 'shop', measure: 'success', value: 0.412, ...SAD },
  { environment: 'shop', measure: 'success', value: 0.641, ...BEST },
  { environment: 'shop', measure: 'cotMatch', value: 0.746, ...BEST },
  { environment: 'shop', measure: 'reasoningTokens', value: 34.9, ...BEST },
]
