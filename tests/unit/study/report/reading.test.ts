import { describe, expect, it } from 'vitest'
import { reportOf, type StudyReport } from '../../../../workers/study/report.ts'
import { verdictOf } from '../../../../workers/study/verdicts.ts'
import { clearOutcome, type Outcome, resultsOf, smallStudy, teachersOf } from './results.ts'

/** Enough episodes for differences of three in twenty to be told. */
const study = smallStudy({
  testing: { seed: 99, episodes: 200, historyEpisodes: 5, temperature: 0 },
})
const scaled = (outcome: (cell: Parameters<typeof clearOutcome>[0]) => Outcome | null) =>
  resultsOf(study, (cell) => {
    const known = outcome(cell)
    if (known === null || cell.split === 'validation') return known
    return { ...known, successes: known.successes * 10 }
  })
const report = reportOf(study, scaled(clearOutcome), teachersOf(study))

function sentences({ reading }: StudyReport, title: RegExp): string {
  return reading
    .filter((passage) => title.test(passage.title))
    .flatMap((passage) => passage.sentences)
    .join('\n')
}

describe('the reading of a study', () => {
  it('says who is ahead, by how much, and how often', () => {
    const shop = sentences(report, /^Shop, many/)
    expect(shop).toMatch(/sad \(40,000 parameters\) reaches the goal in 65\.0 \[/)
    expect(shop).toMatch(/sad is ahead of token-kd \(\+15\.0 \[.*\] points, ahead in 3 of 3 seeds\)/)
    expect(shop).toMatch(/CoT match \(points\) with sad: higher than with token-kd \(\+25\.0/)
    expect(shop).toMatch(/Steps \(steps per episode\) with sad: lower than with token-kd \(−3\.0/)
  })

  it('says that no difference can be told where the interval holds 0, and that the arm does not win', () => {
    const shop = sentences(report, /^Shop, many/)
    expect(shop).toMatch(/No difference can be told between sad and token-kd-masked \(0\.0 \[−/)
    expect(shop).toMatch(/So sad wins against 1 of 3 arms and not against token-kd-masked and sad-chosen\./)
  })

  it('says it where the arm loses, and who has the highest mean', () => {
    const lost = reportOf(
      study,
      scaled((cell) => ({ successes: cell.arm === 'sad' ? 4 : 12 + cell.seed })),
      teachersOf(study),
    )
    const shop = sentences(lost, /^Shop, many/)
    expect(shop).toMatch(/sad is behind token-kd \(−50\.0 \[/)
    expect(shop).toMatch(/So sad does not win against any arm here\./)
    expect(shop).toMatch(/The highest mean: token-kd \(40,000 parameters\) reaches the goal in 70\.0/)
    expect(sentences(lost, /Beside the paper/)).toMatch(/WebShop: .*sad is behind here: −50\.0/)
  })

  it('tells what a single key does', () => {
    expect(sentences(report, /^Shop, many/)).toMatch(
      /token-kd and token-kd-masked differ in objective\.lambda\.observation alone: no difference can be told between token-kd and token-kd-masked \(−15\.0 \[−/,
    )
  })

  it('puts the worlds together first', () => {
    expect(report.reading[1]!.title).toBe(
      'All worlds, many (1,000 trajectories), student small (1 layer, width 32)',
    )
    expect(report.reading[1]!.sentences[0]).toMatch(/ahead in 6 of 6 pairs of a world and a seed/)
  })

  it('sets the sizes of students side by side', () => {
    expect(sentences(report, /Household: size/)).toMatch(
      /sad on many trajectories: 65\.0 \[.*\] % with 40,000 parameters, 80\.0 \[.*\] % with 90,000 parameters\./,
    )
    expect(sentences(report, /Shop: size/)).toBe('')
  })

  it('names what was chosen on validation with the values', () => {
    const chosen = sentences(report, /What was chosen/)
    expect(chosen).toContain(
      'sad-chosen in the shop is run with {"objective":{"lambda":{"reason":3,"act":1}}}',
    )
    expect(chosen).toContain('{"objective":{"lambda":{"reason":1,"act":3}}} 50.0 %')
    const undone = reportOf(
      study,
      scaled((cell) => (cell.candidate === 1 ? null : clearOutcome(cell))),
      [],
    )
    expect(undone.choices.map((choice) => choice.chosen)).toEqual([null, null])
    expect(sentences(undone, /What was chosen/)).toMatch(/is not chosen yet; .* – \(0 of 1 seeds\)/)
  })

  it('warns of the cap, of seeds, and of what agreement does not say', () => {
    expect(sentences(report, /step cap/)).toMatch(
      /20\.0 to 50\.0 % in the household and 35\.0 to 50\.0 % in the shop/,
    )
    expect(sentences(report, /^Seeds/)).toMatch(/standard deviation of 5\.0 points/)
    expect(sentences(report, /^Seeds/)).toMatch(/With 3 seeds no p of a single world can be below 0\.2500/)
    expect(sentences(report, /Agreement/)).toMatch(/rank correlation 1\.00 \[1\.00, 1\.00\]/)
  })

  it('says of one seed that it is one', () => {
    const single = smallStudy({ seeds: [1] })
    const told = reportOf(single, resultsOf(single, clearOutcome), teachersOf(single))
    expect(sentences(told, /^Seeds/)).toMatch(/do not say what another seed would have done/)
    expect(told.comparisons.every(({ p }) => p === null)).toBe(false)
    expect(
      told.comparisons.filter(({ environment }) => environment !== null).every(({ p }) => p === null),
    ).toBe(true)
  })

  it('of a study of which nothing is done says that', () => {
    const empty = reportOf(study, [], [])
    expect(empty.reading.flatMap((passage) => passage.sentences)).toEqual([
      '0 of 30 cells of the tables are done. What is missing is marked “–”, and every sentence is of what is there.',
      'Of the 4 cells by which arms are chosen 0 are done.',
      expect.stringMatching(/is not chosen yet/),
      expect.stringMatching(/is not chosen yet/),
      'No choice was made on the test split.',
    ])
  })

  it('of a study half done says how much there is', () => {
    const half = reportOf(
      study,
      scaled((cell) => (cell.seed === 3 || cell.environment === 'shop' ? null : clearOutcome(cell))),
      teachersOf(study),
    )
    expect(half.reading[0]!.sentences[0]).toMatch(/^12 of 30 cells/)
    expect(sentences(half, /^Household, many .* small/)).toMatch(/over 2 of 3 seeds\./)
    expect(half.comparisons.some(({ environment }) => environment === null)).toBe(false)
  })

  it('reads an interval that touches 0 as no difference', () => {
    const [one] = report.comparisons
    const touching = {
      ...one!,
      differences: { ...one!.differences, success: { mean: 0.1, low: 0, high: 0.2, ofPairs: [] } },
    }
    expect(verdictOf(touching, 'success')).toBe('open')
  })
})
