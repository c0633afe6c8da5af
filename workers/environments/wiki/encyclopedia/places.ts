/** Countries, rivers, towns, universities, and the species that live by rivers: what pages say of them and questions ask. */
import { relation } from './relation.ts'

const country = [
  relation('country', 'capital', 'town', {
    says: [
      ['Its capital is {V}.', 'capital'],
      ['The capital is the town of {V}.', 'capital'],
    ],
    asks: ['What is the capital of {X}?', 'Which town is the capital of {X}?'],
    phrases: ['the capital of {X}'],
  }),
  relation('country', 'longest river', 'river', {
    says: [
      ['Its longest river is {V}.', 'river'],
      ['{V} is its longest stream.', 'longest'],
    ],
    asks: ['What is the longest river of {X}?', 'Which river is the longest of {X}?'],
    phrases: ['the longest river of {X}'],
  }),
  relation('country', 'crop', 'word', {
    says: [
      ['Its farmers grow {V}.', 'farmers'],
      ['Its fields are full of {V}.', 'fields'],
    ],
    asks: ['What do the farmers of {X} grow?'],
  }),
  relation('country', 'flag', 'word', {
    says: [
      ['Its flag shows {V}.', 'flag'],
      ['It has {V} on its flag.', 'flag'],
    ],
    asks: ['What does the flag of {X} show?'],
  }),
  relation('country', 'year of its first law', 'year', {
    says: [
      ['Its first law is of {V}.', 'law'],
      ['It has had laws since {V}.', 'laws'],
    ],
    asks: ['From which year is the first law of {X}?'],
    less: ['Which country has the older laws, {A} or {B}?', 'before'],
  }),
  relation('country', 'bird', 'word', {
    says: [
      ['Its best known bird is {V}.', 'bird'],
      ['Everyone there knows {V}.', 'knows'],
    ],
    asks: ['What is the best known bird of {X}?'],
  }),
]

const river = [
  relation('river', 'country', 'country', {
    says: [['{S} is a river in {V}.', 'river']],
    asks: ['In which country is {X}?', 'Which country is {X} in?'],
    phrases: ['the country of {X}'],
    opens: true,
    same: 'Are {A} and {B} in the same country?',
  }),
  relation('river', 'length', 'number', {
    says: [
      ['It is {V} km long.', 'long'],
      ['Its length is {V} km.', 'length'],
    ],
    asks: ['How many km long is {X}?'],
    more: ['Which river is longer, {A} or {B}?', 'more than'],
    less: ['Which river is shorter, {A} or {B}?', 'less than'],
  }),
  relation('river', 'town at the mouth', 'town', {
    says: [
      ['It meets the sea at {V}.', 'sea'],
      ['Its mouth is at {V}.', 'mouth'],
    ],
    asks: ['Which town is at the mouth of {X}?', 'At which town does {X} meet the sea?'],
    phrases: ['the town at the mouth of {X}'],
  }),
  relation('river', 'fish', 'word', {
    says: [
      ['People catch {V} in it.', 'catch'],
      ['Its fish are mostly {V}.', 'fish'],
    ],
    asks: ['Which fish do people catch in {X}?'],
  }),
  relation('river', 'number of bridges', 'number', {
    says: [
      ['It has {V} bridges.', 'bridges'],
      ['There are {V} bridges over it.', 'bridges'],
    ],
    asks: ['How many bridges does {X} have?'],
    more: ['Which river has more bridges, {A} or {B}?', 'more than'],
  }),
  relation('river', 'depth', 'number', {
    says: [
      ['It is {V} m deep.', 'deep'],
      ['Its depth is {V} m.', 'depth'],
    ],
    asks: ['How many m deep is {X}?'],
    more: ['Which river is deeper, {A} or {B}?', 'more than'],
  }),
]

