/** Books, films and paintings: what pages say of them and questions ask. */
import { relation } from './relation.ts'

const book = [
  relation('book', 'year', 'year', {
    says: [['{S} is a book of {V}.', 'book']],
    asks: ['From which year is {X}?'],
    opens: true,
    less: ['Which book is older, {A} or {B}?', 'before'],
    more: ['Which book is younger, {A} or {B}?', 'after'],
  }),
  relation('book', 'author', 'person', {
    says: [
      ['It was written by {V}.', 'written'],
      ['Its author is {V}.', 'author'],
    ],
    asks: ['Who wrote {X}?', 'Who is the author of {X}?'],
    phrases: ['the author of {X}', 'the person who wrote {X}'],
    same: 'Do {A} and {B} have the same author?',
  }),
  relation('book', 'publisher', 'company', {
    says: [
      ['It was published by {V}.', 'published'],
      ['Its publisher is {V}.', 'publisher'],
    ],
    asks: ['Which company published {X}?', 'Which company is the publisher of {X}?'],
    phrases: ['the publisher of {X}', 'the company that published {X}'],
    same: 'Do {A} and {B} have the same publisher?',
  }),
  relation('book', 'setting', 'town', {
    says: [
      ['It is set in {V}.', 'set'],
      ['Its story takes place in {V}.', 'story'],
    ],
    asks: ['In which town is {X} set?'],
    phrases: ['the town where {X} is set', 'the setting of {X}'],
  }),
  relation('book', 'theme', 'word', {
    says: [
      ['It tells of {V}.', 'tells'],
      ['Its theme is {V}.', 'theme'],
    ],
    asks: ['What does {X} tell of?'],
  }),
  relation('book', 'number of pages', 'number', {
    says: [
      ['It has {V} pages.', 'pages'],
      ['It is {V} pages long.', 'pages'],
    ],
    asks: ['How many pages does {X} have?'],
    more: ['Which book has more pages, {A} or {B}?', 'more than'],
    less: ['Which book has fewer pages, {A} or {B}?', 'less than'],
  }),
]

const film = [
  relation('film', 'year', 'year', {
    says: [['{S} is a film of {V}.', 'film']],
    asks: ['From which year is {X}?'],
    opens: true,
    less: ['Which film is older, {A} or {B}?', 'before'],
    more: ['Which film is younger, {A} or {B}?', 'after'],
  }),
  relation('film', 'director', 'person', {
    says: [
      ['It was directed by {V}.', 'directed'],
      ['Its director is {V}.', 'director'],
    ],
    asks: ['Who directed {X}?', 'Who is the director of {X}?'],
    phrases: ['the director of {X}', 'the person who directed {X}'],
    same: 'Do {A} and {B} have the same director?',
  }),
  relation('film', 'leading actor', 'person', {
    says: [
      ['Its leading actor is {V}.', 'actor'],
      ['{V} plays the leading part.', 'part'],
    ],
    asks: ['Who is the leading actor of {X}?'],
    phrases: ['the leading actor of {X}'],
    same: 'Do {A} and {B} have the same leading actor?',
  }),
  relation('film', 'place of filming', 'town', {
    says: [
      ['It was shot in {V}.', 'shot'],
      ['It was filmed in {V}.', 'filmed'],
    ],
    asks: ['In which town was {X} filmed?'],
    phrases: ['the town where {X} was filmed'],
  }),
  relation('film', 'music', 'band', {
    says: [
      ['Its music is by {V}.', 'music'],
      ['{V} wrote the music.', 'music'],
    ],
    asks: ['Which band made the music of {X}?'],
    phrases: ['the band that made the music of {X}'],
  }),
  relation('film', 'source book', 'book', {
    says: [
      ['It is based on the book {V}.', 'book'],
      ['It follows the book {V}.', 'book'],
    ],
    asks: ['On which book is {X} based?'],
    phrases: ['the book behind {X}'],
  }),
  relation('film', 'number of minutes', 'number', {
    says: [
      ['It is {V} minutes long.', 'minutes'],
      ['It runs for {V} minutes.', 'minutes'],
    ],
    asks: ['How many minutes long is {X}?'],
    more: ['Which film is longer, {A} or {B}?', 'more than'],
    less: ['Which film is shorter, {A} or {B}?', 'less than'],
  }),
]

const painting = [
  relation('painting', 'year', 'year', {
    says: [['{S} is a painting of {V}.', 'painting']],
    asks: ['From which year is {X}?'],
    opens: true,
    less: ['Which painting is older, {A} or {B}?', 'before'],
    more: ['Which painting is younger, {A} or {B}?', 'after'],
  }),
  relation('painting', 'painter', 'person', {
    says: [
      ['It was painted by {V}.', 'painted'],
      ['Its painter is {V}.', 'painter'],
    ],
    asks: ['Who painted {X}?', 'Who is the painter of {X}?'],
    phrases: ['the painter of {X}', 'the person who painted {X}'],
    same: 'Do {A} and {B} have the same painter?',
  }),
  relation('painting', 'owner', 'university', {
    says: [
      ['It belongs to {V}.', 'belongs'],
      ['Its owner is {V}.', 'owner'],
    ],
    asks: ['To which university does {X} belong?'],
    phrases: ['the owner of {X}'],
  }),
  relation('painting', 'river', 'river', {
    says: [
      ['It shows the river {V}.', 'shows'],
      ['The {V} flows through the picture.', 'picture'],
    ],
    asks: ['Which river does {X} show?'],
    phrases: ['the river that {X} shows'],
  }),
  relation('painting', 'height', 'number', {
    says: [
      ['It is {V} cm high.', 'high'],
      ['Its height is {V} cm.', 'height'],
    ],
    asks: ['How many cm high is {X}?'],
    more: ['Which painting is higher, {A} or {B}?', 'more than'],
    less: ['Which painting is lower, {A} or {B}?', 'less than'],
  }),
  relation('painting', 'main colour', 'word', {
    says: [
      ['Most of it is {V}.', 'Most'],
      ['Its main colour is {V}.', 'colour'],
    ],
    asks: ['What is the main colour of {X}?'],
  }),
]

export const WORKS = [...book, ...film, ...painting]
