import { SPLITS } from '../environments/environment.ts'
import type { WorldSummary } from './acting.ts'

/** The forms of actions in each world, what is to be filled in written in capitals. */
export const COMMANDS = {
  household: [
    'go to RECEPTACLE',
    'take OBJECT from RECEPTACLE',
    'put OBJECT in/on RECEPTACLE',
    'open RECEPTACLE',
    'close RECEPTACLE',
    'clean OBJECT with RECEPTACLE',
    'heat OBJECT with RECEPTACLE',
    'cool OBJECT with RECEPTACLE',
    'slice OBJECT with OBJECT',
    'use OBJECT',
    'examine THING',
    'inventory',
    'look',
    'help',
  ],
  wiki: ['Search[TITLE]', 'Lookup[WORD]', 'Finish[ANSWER]'],
  shop: [
    'search[WORDS]',
    'click[ITEM]',
    'click[OPTION]',
    'click[Description]',
    'click[Features]',
    'click[Next >]',
    'click[< Prev]',
    'click[Back to Search]',
    'click[Buy Now]',
  ],
} as const

const same = { splits: SPLITS, tasks: 'drawn', uploaded: false, problems: [] } as const

/**
 * What is to be said of the built-in worlds before one is loaded: the shop alone brings two megabytes, which nobody should
 * wait for who only looks at a list.
 */
export const BUILT_IN_WORLDS: readonly WorldSummary[] = [
  {
    ...same,
    name: 'household',
    environment: 'household',
    title: 'Household',
    about: 'ALFWorld’s text game: rooms with receptacles and things in them, and six kinds of task.',
    taskTypes: ['place', 'examine', 'clean', 'heat', 'cool', 'two'],
    stepCap: 50,
    commands: COMMANDS.household,
  },
  {
    ...same,
    name: 'wiki',
    environment: 'wiki',
    title: 'Wiki: questions over an encyclopedia (HotpotQA)',
    about: 'ReAct’s Search, Lookup and Finish over an invented encyclopedia.',
    taskTypes: ['bridge-2', 'bridge-3', 'comparison-2', 'comparison-3'],
    stepCap: 16,
    commands: COMMANDS.wiki,
  },
  {
    ...same,
    name: 'shop',
    environment: 'shop',
    title: 'Shop',
    about: 'WebShop’s text mode over invented goods.',
    taskTypes: ['fashion', 'beauty', 'electronics', 'garden', 'grocery'],
    stepCap: 15,
    commands: COMMANDS.shop,
  },
]
