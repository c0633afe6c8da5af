import type { Arm, Recipe } from '../../workers/protocol.ts'

/** What each choice does, one sentence each, as shown under the field. */

export const ARM_WORDS: Record<Arm, { name: string; about: string }> = {
  sad: {
    name: 'SAD: one loss per span kind',
    about:
      'Follows the teacher’s distribution with a mean of its own for reason and for act tokens, so that few act tokens weigh as much as many reason tokens; easy trajectories first. Our reading of the paper.',
  },
  'sad-paper': {
    name: 'SAD, as the paper prints it',
    about:
      'SAD with the plain sum over tokens in place of the span means; differs from masked token distillation in order and in the scale of the loss only.',
  },
  'sad-hard': {
    name: 'SAD, hard targets',
    about: 'SAD with cross-entropy on the recorded tokens in place of the teacher’s distribution.',
  },
  'token-kd': {
    name: 'Token-level distillation',
    about:
      'Follows the teacher’s distribution on every token after the prompt, observations included, all with one weight, in random order.',
  },
  'token-kd-masked': {
    name: 'Token-level distillation, masked',
    about: 'Token-level distillation without the observations: only what the agent wrote itself.',
  },
  imitation: {
    name: 'Imitation',
    about:
      'Masked token-level distillation with cross-entropy in place of the teacher’s distribution: the recorded reason and act tokens as one flat sequence.',
  },
  'reason-only': {
    name: 'Ablation: reason only',
    about: 'SAD with λ of act 0: acts are measured and not trained on.',
  },
  'act-only': {
    name: 'Ablation: act only',
    about: 'SAD with λ of reason 0: reasoning is measured and not trained on.',
  },
  'spans-shuffled': {
    name: 'Ablation: spans shuffled',
    about:
      'SAD with as many reason and act labels in each training row, dealt at random; training curves follow these labels, held-out curves the true ones.',
  },
  'no-curriculum': {
    name: 'Ablation: no curriculum',
    about: 'SAD with all rows in play from the first step, in random order.',
  },
  'reverse-kl': {
    name: 'Ablation: reverse KL',
    about:
      'SAD with KL(student ‖ teacher) in place of KL(teacher ‖ student); meant for a model as teacher, as against the text a floor decides how large it is.',
  },
  'on-policy': {
    name: 'Ablation: on-policy',
    about:
      'SAD with half of the rows written on by the student itself and scored by the teacher: it needs a model that runs beside the student.',
  },
}

type Objective = Recipe['objective']

export const DIVERGENCE_WORDS: Record<Objective['divergence'], { name: string; about: string }> = {
  'forward-kl': {
    name: 'forward KL',
    about: 'KL(teacher ‖ student): the student must cover all that the teacher finds likely.',
  },
  'reverse-kl': {
    name: 'reverse KL',
    about:
      'KL(student ‖ teacher): the student must avoid what the teacher finds unlikely, and may leave out the rest.',
  },
  jsd: {
    name: 'Jensen–Shannon',
    about: 'Both against their mixture m: bounded; β near 0 resembles forward KL, near 1 reverse KL.',
  },
  'skew-kl': {
    name: 'skew KL',
    about:
      'Forward KL against a student with a share α of the teacher mixed in, which keeps gradients small.',
  },
  'total-variation': {
    name: 'total variation',
    about: 'Half the sum of absolute differences: at most 1 for each token, its gradient not smooth.',
  },
  'cross-entropy': {
    name: 'cross-entropy',
    about: 'The student must repeat the recorded tokens; the teacher’s doubts are not used.',
  },
}

export const NORMALISER_WORDS: Record<Objective['normaliser'], { name: string; about: string }> = {
  'span-mean': { name: 'span mean', about: 'Each kind is divided by its own number of tokens, then added.' },
  'token-mean': {
    name: 'token mean',
    about: 'Divided by the number of supervised tokens of the whole step.',
  },
  'weight-sum': { name: 'weight sum', about: 'Divided by the sum of all λ of the supervised tokens.' },
  sum: { name: 'sum', about: 'Not divided, as the paper prints it; choose a smaller learning rate.' },
}

export const ORDER_WORDS: Record<Recipe['curriculum']['order'], { name: string; about: string }> = {
  'easy-first': {
    name: 'easy first',
    about: 'Short, certain trajectories first; harder ones join as the run goes on.',
  },
  'hard-first': { name: 'hard first', about: 'Long, uncertain trajectories first; a control.' },
  shuffled: {
    name: 'shuffled',
    about: 'Rows join as the run goes on, in random order; a control for the difficulty.',
  },
  random: { name: 'random', about: 'All rows from the first step, drawn at random: no curriculum.' },
}

export const SPANS_WORDS: Record<Objective['spans'], { name: string; about: string }> = {
  labelled: { name: 'as labelled', about: 'Reason and act tokens are those of the trajectories’ spans.' },
  shuffled: {
    name: 'shuffled',
    about: 'Reason and act labels are dealt anew among the tokens of each training row; a control.',
  },
}

export const TRAJECTORY_WEIGHT_WORDS: Record<
  Objective['weights']['trajectory'],
  { name: string; about: string }
> = {
  none: { name: 'alike', about: 'Every trajectory counts 1.' },
  reward: { name: 'by reward', about: 'A trajectory counts its reward, clipped to 0 … 1.' },
  success: { name: 'succeeded', about: 'A trajectory counts 1 where it succeeded, else 0.' },
}

/** A table of words as the options of a select. */
export function optionsOf<Key extends string>(
  words: Record<Key, { name: string }>,
): { value: Key; label: string }[] {
  return (Object.keys(words) as Key[]).map((value) => ({ value, label: words[value].name }))
}
