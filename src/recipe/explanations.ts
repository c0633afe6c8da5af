import type { Arm, Recipe } from '../../workers/protocol.ts'

/** What each choice does, one sentence each, as shown under the field. */

export const ARM_WORDS: Record<Arm, { name: string; about: string }> = {
  sad: {
    name: 'SAD: one loss per span kind',
    about:
      'Follows the teacher’s distribution with a mean of its own for reason and for act tokens, so that few act tokens weigh as much as many reason tokens; easy trajectories first.',
  },
  'sad-hard': {
    name: 'SAD, hard targets',
    about: 'The same spans and weights as SAD, with cross-entropy on the teacher’s own tokens.',
  },
  'token-kd': {
    name: 'Token-level distillation',
    about:
      'Follows the teacher’s distribution on every token after the prompt, observations included, all with one weight.',
  },
  imitation: {
    name: 'Imitation',
    about: 'Cross-entropy on the teacher’s reason and act tokens as one flat sequence, in random order.',
  },
}

type Objective = Recipe['objective']

export const DIVERGENCE_WORDS: Record<Objective['divergence'], { name: string; about: string }> = {
  'forward-kl': {
    name: 'forward KL',
    about: 'KL(teacher ‖ student): the student must cover all that the teacher finds likely.',
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
  shuffled: { name: 'shuffled', about: 'Rows in random order; a control.' },
}

/** A table of words as the options of a select. */
export function optionsOf<Key extends string>(
  words: Record<Key, { name: string }>,
): { value: Key; label: string }[] {
  return (Object.keys(words) as Key[]).map((value) => ({ value, label: words[value].name }))
}
