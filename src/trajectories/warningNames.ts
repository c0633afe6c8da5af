import type { WarningCode } from '../../workers/protocol.ts'

/** What a warning is called in a menu of them; the sentence about it stands with the trajectory. */
export const WARNING_NAMES: Record<WarningCode, string> = {
  'no-reason-span': 'no reasoning',
  'no-act-span': 'no action',
  'mixed-spans-missing-after-packing': 'row without both kinds',
  'mask-empty-after-truncation': 'nothing supervised once cut',
  'marker-inside-argument': 'marker inside an argument',
  'observation-written-by-model': 'observation written by the model',
  'wrong-role': 'roles look swapped',
  unfinished: 'unfinished',
  'unmarked-turn': 'turn without a marker',
  'ansi-removed': 'terminal colours taken out',
  'prefixes-removed': 'times and levels of a log taken out',
  'turns-left-out': 'turns left out',
  'logprobs-misaligned': 'log-probabilities do not fit',
}
