/** Actions of an episode. ReAct gives HotpotQA 7; three hops, two of them with look-ups, and a slip take more. */
export const STEP_CAP = 16