const town = [
  relation('town', 'country', 'country', {
    says: [['{S} is a town in {V}.', 'town']],
    asks: ['In which country is {X}?', 'Which country is {X} in?'],
    phrases: ['the country of {X}'],
    opens: true,
    same: 'Are {A} and {B} in the same country?',
  }),
  relation('town', 'river', 'river', {
    says: [
      ['It stands on the river {V}.', 'river'],
      ['The {V} runs through it.', 'runs'],
    ],
    asks: ['Which river runs through {X}?', 'On which river is {X}?'],
    phrases: ['the river of {X}', 'the river that runs through {X}'],
    same: 'Are {A} and {B} on the same river?',
  }),
  relation('town', 'number of people', 'number', {
    says: [
      ['It has {V} people.', 'people'],
      ['It is home to {V} people.', 'people'],
    ],
    asks: ['How many people live in {X}?'],
    more: ['Which town has more people, {A} or {B}?', 'more than'],
    less: ['Which town has fewer people, {A} or {B}?', 'less than'],
  }),
  relation('town', 'year of founding', 'year', {
    says: [
      ['It was founded in {V}.', 'founded'],
      ['It has stood since {V}.', 'stood'],
    ],
    asks: ['In which year was {X} founded?'],
    less: ['Which town is older, {A} or {B}?', 'before'],
  }),
  relation('town', 'product', 'word', {
    says: [
      ['It is known for its {V}.', 'known'],
      ['It is famous for its {V}.', 'famous'],
    ],
    asks: ['For what is {X} known?'],
  }),
  relation('town', 'statue', 'person', {
    says: [
      ['It has a statue of {V}.', 'statue'],
      ['A statue shows {V}.', 'statue'],
    ],
    asks: ['Whose statue is in {X}?', 'Of whom is there a statue in {X}?'],
    phrases: ['the person whose statue is in {X}'],
  }),
]

const university = [
  relation('university', 'town', 'town', {
    says: [
      ['It stands in {V}.', 'stands'],
      ['Its halls are in {V}.', 'halls'],
    ],
    asks: ['In which town is {X}?', 'Which town is {X} in?'],
    phrases: ['the town of {X}'],
  }),
  relation('university', 'year of founding', 'year', {
    says: [
      ['It was founded in {V}.', 'founded'],
      ['It opened in {V}.', 'opened'],
    ],
    asks: ['In which year was {X} founded?'],
    less: ['Which university is older, {A} or {B}?', 'before'],
  }),
  relation('university', 'rival', 'university', {
    says: [
      ['Its rival is {V}.', 'rival'],
      ['Its great opponent is {V}.', 'opponent'],
    ],
    asks: ['Which university is the rival of {X}?'],
    phrases: ['the rival of {X}'],
  }),
  relation('university', 'number of students', 'number', {
    says: [
      ['It has {V} students.', 'students'],
      ['It teaches {V} students.', 'students'],
    ],
    asks: ['How many students does {X} have?'],
    more: ['Which university has more students, {A} or {B}?', 'more than'],
  }),
  relation('university', 'colour', 'word', {
    says: [
      ['Its colour is {V}.', 'colour'],
      ['Its students wear {V}.', 'wear'],
    ],
    asks: ['What is the colour of {X}?'],
  }),
  relation('university', 'best subject', 'word', {
    says: [
      ['It is strong in {V}.', 'strong'],
      ['Its best subject is {V}.', 'subject'],
    ],
    asks: ['What is the best subject of {X}?'],
  }),
]

const species = [
  relation('species', 'first describer', 'person', {
    says: [
      ['It was first described by {V}.', 'described'],
      ['It was named by {V}.', 'named'],
    ],
    asks: ['Who first described {X}?'],
    phrases: ['the person who first described {X}'],
    same: 'Were {A} and {B} first described by the same person?',
  }),
  relation('species', 'year of description', 'year', {
    says: [
      ['It was first described in {V}.', 'described'],
      ['It has been known since {V}.', 'known'],
    ],
    asks: ['In which year was {X} first described?'],
    less: ['Which species was described first, {A} or {B}?', 'before'],
  }),
  relation('species', 'river', 'river', {
    says: [
      ['It lives by the river {V}.', 'river'],
      ['It is found along the {V}.', 'found'],
    ],
    asks: ['By which river does {X} live?'],
    phrases: ['the river by which {X} lives'],
  }),
  relation('species', 'food', 'word', {
    says: [
      ['It eats {V}.', 'eats'],
      ['It feeds on {V}.', 'feeds'],
    ],
    asks: ['What does {X} eat?'],
  }),
  relation('species', 'size', 'number', {
    says: [
      ['It grows to {V} cm.', 'grows'],
      ['It is {V} cm long.', 'long'],
    ],
    asks: ['To how many cm does {X} grow?'],
    more: ['Which species grows larger, {A} or {B}?', 'more than'],
    less: ['Which species stays smaller, {A} or {B}?', 'less than'],
  }),
  relation('species', 'time', 'word', {
    says: [
      ['It is active at {V}.', 'active'],
      ['It moves about at {V}.', 'moves'],
    ],
    asks: ['When is {X} active?'],
  }),
]

export const PLACES = [...country, ...river, ...town, ...university, ...species]
