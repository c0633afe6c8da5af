import {
  COMPARED,
  type MeasureName,
  PAPER,
  PAPER_MISSING,
  PAPER_SETTING,
  PAPER_SOURCES,
  PAPER_WORLDS,
  valueText,
} from '../../../workers/protocol.ts'
import { Grid } from './Grid.tsx'
import classes from './Report.module.css'
import { MeasureHeading } from './ResultsTable.tsx'

/** The paper's own figures in the world that ours stands for, marked as another setting. */
export function PaperTable({ environment }: { environment: keyof typeof PAPER_WORLDS }) {
  const figures = PAPER.filter((figure) => figure.environment === environment)
  const measures = COMPARED.filter((name) => figures.some(({ measure }) => measure === name))
  const names = [...new Set(figures.map(({ who }) => who))]
  const find = (who: string, measure: MeasureName) =>
    figures.find((figure) => figure.who === who && figure.measure === measure)
  return (
    <div className={classes.paper}>
      <h4>The paper’s own figures in {PAPER_WORLDS[environment]}: another setting</h4>
      <Grid label="The paper’s own figures, another setting">
        <thead>
          <tr>
            <th scope="col">Who</th>
            {measures.map((measure) => (
              <MeasureHeading key={measure} measure={measure} />
            ))}
          </tr>
        </thead>
        <tbody>
          {names.map((who) => (
            <tr key={who}>
              <th scope="row">{who}</th>
              {measures.map((measure) => (
                <td key={measure}>{valueText(measure, find(who, measure)?.value ?? null)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </Grid>
      <p className={classes.soft}>{PAPER_SETTING}</p>
      <details className={classes.method}>
        <summary>Where they are from, and what is missing</summary>
        <ul>
          {PAPER_SOURCES.map((source) => (
            <li key={source}>{source}.</li>
          ))}
        </ul>
        <p>{PAPER_MISSING}</p>
      </details>
    </div>
  )
}
