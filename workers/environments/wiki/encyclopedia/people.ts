/** People and what they found: companies, bands, clubs: what pages say of them and questions ask. */
import { relation } from './relation.ts'

const person = [
  relation('person', 'work', 'word', {
    says: [['{S} was {V} by profession.', 'profession']],
    asks: ['What was {X} by profession?'],
    opens: true,
  }),
  relation('person', 'year of birth', 'year', {
    says: [
      ['{S} was born in {V}.', 'born'],
      ['The year of birth is {V}.', 'birth'],
    ],
    asks: ['In which year was {X} born?'],
    less: ['Who was born first, {A} or {B}?', 'before'],
    more: ['Who was born later, {A} or {B}?', 'after'],
  }),
  relation('person', 'birthplace', 'town', {
    says: [
      ['{S} was born in {V}.', 'born'],
      ['The birthplace is {V}.', 'birth'],
    ],
    asks: ['Where was {X} born?', 'In which town was {X} born?'],
    phrases: ['the birthplace of {X}', 'the town where {X} was born'],
    same: 'Were {A} and {B} born in the same town?',
  }),
  relation('person', 'university', 'university', {
    says: [
      ['{S} studied at {V}.', 'studied'],
      ['{S} was a student of {V}.', 'student'],
    ],
    asks: ['Where did {X} study?', 'At which university did {X} study?'],
    phrases: ['the university of {X}', 'the university where {X} studied'],
    same: 'Did {A} and {B} study at the same university?',
  }),
  relation('person', 'teacher', 'person', {
    says: [
      ['{S} learned from {V}.', 'learned'],
      ['The teacher was {V}.', 'teacher'],
    ],
    asks: ['Who was the teacher of {X}?', 'Who taught {X}?'],
    phrases: ['the teacher of {X}'],
    same: 'Did {A} and {B} have the same teacher?',
  }),
  relation('person', 'home', 'town', {
    says: [
      ['{S} lived in {V}.', 'lived'],
      ['The home was in {V}.', 'home'],
    ],
    asks: ['In which town did {X} live?'],
    phrases: ['the home of {X}', 'the town where {X} lived'],
    same: 'Did {A} and {B} live in the same town?',
  }),
  relation('person', 'pastime', 'word', {
    says: [
      ['{S} liked {V}.', 'liked'],
      ['The pastime was {V}.', 'pastime'],
    ],
    asks: ['What was the pastime of {X}?', 'What did {X} like?'],
  }),
]

const company = [
  relation('company', 'product', 'word', {
    says: [['{S} is a company that makes {V}.', 'makes']],
    asks: ['What does {X} make?'],
    opens: true,
  }),
  relation('company', 'founder', 'person', {
    says: [
      ['It was founded by {V}.', 'founded'],
      ['Its founder was {V}.', 'founder'],
    ],
    asks: ['Who founded {X}?', 'Who was the founder of {X}?'],
    phrases: ['the founder of {X}'],
  }),
  relation('company', 'year of founding', 'year', {
    says: [
      ['It was founded in {V}.', 'founded'],
      ['It opened in {V}.', 'opened'],
    ],
    asks: ['In which year was {X} founded?'],
    less: ['Which company is older, {A} or {B}?', 'before'],
    more: ['Which company is younger, {A} or {B}?', 'after'],
  }),
  relation('company', 'office', 'town', {
    says: [
      ['Its office is in {V}.', 'office'],
      ['It works from {V}.', 'works'],
    ],
    asks: ['In which town is the office of {X}?'],
    phrases: ['the town where {X} has its office'],
    same: 'Do {A} and {B} have their offices in the same town?',
  }),
  relation('company', 'number of workers', 'number', {
    says: [
      ['It has {V} workers.', 'workers'],
      ['It pays {V} people.', 'people'],
    ],
    asks: ['How many workers does {X} have?'],
    more: ['Which company has more workers, {A} or {B}?', 'more than'],
    less: ['Which company has fewer workers, {A} or {B}?', 'less than'],
  }),
  relation('company', 'sign', 'word', {
    says: [
      ['Its sign shows {V}.', 'sign'],
      ['It has {V} on its sign.', 'sign'],
    ],
    asks: ['What does the sign of {X} show?'],
  }),
]

const band = [
  relation('band', 'style', 'word', {
    says: [['{S} is a band that plays {V}.', 'plays']],
    asks: ['What does {X} play?'],
    opens: true,
  }),
  relation('band', 'singer', 'person', {
    says: [
      ['Its singer is {V}.', 'singer'],
      ['{V} sings in it.', 'sings'],
    ],
    asks: ['Who sings in {X}?', 'Who is the singer of {X}?'],
    phrases: ['the singer of {X}'],
  }),
  relation('band', 'first year', 'year', {
    says: [
      ['It was formed in {V}.', 'formed'],
      ['It first met in {V}.', 'met'],
    ],
    asks: ['In which year was {X} formed?'],
    less: ['Which band was formed first, {A} or {B}?', 'before'],
    more: ['Which band was formed later, {A} or {B}?', 'after'],
  }),
  relation('band', 'home', 'town', {
    says: [
      ['Its home is {V}.', 'home'],
      ['It comes from {V}.', 'comes'],
    ],
    asks: ['Which town does {X} come from?'],
    phrases: ['the home of {X}', 'the town that {X} comes from'],
    same: 'Do {A} and {B} come from the same town?',
  }),
  relation('band', 'label', 'company', {
    says: [
      ['Its label is {V}.', 'label'],
      ['Its records come from {V}.', 'records'],
    ],
    asks: ['Which company is the label of {X}?'],
    phrases: ['the label of {X}'],
    same: 'Do {A} and {B} have the same label?',
  }),
  relation('band', 'number of members', 'number', {
    says: [
      ['It has {V} members.', 'members'],
      ['There are {V} people in it.', 'people'],
    ],
    asks: ['How many members does {X} have?'],
  }),
]

const club = [
  relation('club', 'sport', 'word', {
    says: [['{S} is a club for {V}.', 'club']],
    asks: ['Which sport does {X} play?'],
    opens: true,
  }),
  relation('club', 'town', 'town', {
    says: [
      ['It plays in {V}.', 'plays'],
      ['Its ground is in {V}.', 'ground'],
    ],
    asks: ['In which town is the ground of {X}?'],
    phrases: ['the town where {X} plays'],
    same: 'Do {A} and {B} play in the same town?',
  }),
  relation('club', 'first coach', 'person', {
    says: [
      ['Its first coach was {V}.', 'coach'],
      ['{V} was its first trainer.', 'trainer'],
    ],
    asks: ['Who was the first coach of {X}?'],
    phrases: ['the first coach of {X}'],
  }),
  relation('club', 'year of founding', 'year', {
    says: [
      ['It was founded in {V}.', 'founded'],
      ['It has played since {V}.', 'since'],
    ],
    asks: ['In which year was {X} founded?'],
    less: ['Which club is older, {A} or {B}?', 'before'],
    more: ['Which club is younger, {A} or {B}?', 'after'],
  }),
  relation('club', 'rival', 'club', {
    says: [
      ['Its rival is {V}.', 'rival'],
      ['Its great opponent is {V}.', 'opponent'],
    ],
    asks: ['Which club is the rival of {X}?'],
    phrases: ['the rival of {X}'],
  }),
  relation('club', 'colour', 'word', {
    says: [
      ['Its colour is {V}.', 'colour'],
      ['Its players wear {V}.', 'wear'],
    ],
    asks: ['What is the colour of {X}?'],
  }),
]

export const PEOPLE = [...person, ...company, ...band, ...club]
